"""The summary: rows of what ran and may be wondered about, and lines that a terminal of 80 columns does not break."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ptychography.pipeline import STAGES
from parity_suite.report.terminal import verdict_lines


def finding(subject: str, verdict: Verdict, stage: str = "diffract") -> Finding:
    parts = CheckId(stage, "snapshot", "n16", subject, "cpu", "float32")
    return Finding(str(parts), *vars(parts).values(), verdict, "why", stage)


def rows(*findings: Finding) -> list[str]:
    return [line.split()[0] for line in verdict_lines(findings, {}) if " diffract " in line]


@pytest.mark.parametrize(("verdict", "shown"), [(Verdict.OK, ["mine"]), (Verdict.ERROR, ["mine", "oracle"])])
def test_the_oracle_has_a_row_where_it_is_red(verdict: Verdict, shown: list[str]) -> None:
    assert rows(finding("mine", Verdict.OK), finding("oracle", verdict)) == shown


def test_the_noun_of_the_denominator_agrees() -> None:
    two = [finding(subject, Verdict.OK) for subject in ("mine", "other")]
    said = [list(verdict_lines(those, {}))[-1] for those in (two[:1], two)]
    assert said == ["1 check: 1 ran, 1 ok, 0 not run", "2 checks: 2 ran, 2 ok, 0 not run"]


def test_what_is_asked_of_no_stage_is_no_stage_of_which_nothing_ran() -> None:
    said = "\n".join(verdict_lines([finding("mine", Verdict.NOT_RUN, one) for one in ("preflight", "stats")], {}))
    assert "mine: nothing ran of stats" in said
    assert "preflight" not in said


def test_long_lines_go_on_below_their_text() -> None:
    idle = [
        replace(
            finding("mine", Verdict.NOT_RUN, stage.name),
            cause=Cause.NOT_PROVIDED, reason=f"not provided: Mine does not define {stage.name}", lacks=stage.name,
        )
        for stage in STAGES
    ]  # fmt: skip
    said = list(verdict_lines(idle, {}))
    assert max(map(len, said)) < 80
    text = "\n".join(said)
    for start in ("mine: nothing ran of ", "not run    "):
        first = next(place for place, line in enumerate(said) if line.startswith(start))
        assert said[first + 1].startswith("  ")
    for stage in STAGES:
        assert sum(word.strip(",") == stage.name for word in text.split()) == 2


def test_two_backends_that_nothing_was_asked_of_are_told_once() -> None:
    idle = [finding("mine+other", Verdict.NOT_RUN, stage.name) for stage in STAGES]
    assert not any("nothing ran of" in line for line in verdict_lines(idle, {}))
    some = [*idle[1:], finding("mine+other", Verdict.OK, STAGES[0].name)]
    assert any(line.startswith("mine+other: nothing ran of ") for line in verdict_lines(some, {}))


def test_a_row_has_the_law_of_its_worst_check_and_a_wide_one_its_id() -> None:
    found = [finding("tensorflow+torch", Verdict.SEMANTIC, "reassemble")]
    environment = {"machine": {f"fact{place}": "of the machine" for place in range(9)}}
    narrow = list(verdict_lines(found, environment))
    assert max(map(len, narrow)) < 80
    assert narrow[1].endswith("semantic: snapshot")
    assert list(verdict_lines(found, environment, wide=True))[1].endswith(f"semantic: {found[0].check}")
