"""`pytest -m parity_selftest`: one test a fault, the matrix at the end, red where a mistake goes unnoticed."""

from __future__ import annotations

from typing import Any

import pytest
from thinning import IN_WORKERS

SELFTEST = """
from parity_suite import parity_checks, parity_selftest

@parity_checks(backends=["tiny:Tiny"])
def test_parity(check):
    check.run()

@parity_selftest(backends=["tiny:Tiny"])
def test_selftest(fault):
    {body}
"""


@pytest.fixture
def faulted(stranger: Any) -> Any:
    # What the selftest chooses from is taken when it is imported.
    stranger.apart = stranger.fresh = True
    stranger.write("test_parity.py", SELFTEST.format(body="fault.run()"))
    return stranger


@pytest.mark.parametrize("workers", [(), IN_WORKERS])
def test_a_mistake_that_is_seen_passes_and_is_in_the_matrix(faulted: Any, workers: tuple[str, ...]) -> None:
    result = faulted.run("-m", "parity_selftest", "-k", "probe_conjugated-tiny and not gradient", *workers)
    assert result.ret == 0
    result.stdout.no_fnmatch_line("=* parity =*")
    result.stdout.fnmatch_lines(
        [
            "=* parity selftest =*",
            "stage *fault *made *measured *kind *killed by",
            "illuminate *probe_conjugated *2/2 *conjugated *oracle*",
            "tiny: 1 fault: 1 killed, 0 survived*",
        ]
    )


def test_a_mistake_that_nothing_sees_is_red_with_what_it_does(faulted: Any) -> None:
    result = faulted.run("-m", "parity_selftest", "-k", "nan_accepted-tiny")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "nan_accepted of diffract in tiny survived: no check saw it on made data",
            "  the mistake: *",
            "  green: *diffract.energy (1)*",
        ]
    )


@pytest.mark.parametrize("workers", [(), IN_WORKERS])
def test_a_mark_excuses_no_mistake_that_nothing_sees(faulted: Any, workers: tuple[str, ...]) -> None:
    marked = SELFTEST.replace("@parity_selftest", "@__import__('pytest').mark.xfail\n@parity_selftest")
    faulted.write("test_parity.py", marked.format(body="fault.run()"))
    only = "(nan_accepted or probe_conjugated) and tiny and not gradient"
    result = faulted.run("-m", "parity_selftest", "-k", only, *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["survived, so that*:", "  nan_accepted of diffract in tiny (*) survived: no check *"])
    seen = faulted.run("-m", "parity_selftest", "-k", "probe_conjugated-tiny and not gradient", *workers)
    assert seen.ret == 0


def test_a_stage_that_is_missing_is_skipped_and_fails_nothing(faulted: Any) -> None:
    result = faulted.run("-m", "parity_selftest", "-k", "offset_sign or probe_conjugated-tiny and not gradient", "-rs")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["SKIPPED*no place: stage: Tiny does not define translate*"])


@pytest.mark.parametrize("workers", [(), IN_WORKERS])
def test_where_no_fault_has_a_place_the_run_is_red(faulted: Any, workers: tuple[str, ...]) -> None:
    result = faulted.run("-m", "parity_selftest", "-k", "offset_sign", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: tiny: no fault has a place in it, so nothing is proved"])
    with (faulted.path / "conftest.py").open("a") as file:
        file.write("\nimport pytest\n\n@pytest.fixture(autouse=True)\ndef licence():\n    pytest.skip('no licence')\n")
    result = faulted.run("-m", "parity_selftest", "-k", "probe_conjugated", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: no fault was put in, so nothing is proved"])


def test_a_test_that_runs_nothing_is_red(faulted: Any) -> None:
    faulted.write("test_parity.py", SELFTEST.format(body="pass"))
    result = faulted.run("-m", "parity_selftest", "-k", "probe_conjugated-tiny and not gradient")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*probe_conjugated in tiny was never put in: the test must call fault.run()*"])


def test_the_markers_select_one_or_the_other(faulted: Any) -> None:
    checks = faulted.run("-m", "parity", "--collect-only", "-q").stdout.str()
    faults = faulted.run("-m", "parity_selftest", "--collect-only", "-q").stdout.str()
    assert "::test_parity[" in checks
    assert "::test_selftest[" not in checks
    assert "::test_selftest[probe_conjugated-tiny]" in faults
    assert "::test_parity[" not in faults
