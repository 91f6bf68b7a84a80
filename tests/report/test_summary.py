"""The summary of a job: what Markdown makes of it, and how long it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import failed, held, idle, run

from parity_suite.core.finding import Verdict
from parity_suite.core.way import Rule
from parity_suite.report import summary
from parity_suite.report.difference import difference
from parity_suite.report.summary import capped, render_summary


def test_it_says_verdict_causes_stages_and_what_did_not_run() -> None:
    text = render_summary(run([held(), failed("adjoint"), idle("energy")]), Path())
    assert text.startswith("## parity: red\n3 checks: 2 ran, 1 ok, 1 semantic, 1 not run\n")
    assert "- mine translate: semantic, another meaning, not round-off (1 check)\n" in text
    assert "| translate | 1 red, 1 ok, 1 not run |" in text
    assert "<summary>1 check did not run</summary>\n\n- 1: no CUDA device here\n" in text
    assert failed("adjoint").check in text


def test_of_a_green_run_it_is_short() -> None:
    text = render_summary(run([held()]), Path())
    assert (
        text
        == "## parity: green\n1 check: 1 ran, 1 ok, 0 not run\n\n| stage | mine |\n|---|---|\n| translate | 1 ok |\n"
    )


def test_of_a_base_it_says_what_changed() -> None:
    here, base = run([failed(), held("energy")]), run([held(), held("adjoint")])
    text = render_summary(here, Path(), difference(here, base))
    assert "<summary>1 check newly red</summary>" in text
    assert f"- `{held('adjoint').check}`" in text
    assert "None: newly green, not run any more." in text


def test_a_cause_cannot_end_its_block_or_become_markup() -> None:
    bad = "```\n</details><b>`*x*`|"
    rule = Rule("images", bad, bad)
    text = render_summary(run([failed(verdict=Verdict.CONTRACT, decided_by="", rules=(rule,))]), Path())
    assert "<b>" not in text.replace(text[text.index("````text") : text.rindex("````")], "")
    assert text.count("````") == 2
    assert r"\<b\>\`\*x\*\`\|" in text


def test_many_causes_and_reasons_are_counted() -> None:
    text = render_summary(run([failed(stage=f"s{k}") for k in range(60)]), Path())
    assert text.count("\n- mine s") == 50
    assert "- … and 10 reasons more" in text
    assert text.count("<details>") == 10


@pytest.mark.parametrize("most", [250, 1000, 5000])
def test_it_never_exceeds_its_bound(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST_BYTES", most)
    text = render_summary(run([failed(stage=f"s{k}", reason="ä" * 300) for k in range(60)]), Path())
    assert 0 < len(text.encode()) <= most
    assert "paragraphs are left out." in text


def test_what_fits_is_left_as_it_is() -> None:
    assert capped("a\n\nb\n", 6) == "a\n\nb\n"


def test_a_fence_is_longer_than_any_in_what_it_holds() -> None:
    assert summary._fenced(["a ```` b"])[0] == "`````text"
