"""The few lines of Python that show a failure with NumPy and the backend alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.raised import is_installed
from parity_suite.backends.registry import BackendSpec
from parity_suite.backends.subject import Subject
from parity_suite.checks import Check
from parity_suite.pipeline import BY_NAME
from parity_suite.replay.asking import Call, plain

_HEAD: Final = '''"""{title}

{reason}

Run `python replay.py`, which needs {needs}, or `parity replay` on this folder.
"""

'''

_CALLS: Final = """{sys}from pathlib import Path

import numpy as np

here = Path(__file__).parent
{path}from {module} import {member}

inputs = np.load(here / "inputs.npz")
backend = {member}({keywords})
{calls}
{wanted}"""

_WANTED: Final = """for name, want in np.load(here / "expected.npz").items():
    have = np.asarray({got})
    print(f"{name}: got {have.dtype} {have.shape}, wanted {want.shape}")
    if have.shape == want.shape and want.dtype.kind in "biufc" and want.size:
        off = np.abs(have - want.astype(np.result_type(want, np.float64)))
        worst = np.unravel_index(off.argmax(), off.shape)
        print(f"  off by at most {off[worst]:.3g}, at {[int(k) for k in worst]}")
        print(f"  there: got {have[worst]}, wanted {want[worst]}")
    elif have.shape == want.shape:
        print(f"  got {have}, wanted {want}")
"""

_LAW: Final = """import sys
from pathlib import Path

from parity_suite.cli import main

here = Path(__file__).parent
# In the place of this folder, in which Python would look for modules.
sys.path[:1] = [{roots}]
sys.exit(main(["replay", str(here)]))
"""


def script_of_calls(check: str, reason: str, subject: Subject, calls: tuple[Call, ...], folder: Path) -> str:
    """Asks the backend the calls in order, and prints how far the last answer lies from what is wanted."""
    # What it is made with: what one of several instances is asked of another has no short form.
    last = calls[-1]
    chosen = {"mode": last.mode, "translation": last.translation}
    keywords = subject.keywords | {name: value for name, value in chosen.items() if value}
    lines = [f"{'got = ' * (k == len(calls) - 1)}{_call(k, call, len(calls))}" for k, call in enumerate(calls)]
    got = "got" if BY_NAME[last.stage].single else "got[name]"
    root = _root(subject.spec, folder)
    path = f"sys.path.insert(0, {root})\n" if root else ""
    return _head(check, reason, "NumPy and the backend") + _CALLS.format(
        sys="import sys\n" if path else "",
        path=path,
        module=subject.spec.module,
        member=subject.spec.member,
        keywords=", ".join(f"{name}={value!r}" for name, value in keywords.items()),
        calls="\n".join(lines),
        wanted=_WANTED.replace("{got}", got),
    )


def script_of_law(check: Check, reason: str, folder: Path) -> str:
    """Runs the law on its case, which needs the suite."""
    roots = dict.fromkeys(filter(None, (_root(spec, folder) for spec in check.specs)))
    return _head(check.id, reason, "the suite and the backend") + _LAW.format(roots=", ".join(roots))


def _head(check: str, reason: str, needs: str) -> str:
    safe = reason.replace("\\", "\\\\").replace('"', "'")
    return _HEAD.format(title=check, reason=safe, needs=needs)


def _call(place: int, call: Call, count: int) -> str:
    prefix = "" if place == count - 1 else f"before{place}."
    given = [
        f"    {name}={_value(prefix + name, value)},\n" for name, value in call.inputs.items() if value is not None
    ]
    return f"backend.{call.stage}(\n{''.join(given)})"


def _value(name: str, value: Any) -> str:
    return f'inputs["{name}"]' if isinstance(value, np.ndarray) else repr(plain(value))


def _root(spec: BackendSpec, folder: Path) -> str:
    """The folder in which a module is found that is not installed, as the script says it; empty for another one."""
    root = module_root(spec)
    return "" if root is None else f"str(here / {Path(os.path.relpath(root, folder)).as_posix()!r})"


def module_root(spec: BackendSpec) -> Path | None:
    """The folder from which a backend's module was imported; None for an installed one, or one without a file."""
    file = getattr(sys.modules.get(spec.module.partition(".")[0]), "__file__", None)
    if file is None:
        return None
    path = Path(file).resolve()
    root = path.parent.parent if path.name == "__init__.py" else path.parent
    return None if is_installed(root) else root
