"""What keeps a check from being asked, or its failure from counting, is not green: skips, marks, lost arguments."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_known_divergences import DENOISE, ORACLE, entry, keep, red_lines
from thinning import IN_WORKERS

SKIPPING = """
import pytest

@pytest.fixture(autouse=True)
def licence(request):
    if "{backend}" in request.node.name:
        pytest.skip("no licence here")
"""

SKIPS = """
import numpy as np
import pytest
from tiny import Tiny, Unshifted

class InStage(Tiny):
    def diffract(self, psi):
        pytest.skip("not on this machine")

class Exits(Tiny):
    def diffract(self, psi):
        raise SystemExit(0)

class Interrupts(Tiny):
    def diffract(self, psi):
        raise KeyboardInterrupt

class WhenMade(Tiny):
    def __init__(self, *, device="cpu", precision="float32"):
        pytest.skip("not on this machine")
"""


def excuse(stranger: Any, *backends: str) -> None:
    """A test file whose checks are all expected to fail."""
    stranger.parity_test(*backends)
    path = stranger.path / "test_parity.py"
    path.write_text(path.read_text("utf-8").replace("@parity", "import pytest\n@pytest.mark.xfail\n@parity"), "utf-8")


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_a_fixture_that_skips_every_check_of_a_backend(stranger: Any, arguments: Any) -> None:
    stranger.parity_test("tiny:Tiny", "tiny:Unshifted")
    with (stranger.path / "conftest.py").open("a") as file:
        file.write(SKIPPING.format(backend="-unshifted-"))
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert red_lines(result) == ["RED: backend unshifted ran nothing"]
    result.stdout.fnmatch_lines(["not run *: its test ended before it was asked: Skipped: no licence here"])


def test_a_test_that_skips_before_it_asks(stranger: Any) -> None:
    stranger.parity_test("tiny:Unshifted", body="__import__('pytest').skip('later')")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert red_lines(result) == ["RED: nothing ran", "RED: backend unshifted ran nothing"]


@pytest.mark.parametrize(
    ("backend", "line"),
    [
        ("skips:InStage", "error: Skipped: not on this machine"),
        ("skips:Exits", "error: SystemExit: 0"),
        ("skips:WhenMade", "error: WhenMade cannot be made: Skipped: not on this machine"),
        ("gone:Any", "error: gone:Any cannot be loaded: Skipped: could not import 'no_such_framework'*"),
        ("left:Any", "error: left:Any cannot be loaded: SystemExit: no licence"),
    ],
)
def test_a_backend_that_skips(stranger: Any, backend: str, line: str) -> None:
    stranger.write("skips.py", SKIPS)
    stranger.write("gone.py", "import pytest\npytest.importorskip('no_such_framework')\n")
    stranger.write("left.py", "import sys\nsys.exit('no licence')\n")
    stranger.parity_test(backend)
    result = stranger.run("-m", "parity", "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] >= 1
    result.stdout.fnmatch_lines([line])


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_a_mark_that_excuses_failures(stranger: Any, arguments: Any) -> None:
    excuse(stranger, "tiny:Unshifted")
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (line,) = red_lines(result)
    assert line.startswith("RED: 2 red checks are excused by their tests; the ledger is for what is known: diffract.")


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
@pytest.mark.parametrize(
    ("backend", "entries"),
    [
        ("unshifted=tiny:Tiny", [entry(ORACLE)]),
        ("tiny:Unshifted", [entry(verdict="numerical")]),
        ("tiny:Unshifted", [entry(left=-3)]),
    ],
    ids=["passed", "failed otherwise", "expired"],
)
def test_a_mark_that_excuses_what_the_ledger_does_not_say(
    stranger: Any, backend: str, entries: list[str], arguments: Any
) -> None:
    excuse(stranger, backend)
    keep(stranger, *entries)
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    lines = [line for line in red_lines(result) if "are excused by their tests" in line]
    assert len(lines) == 1
    assert ORACLE in lines[0]


def test_a_mark_takes_nothing_from_what_the_ledger_knows(stranger: Any) -> None:
    excuse(stranger, "tiny:Unshifted")
    keep(stranger, entry())
    result = stranger.run("-m", "parity")
    assert (result.ret, red_lines(result)) == (0, [])
    result.assert_outcomes(xpassed=6, xfailed=2, skipped=20)


def test_a_mark_that_excuses_a_baseline_that_is_missing_under_ci(
    stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    stranger.write("test_parity.py", f"import pytest\n{DENOISE.format(factor=1)}".replace("def ", "@XFAIL\ndef "))
    path = stranger.path / "test_parity.py"
    path.write_text(path.read_text("utf-8").replace("@XFAIL", "@pytest.mark.xfail"), "utf-8")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert any("are excused by their tests" in line and "denoise.baseline[" in line for line in red_lines(result))


@pytest.mark.parametrize(("decorator", "argument"), [("parity_checks", "check"), ("parity_selftest", "fault")])
def test_a_forgotten_argument(stranger: Any, decorator: str, argument: str) -> None:
    stranger.write(
        "test_parity.py",
        f"from parity_suite import {decorator}\n\n@{decorator}(backends=['tiny:Tiny'])\ndef test_it():\n    pass\n",
    )
    result = stranger.run()
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"*test_it({argument}): the argument '{argument}' is missing*"])


def test_an_entry_about_one_check_excuses_no_backend(stranger: Any) -> None:
    stranger.parity_test("tiny:Tiny", "tiny:Unlicensed")
    keep(stranger, entry("preflight.*[*-unlicensed-*]", "error"))
    first = stranger.run("-m", "parity", "-k", "unlicensed")
    assert "RED: backend unlicensed ran nothing" in red_lines(first)
    keep(stranger, entry("illuminate.linearity[n16.g2.b5-unlicensed-cpu-float32]", "error"))
    second = stranger.run("-m", "parity", "-k", "illuminate and unlicensed")
    assert "RED: backend unlicensed ran nothing" in red_lines(second)
    assert second.ret == pytest.ExitCode.TESTS_FAILED


DOUBLE = "preflight.arithmetic[arithmetic-single-cpu-float64]"


@pytest.mark.parametrize("arguments", [(), IN_WORKERS, ("-n", "2", "--dist", "load"), ("-k", "preflight or energy")])
def test_an_entry_about_one_check_excuses_no_precision(stranger: Any, arguments: Any) -> None:
    stranger.parity_test("tiny:Single")
    keep(stranger, entry(DOUBLE, "error"))
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    if "load" not in arguments:
        # Each worker says once what it cannot have, and the other's first check is another one.
        (line,) = red_lines(result)
        said = "Single cannot be made: RuntimeError: no kernels in double"
        assert f"checks of single are not run, and the ledger knows of 1 other alone ({said}): " in line
        assert re.search(r"diffract\.\w+\[n16\.g2\.b5-single-cpu-float64\]", line)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-n", "2"),
        ("-n", "2", "--dist", "load"),
        ("-k", "energy"),
        ("-k", "float32"),
        ("-m", "parity and not parity_slow"),
        ("--parity-device", "cpu"),
        ("--parity-backend", "tiny:Single"),
    ],
    ids=" ".join,
)
def test_an_entry_about_all_checks_of_a_precision_leaves_the_run_green(stranger: Any, arguments: Any) -> None:
    stranger.parity_test("tiny:Single")
    keep(stranger, entry("*.*[*-single-*-float64]", "error"))
    result = stranger.run("-m", "parity", *arguments)
    assert (result.ret, red_lines(result)) == (0, [])


def test_an_unknown_precision_is_no_business_of_the_ledger(stranger: Any) -> None:
    stranger.parity_test("tiny:Single")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    assert red_lines(result) == []


UNHELD = """
import pytest

