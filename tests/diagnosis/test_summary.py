"""The summary of a run says what most failures of a stage look like."""

from __future__ import annotations

from parity_suite.compare.finding import Finding, Verdict
from parity_suite.compare.kinds import Kind
from parity_suite.report.terminal import verdict_lines


def _finding(
    law: str, kind: Kind | None = None, verdict: Verdict = Verdict.SEMANTIC, stage: str = "diffract"
) -> Finding:
    check = f"{stage}.{law}[n16.g2.b5-mine-cpu-float32]"
    return Finding(check, stage, law, "n16.g2.b5", "mine", "cpu", "float32", verdict, blame=stage, kind=kind)


def _said(*findings: Finding) -> list[str]:
    return [line for line in verdict_lines(findings, {}) if "looks like" in line]


def test_the_kind_that_most_failures_name() -> None:
    found = [_finding("oracle", Kind.CONJUGATE), _finding("energy", Kind.CONJUGATE), _finding("mode", Kind.MIRROR)]
    assert _said(*found, _finding("search")) == [
        "mine diffract looks like: conjugated (2 of 4 failures say so)",
    ]


def test_each_red_stage_for_itself() -> None:
    found = [_finding("oracle", Kind.CONJUGATE), _finding("oracle", Kind.MIRROR, stage="extract")]
    assert len(_said(*found)) == 2


def test_nothing_where_nothing_is_named_or_red() -> None:
    assert not _said(_finding("oracle"), _finding("energy", Kind.CONJUGATE, Verdict.OK))
