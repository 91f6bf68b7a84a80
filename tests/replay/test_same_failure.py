"""What a folder holds is the failure that was found: another one with the same verdict is not taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from failed import CASES, CONTEXT, check_of, keeper_in, spec, written

from parity_suite.cases.datasets import Datasets
from parity_suite.core.check import Check
from parity_suite.engine.runner import Runner
from parity_suite.replay.folder import read_folder
from parity_suite.replay.keeper import folder_name
from parity_suite.replay.rerun import ReplayOverrides, rerun

MOODS = {
    "error": ("raises first", "raises second"),
    "contract": ("lengthens poisson_nll", "lengthens amplitude_mae"),
    "semantic": ("moves poisson_nll", "moves amplitude_mae"),
}


@pytest.mark.parametrize("verdict", MOODS)
def test_calls_that_fail_otherwise_are_not_what_was_found(
    verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = check_of("moody", "loss", "oracle", "n15.g1.b3")
    monkeypatch.setenv("MOOD", MOODS[verdict][0])
    finding = Runner(CONTEXT).run(check)
    assert finding.verdict == verdict
    keeper_in(tmp_path / "same").settle(check, finding)
    kept = read_folder(tmp_path / "same" / "failures" / folder_name(check.id))
    assert (kept.facts["alone"], len(kept.calls)) == ("yes", 1)
    monkeypatch.setenv("MOOD", MOODS[verdict][1])
    keeper_in(tmp_path / "other").settle(check, finding)
    other = read_folder(tmp_path / "other" / "failures" / folder_name(check.id))
    assert (other.facts["alone"], len(other.calls)) == ("unknown", 0)
    again = rerun(kept, ReplayOverrides(), Datasets())
    assert again.finding.verdict == verdict
    assert again.since[0].startswith("another failure: recorded was ")


def test_a_smaller_case_that_fails_otherwise_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of fewer channels it is another output that depends on what was asked before."""
    monkeypatch.setattr("parity_suite.replay.find._failures", lambda *_: iter(()))
    finding, kept = written(check_of("growing", "loss", "statelessness", "n16.g2.b5"), tmp_path)
    assert {one.about.field for one in finding.measured if not one.within} == {"poisson_nll"}
    assert (kept.check.case.name, kept.facts["alone"]) == ("n16.g2.b5", "yes")


def test_a_pair_is_shown_by_the_side_to_blame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is less wrong, in the same output of as many numbers."""
    monkeypatch.setenv("MOOD", "moves poisson_nll")
    sides = spec("moody"), spec("other__nll_mean")
    check = Check("loss", "pair", CASES["n15.g1.b3"], sides, "cpu", "float32")
    finding, kept = written(check, tmp_path)
    assert finding.culprit == kept.check.specs[0].name == "other__nll_mean"
