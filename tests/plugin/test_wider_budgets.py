"""A project makes budgets wider for itself, with a reason that every report shows."""

from __future__ import annotations

from typing import Any

import pytest

#: Rounds its waves to 18 bits, which is 30 times as much as float32 alone does.
ROUGH = """
class Rough(Tiny):
    def diffract(self, psi):
        real = psi.real.astype(np.float32)
        coarse = np.round(real * 2.0**14) / 2.0**14
        return super().diffract(coarse + 1j * psi.imag)
"""
SELECTED = ("-m", "parity", "-k", "diffract.oracle and cpu-float32")


def _widen(stranger: Any, text: str) -> None:
    with (stranger.path / "tiny.py").open("a") as file:
        file.write(ROUGH)
    stranger.parity_test("tiny:Rough")
    stranger.write("pyproject.toml", f"[tool.parity.budgets]\n{text}\n")


@pytest.mark.parametrize("pattern", ["diffract.oracle", "diffract.*.float32"])
def test_a_wider_budget_is_used_and_shown_with_its_reason(stranger: Any, pattern: str) -> None:
    _widen(stranger, f'"{pattern}" = {{ times = 5000, reason = "an old cluster" }}')
    result = stranger.run(*SELECTED, "--parity-report", "out")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"budgets: {pattern} is 5000 times as wide: an old cluster"])
    record = stranger.record(*SELECTED)
    assert record["environment"]["budgets"] == {pattern: {"times": 5000.0, "reason": "an old cluster"}}
    measured = [one for finding in record["findings"] for one in finding["measured"]]
    assert {one["origin"] for one in measured} == {"[tool.parity.budgets], 5000 times as wide: an old cluster"}


def test_the_failure_of_a_budget_that_is_not_wide_enough_says_what_it_was_held_to(stranger: Any) -> None:
    _widen(stranger, '"diffract.*" = { times = 1.5, reason = "an old cluster" }')
    result = stranger.run(*SELECTED, "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*times its budget * ([[]tool.parity.budgets[]], 1.5 times as wide: an old cluster)"])


def test_others_stay_as_they_are(stranger: Any) -> None:
    _widen(stranger, '"illuminate.oracle" = { times = 5000, reason = "an old cluster" }')
    assert stranger.run(*SELECTED).ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"diffract.oracle" = 3', "diffract.oracle wants times and reason, and nothing else"),
        ('"diffract.oracle" = { times = 3 }', "diffract.oracle wants times and reason, and nothing else"),
        ('"diffract.oracle" = { times = 3, reason = " " }', "diffract.oracle.reason is empty"),
        ('"diffract.oracle" = { times = 0.5, reason = "x" }', "diffract.oracle.times is 0.5, not a number above 1*"),
        ('"diffract.oracel" = { times = 3, reason = "x" }', "diffract.oracel is no pattern of any stage.law *"),
    ],
)
def test_what_widens_nothing_or_says_no_reason_is_a_usage_error(stranger: Any, text: str, said: str) -> None:
    stranger.write("pyproject.toml", f"[tool.parity.budgets]\n{text}\n")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: [[]tool.parity.budgets[]]: {said}"])
