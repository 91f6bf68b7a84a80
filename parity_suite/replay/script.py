"""The few lines of Python that show a failure with NumPy and the backend alone."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.raised import is_installed
from parity_suite.backends.returns import returns_contract
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.implementations import implements, method_of
from parity_suite.core.measured import Measured
from parity_suite.core.packs import BY_NAME
from parity_suite.replay.evaluate import Answer, Call, plain

_HEAD: Final = '''"""{title}

{reason}

Run `python replay.py`, which needs {needs}, or `parity replay` on this folder.
"""

'''

_CALLS: Final = """import sys
from pathlib import Path

import numpy as np

here = Path(__file__).parent
{path}from {module} import {member}

inputs = dict(np.load(here / "inputs.npz"))
backend = {member}({keywords})
{calls}
{wanted}"""

#: What is judged is what failed: how far an output may be off, and which dtypes it may have.
_WANTED: Final = """allowed = {allowed}
dtypes = {dtypes}
wrong = False
for name, want in np.load(here / "expected.npz").items():
    given = {got}
    have = np.asarray(given)
    print(f"{name}: got {have.dtype} {have.shape}, wanted {want.shape}")
    kind = str(have.dtype) if isinstance(given, np.ndarray) else type(given).__name__
    wrong |= have.shape != want.shape or kind not in dtypes.get(name, [kind])
    if have.shape == want.shape and want.dtype.kind in "biufc" and want.size:
        off = np.abs(have - want.astype(np.result_type(want, np.float64)))
        worst = np.unravel_index(off.argmax(), off.shape)
        print(f"  off by at most {off[worst]:.3g}, at {[int(k) for k in worst]}")
        print(f"  there: got {have[worst]}, wanted {want[worst]}")
        wrong |= not (np.isfinite(off[worst]) and off[worst] <= allowed.get(name, np.inf))
    elif have.shape == want.shape:
        print(f"  got {have}, wanted {want}")
        wrong |= not np.array_equal(have, want)
for name, given in np.load(here / "inputs.npz").items():
    if inputs[name].tobytes() != given.tobytes():
        print(f"{name}: written into")
        wrong = True
print("still wrong" if wrong else "no longer wrong")
sys.exit(int(wrong))
"""

_LAW: Final = """import sys
from pathlib import Path

from parity_suite.cli.main import main

here = Path(__file__).parent
# In the place of this folder, in which Python would look for modules.
sys.path[:1] = [{roots}]
sys.exit(main(["replay", str(here)]))
"""


def script_of_calls(
    check: str, subject: Subject, calls: tuple[Call, ...], answer: Answer, folder: Path, reference: str = ""
) -> str:
    """Asks the backend the calls in order, and prints how far the last answer lies from what is wanted; its exit code
    is 1 where that is still as wrong as the answer that was given. What is wanted is what a ``reference`` gives, where
    one is named.
    """
    # What it is made with: what one of several instances is asked of another has no short form.
    last = calls[-1]
    keywords = subject.keywords | ({"mode": last.mode} if last.mode else {})
    named = [replace(call, stage=method_of(subject.cls, call.stage)) for call in calls]
    lines = [f"{'got = ' * (k == len(calls) - 1)}{_call(k, call, len(calls))}" for k, call in enumerate(named)]
    got = "got" if BY_NAME[last.stage].single else "got[name]"
    root = _root(subject.spec, folder)
    path = f"sys.path.insert(0, {root})\n" if root else ""
    judged = answer.judgement
    said = f"{judged.verdict}: {judged.reason}"
    if reference:
        said += f"\nWanted is what {reference} gives in float64."
    return _head(check, said, "NumPy and the backend") + _CALLS.format(
        path=path,
        module=subject.spec.module,
        member=subject.spec.member.partition(".")[0] if implements(subject.cls) else subject.spec.member,
        keywords=", ".join(f"{name}={value!r}" for name, value in keywords.items()),
        calls="\n".join(lines),
        wanted=_WANTED.replace("{got}", got)
        .replace("{allowed}", repr(_allowed(answer)))
        .replace("{dtypes}", repr(_dtypes(answer, last.stage, subject.precision))),
    )


def _allowed(answer: Answer) -> dict[str, float]:
    """How far each output that is wrong may be off, in its own unit: what it was off by, over how often it is that."""
    gaps = {one: _gap(one) for one in answer.judgement.measured if not one.within}
    return {one.output.partition(" (")[0]: gap / one.of_budget for one, gap in gaps.items() if np.isfinite(gap)}


def _gap(one: Measured) -> float:
    """How far the worst element is off; 0 where that is not a number, which is to be equal."""
    try:
        return float(abs(np.subtract(one.got, one.want)))  # type: ignore[arg-type]
    except TypeError:
        return 0.0


def _dtypes(answer: Answer, stage: str, precision: str) -> dict[str, tuple[str, ...]]:
    """The dtypes that each output may have of which the dtype is wrong, or which is not an array."""
    fields = returns_contract(stage, precision).fields
    wrong = {rule.field for rule in answer.judgement.rules if rule.rule in ("dtype", "type")}
    return {name: fields[name].dtypes for name in sorted(wrong & fields.keys())}


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
    method = f"backend.{call.stage}" if call.stage.isidentifier() else f"getattr(backend, {call.stage!r})"
    return f"{method}(\n{''.join(given)})"


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