@pytest.fixture
def held(parity_baseline):
    return parity_baseline

def test_of_no_case(parity_baseline):
    for case in []:
        parity_baseline("denoise", case, backend="torch", case="a", budget=1e-6)

def test_that_is_skipped(parity_baseline):
    pytest.skip("not here")

def test_beside_a_fixture_that_others_use(held):
    pass
"""


@pytest.mark.parametrize("arguments", [(), IN_WORKERS, ("--update-snapshots",)])
def test_a_baseline_that_is_never_asked_fails_its_test(stranger: Any, arguments: Any) -> None:
    (stranger.path / "test_parity.py").unlink()
    stranger.write("test_denoise.py", UNHELD)
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, skipped=1, passed=1)
    result.stdout.fnmatch_lines(["*::test_of_no_case held nothing: the test must call parity_baseline(stage, *"])


def test_a_run_that_is_interrupted_in_its_first_check_says_so(stranger: Any) -> None:
    stranger.write("skips.py", SKIPS)
    stranger.parity_test("skips:Interrupts")
    stranger.apart = True
    result = stranger.run("-m", "parity", "-k", "diffract", "--parity-report", "out")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert red_lines(result) == ["RED: no parity check came to its end"]


PLAIN = "def test_plain(): pass\n"
EMPTY = "RED: no parity check was collected"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--parity-report", "out"),
        ("--parity-report=out", "test_plain.py"),
        ("--parity-report", "out", "-m", "parity"),
        ("--parity-report", "out", "-n", "2"),
    ],
    ids=" ".join,
)
def test_a_report_of_nothing_is_red_and_leaves_no_older_record(stranger: Any, arguments: Any) -> None:
    (stranger.path / "test_parity.py").unlink()
    stranger.write("test_plain.py", PLAIN)
    stranger.write("out/record.json", "of yesterday")
    result = stranger.run(*arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert red_lines(result) == [EMPTY]
    assert json.loads((stranger.path / "out/record.json").read_text("utf-8"))["findings"] == []


def test_a_report_that_is_set_for_all_runs_asks_for_no_check_in_a_run_of_named_files(
    stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.write("test_plain.py", PLAIN)
    stranger.write("pytest.ini", "[pytest]\nparity_report = out\n")
    result = stranger.run("test_plain.py")
    assert (result.ret, red_lines(result)) == (0, [])
    assert not (stranger.path / "out").exists()
    (stranger.path / "test_parity.py").unlink()
    assert red_lines(stranger.run()) == [EMPTY]
    monkeypatch.setenv("PARITY_REPORT", "elsewhere")
    assert red_lines(stranger.run()) == [EMPTY]
    assert stranger.run("--collect-only").ret == 0
