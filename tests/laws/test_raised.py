"""What is raised is said to be raised in the user's code, and laws are known by being registered."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, finding_of

from parity_suite.backends.raised import raised_by
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.admission import NotRun
from parity_suite.engine.runner import Runner
from parity_suite.laws import registry
from parity_suite.laws.registry import law, law_modules
from parity_suite.ptychography.oracle import Oracle

BACKEND = """
import numpy as np
from plain import Plain
from mykernels import spread

class Mine(Plain):
    def diffract(self, psi):
        return self._inner(psi)

    def _inner(self, psi):
        return spread(psi) if self.deep else np.ones(3).reshape(2, 2)

    deep = False

class Deep(Mine):
    deep = True

class Direct(Plain):
    def state(self):
        raise KeyError("no model")
"""
KERNELS = """
import numpy as np

def spread(psi):
    return np.concatenate([])
"""
LAW = """
from collections.abc import Iterator

def asked(subject, stage, case):
    subject.backend.state()
    yield

def wrong(subject, stage, case):
    yield from {}["of the law itself"]
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A user's two modules and a law of theirs, on the import path."""
    for name, text in (("mybackend", BACKEND), ("mykernels", KERNELS), ("mylaws", LAW)):
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import mybackend  # type: ignore[import-not-found]

    yield mybackend
    for name in ("mybackend", "mykernels", "mylaws"):
        sys.modules.pop(name, None)


def _line(text: str, within: str) -> int:
    return next(k for k, line in enumerate(text.splitlines(), 1) if within in line)


def test_an_exception_is_of_the_innermost_line_of_the_users_code(mine: Any) -> None:
    found = finding_of(mine.Mine, "diffract", "oracle")
    assert (found.verdict, found.cause) == (Verdict.ERROR, Cause.EXCEPTION)
    raised = found.raised
    assert (raised.type, raised.file, raised.function) == ("ValueError", "mybackend.py", "Mine._inner")
    assert raised.line == _line(BACKEND, "reshape(2, 2)")
    assert found.reason == f"ValueError: {raised.message}"
    assert raised.message.startswith("cannot reshape array of size 3")


def test_what_the_backend_calls_and_is_not_installed_is_the_users_code_too(mine: Any) -> None:
    raised = finding_of(mine.Deep, "diffract", "oracle").raised
    assert (raised.file, raised.line, raised.function) == ("mykernels.py", _line(KERNELS, "concatenate"), "spread")


@pytest.fixture
def registered(mine: Any) -> Iterator[Callable[[str], Any]]:
    """Registers a function of the user's module of laws."""
    before = list(registry.LAWS)
    import mylaws  # type: ignore[import-not-found]

    def register(name: str) -> Any:
        return law(stages=("diffract",), cases="small")(getattr(mylaws, name))

    yield register
    registry.LAWS[:] = before


def test_a_law_from_elsewhere_is_known_by_its_registration(mine: Any, registered: Callable[[str], Any]) -> None:
    registered("asked")
    assert "mylaws" in law_modules()
    found = finding_of(mine.Direct, "diffract", "asked")
    assert (found.raised.file, found.raised.function, found.kind) == ("mybackend.py", "Direct.state", Kind.CRASH)


def test_an_error_of_such_a_law_is_not_said_to_be_the_backends(mine: Any, registered: Callable[[str], Any]) -> None:
    registered("wrong")
    found = finding_of(mine.Direct, "diffract", "wrong")
    assert (found.verdict, found.raised.file, found.raised.function) == (Verdict.ERROR, "mylaws.py", "wrong")
    assert found.kind is None


def test_of_a_class_of_the_suite_its_own_package_is_the_users() -> None:
    with pytest.raises(IndexError) as caught:
        Oracle().diffract(np.ones(3))
    raised = raised_by(caught.value, [Oracle], ())
    assert (raised.file, raised.function) == ("parity_suite/ptychography/oracle.py", "Oracle.diffract")


def test_a_module_that_cannot_be_imported_names_its_own_line(mine: Any, tmp_path: Path) -> None:
    text = "import json\n\nimport absent_framework\n"
    (tmp_path / "mybroken.py").write_text(text, "utf-8")
    check = Check("diffract", "oracle", CASE, (BackendSpec("mine", "mybroken", "Mine"),), "cpu", "float32")
    runner = Runner(RunContext())
    found, again = runner.run(check), runner.run(replace(check, precision="float64"))
    assert (found.verdict, again.verdict) == (Verdict.ERROR, Verdict.NOT_RUN)
    assert (found.cause, again.cause) == (Cause.UNAVAILABLE, Cause.UNAVAILABLE)
    assert not found.ran
    assert found.raised == again.raised
    assert (found.raised.type, found.raised.file, found.raised.line) == ("ModuleNotFoundError", "mybroken.py", 3)


def test_an_exception_without_a_traceback_is_named_all_the_same() -> None:
    assert raised_by(ValueError("a\n b"), [Plain], ()).where == ("ValueError", "", 0, "")


def test_a_reason_not_to_run_crosses_a_context_manager() -> None:
    @contextmanager
    def around() -> Iterator[None]:
        yield

    with pytest.raises(NotRun) as caught, around():
        raise NotRun("no device", Cause.NO_DEVICE)
    assert (str(caught.value), caught.value.cause) == ("no device", Cause.NO_DEVICE)
    assert traceback.extract_tb(caught.value.__traceback__)
