"""What was asked for by name and cannot be had is red, said once, in one line, without tracebacks."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

ORACLE = "parity_suite.ptychography.oracle"


def _assert_said_once(result: Any, line: str) -> None:
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = result.stdout.str()
    assert result.parseoutcomes()["failed"] == 1
    # A line of 80 columns is another one than the message's own.
    last = " ".join(text.partition("= what to mend =")[2].split())
    assert last.count(f" {line} ") == 1
    assert "unavailable: True" not in text
    assert "Traceback" not in text
    assert not [one for one in text.splitlines() if one.startswith("E  ")]


@pytest.mark.parametrize(
    ("backend", "line"),
    [
        ("absent:Torch", "absent:Torch cannot be loaded: ModuleNotFoundError: No module named 'absent'"),
        ("tiny:Gone", "tiny:Gone cannot be loaded: AttributeError: module 'tiny' has no attribute 'Gone'"),
        ("tiny:BACKEND", "tiny:BACKEND cannot be loaded: TypeError: tiny:BACKEND is not a class"),
        ("tiny:Unlicensed", "Unlicensed cannot be made: RuntimeError: the licence has expired renew it"),
    ],
)
def test_a_backend_that_cannot_be_had(stranger: Any, backend: str, line: str) -> None:
    with (stranger.path / "tiny.py").open("a") as file:
        file.write("\nBACKEND = Tiny()\n")
    result = stranger.run("-m", "parity", "--parity-backend", backend, "--parity-backend", "tiny:Idle")
    _assert_said_once(result, line)
    result.stdout.fnmatch_lines(["not run *: unavailable: *", "RED: backend * ran nothing", "1. * preflight: *"])
    # Nothing of the user's code stands in the traceback, or their own line does.
    assert not re.search(r"^1\. .* in (<frozen|parity_suite)", result.stdout.str(), re.MULTILINE)


@pytest.mark.parametrize("backend", ["Tiny", "OnCpu"])
def test_cuda_asked_for_where_there_is_none(stranger: Any, backend: str) -> None:
    result = stranger.run("-m", "parity", "--parity-backend", f"tiny:{backend}", "--parity-device", "cuda")
    _assert_said_once(result, f"--parity-device cuda, but {backend.lower()} finds no CUDA device")


def test_cuda_is_left_out_by_default_and_on_request(stranger: Any) -> None:
    result = stranger.run("-m", "parity_gpu", "-k", "energy")
    result.stdout.fnmatch_lines(["not run *: no CUDA device here", "RED: nothing ran"])
    result = stranger.run("-m", "parity", "-k", "energy", "--parity-device", "cpu")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not run *: --parity-device cpu"])


def test_a_device_that_there_is_not_is_refused(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_DEVICE", "gpu")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: PARITY_DEVICE: 'gpu' is none of auto, cpu, cuda"])


def test_a_backend_that_provides_nothing_is_red(stranger: Any) -> None:
    result = stranger.run("-m", "parity", "--parity-backend", "tiny:Tiny", "--parity-backend", "tiny:Idle")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["not run *: not provided: Idle does not define *", "RED: backend idle ran nothing"])
    result.stdout.no_fnmatch_line("RED: backend tiny*")


#: Pairs of a stage that none of the backends here defines.
PAIRS = """
alone = checks.enumerate_checks

def with_pairs(specs, files=(), pairs=()):
    both = (check for check in _all(specs, files, pairs) if (check.stage, check.law) == ("network", "pair"))
    return (*alone(specs, files), *both)

checks.enumerate_checks = with_pairs
"""


@pytest.mark.parametrize(("chosen", "red"), [("tiny", []), ("tiny or idle", ["RED: backend idle ran nothing"])])
def test_a_backend_that_stands_in_pairs_of_the_chosen_one_alone_was_not_asked(
    stranger: Any, chosen: str, red: list[str]
) -> None:
    stranger.parity_test("tiny:Tiny", "tiny:Idle")
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(PAIRS)
    result = stranger.run("-m", "parity", "-k", chosen, "-rs")
    assert "tiny: nothing ran of" in result.stdout.str()
    assert [line for line in result.outlines if line.startswith("RED: ")] == red
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if red else 0)


def test_a_stage_that_a_class_does_not_define_leaves_the_run_green(stranger: Any) -> None:
    result = stranger.run("-m", "parity", "-rs")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not run *: not provided: Tiny does not define *stats*"])
    skips = [line for line in result.stdout.lines if line.startswith("SKIPPED")]
    causes = {line.partition("not-run: ")[2] for line in skips}
    assert len(skips) == len(causes) == 3, "one line for each cause"
    assert causes == {"not provided", "outside capability", "no device"}


def test_a_dataset_that_cannot_be_read_stops_the_run(stranger: Any) -> None:
    stranger.write("notes.npz", "these are notes")
    for name in ("notes.npz", "absent.npz"):
        result = stranger.run("-m", "parity", "--parity-dataset", name)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: --parity-dataset *{name}: *"])
        assert "collected" not in result.stdout.str()


def test_all_that_is_wrong_with_a_dataset_is_listed_and_nothing_runs(stranger: Any) -> None:
    diffraction = np.ones((5, 8, 8), np.float32)
    diffraction[2, 3, 4] = np.nan
    np.savez(stranger.path / "bad.npz", xcoords=np.zeros(4), diff3d=diffraction, probeGuess=np.ones((8, 8)))
    result = stranger.run("-m", "parity", "--parity-dataset", "bad.npz")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    error = result.stderr.str()
    for field in ("ycoords", "diff3d", "xcoords"):
        assert field in error
    assert "collected" not in result.stdout.str()


def test_a_pair_does_not_say_again_what_was_said_of_one_side() -> None:
    absent, there = (BackendSpec(name, module, "Oracle") for name, module in (("a", "absent"), ("b", ORACLE)))
    pair = next(one for one in enumerate_checks([absent, there]) if len(one.specs) > 1 and one.stage == "illuminate")
    alone = Check("preflight", "arithmetic", Case("arithmetic", "probing"), (absent,), "cpu", pair.precision)
    found = Runner(RunContext())
    assert [found.run(one).verdict for one in (alone, pair)] == [Verdict.ERROR, Verdict.NOT_RUN]
    # Where it is not asked alone, the pair says it.
    assert Runner(RunContext()).run(pair).verdict is Verdict.ERROR
