"""A stranger's repository: an empty directory, one test file, and a backend of a few stages in plain NumPy."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forked_pytest import ForkedRun
from inner_runs import whole_package, write_module

from parity_suite.engine import checks
from parity_suite.ptychography import cases as selection

BACKEND = """
import numpy as np

class Tiny:
    def __init__(self, *, device="cpu", precision="float32"):
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def illuminate(self, patches, probe):
        return (patches[:, None] * probe[None, :, :, :, None]).astype(self.complex)

    def diffract(self, psi):
        intensity = np.sum(np.abs(np.fft.fft2(psi, axes=(2, 3))) ** 2, axis=1) / psi.shape[2] ** 2
        return np.sqrt(np.fft.fftshift(intensity, axes=(1, 2))).astype(self.real)

class Unshifted(Tiny):
    def diffract(self, psi):
        return np.fft.fftshift(super().diffract(psi), axes=(1, 2))

class Idle:
    def __init__(self, *, device="cpu", precision="float32"):
        pass

class Unlicensed(Tiny):
    def __init__(self, *, device="cpu", precision="float32"):
        raise RuntimeError("the licence has expired\\nrenew it")

class Single(Tiny):
    def __init__(self, *, device="cpu", precision="float32"):
        if precision == "float64":
            raise RuntimeError("no kernels in double")
        super().__init__(device=device, precision=precision)

class OnCpu(Tiny):
    @staticmethod
    def devices():
        return ("cpu",)
"""

TEST = """
from parity_suite import parity_checks

@parity_checks({arguments})
def test_parity(check):
    {body}
"""

#: A handful of checks out of all, so that an inner run takes a second; what is left out is no business of the plugin.
FEW = """
import functools
import parity_suite.engine.checks as checks
import parity_suite.ptychography.cases as selection

selection.recipe_cases = functools.cache(selection.recipe_cases)
_all, _on = checks.enumerate_checks, checks.checks_on
KEPT = {
    ("preflight", "arithmetic"), ("illuminate", "oracle"), ("illuminate", "linearity"),
    ("diffract", "oracle"), ("diffract", "energy"), ("diffract", "mode"), ("stats", "oracle"),
}

def few(found):
    return tuple(
        check for check in found
        if (check.stage, check.law) in KEPT and check.case.name in ("arithmetic", "n16.g2.b5")
    )

checks.enumerate_checks = lambda specs, files=(), pairs=(): few(_all(specs, files, pairs))
# Of the faults of the selftest.
checks.checks_on = lambda asked, files=(): few(_on(asked, dict(files)))
"""

__all__ = ["whole_package"]

#: What would tell an inner run of the outer one.
_OUTER = (
    "CI",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "PYTEST_ADDOPTS",
    "PYTEST_XDIST_WORKER",
    "PYTEST_XDIST_WORKER_COUNT",
    "PYTEST_XDIST_TESTRUNUID",
)

_SETTINGS = (
    "BACKEND",
    "DATASET",
    "DEVICE",
    "DUMPS",
    "FAILURES",
    "LEDGER",
    "PAIR",
    "REPORT",
    "REQUIRE",
    "SEED",
    "SNAPSHOTS",
    "TIMEOUT",
    "TRANSLATION",
)


class Stranger:
    """The directory, and pytest run in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        #: whether every run has a process of its own, as one that imports a framework must
        self.apart = False
        #: whether that is an interpreter, as where the question is what it imports
        self.fresh = False

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_module(path, text)

    def parity_test(self, *backends: str, body: str = "check.run()", name: str = "test_parity.py") -> None:
        self.write(name, TEST.format(arguments=f"backends={list(backends)}" if backends else "", body=body))

    def run(self, *arguments: str) -> pytest.RunResult:
        """A run in this process, or in one of its own where it has workers."""
        if "-n" in arguments or self.apart:
            with pytest.MonkeyPatch.context() as patch:
                if not self.fresh:
                    patch.setattr(self.pytester, "popen", ForkedRun)
                return self.pytester.runpytest_subprocess(*arguments, timeout=300)
        with pytest.MonkeyPatch.context() as patch:
            # As they are afterwards, whatever the directory's conftest.py puts there.
            patch.setattr(checks, "enumerate_checks", checks.enumerate_checks)
            patch.setattr(checks, "checks_on", checks.checks_on)
            patch.setattr(selection, "recipe_cases", selection.recipe_cases)
            # What lies there is not what another directory has under the same name.
            for path in self.path.glob("*.py"):
                patch.delitem(sys.modules, path.stem, raising=False)
            return self.pytester.runpytest_inprocess(*arguments)

    def record(self, *arguments: str) -> dict[str, Any]:
        """The record of a run with these arguments."""
        self.run(*arguments, "--parity-report", "out")
        record: dict[str, Any] = json.loads((self.path / "out" / "record.json").read_text("utf-8"))
        return record


@pytest.fixture
def stranger(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Stranger:
    # Compiling every plugin anew would be most of the time of an inner process.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    for name in _OUTER:
        monkeypatch.delenv(name, raising=False)
    for name in _SETTINGS:
        monkeypatch.delenv(f"PARITY_{name}", raising=False)
    monkeypatch.delenv("USE_XLA_TRANSLATE", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # To ask each failure again, in a process of its own, is most of the time of a run that has some.
    monkeypatch.setenv("PARITY_FAILURES", "none")
    made = Stranger(pytester)
    made.write("tiny.py", BACKEND)
    made.write("conftest.py", FEW)
    made.parity_test("tiny:Tiny")
    return made


@pytest.fixture
def failures(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are written as a user has it."""
    monkeypatch.delenv("PARITY_FAILURES")


@pytest.fixture
def ids() -> Callable[[pytest.RunResult], set[str]]:
    """The check ids in the output of ``--collect-only -q``."""
    return lambda result: set(re.findall(r"test_parity\[(\S+\[\S+\])\]", result.stdout.str()))
