"""The budget of a trained model's statistics: four times the worst spread that was measured of its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity_suite.compare.budgets import ProvenanceError
from parity_suite.ptychography import spread
from parity_suite.ptychography.sizes import GUARDED, LARGE_LESSONS, LESSONS
from parity_suite.ptychography.spread import trained_budget

TABLE = """
[measured]
command = "c"
date = "2026-01-01"
machine = "m"
[[run]]
case = "lesson9.g1"
worst = 2e-4
[[run]]
case = "lesson9.g2"
worst = 5e-4
[[run]]
case = "lesson99.g1"
worst = 9e-1
"""


def _forget() -> None:
    spread._measured.cache_clear()
    trained_budget.cache_clear()


@pytest.fixture
def _table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "spread.toml").write_text(TABLE, "utf-8")
    monkeypatch.setattr(spread, "SPREAD_FILE", tmp_path / "spread.toml")
    _forget()
    yield
    _forget()


@pytest.mark.usefixtures("_table")
def test_the_worst_of_a_source_and_of_no_other() -> None:
    assert trained_budget("lesson9") == pytest.approx(2e-3)
    assert trained_budget("lesson99") == pytest.approx(3.6)


@pytest.mark.usefixtures("_table")
def test_a_source_that_was_not_measured_has_no_budget() -> None:
    with pytest.raises(KeyError, match="no run of lesson"):
        trained_budget("lesson")


@pytest.mark.usefixtures("_table")
@pytest.mark.parametrize("fact", ["command", "date", "machine"])
def test_a_spread_that_does_not_say_where_it_comes_from_is_refused(fact: str) -> None:
    text = spread.SPREAD_FILE.read_text("utf-8")
    spread.SPREAD_FILE.write_text(re.sub(f"^{fact} = .*$", f'{fact} = ""', text, flags=re.MULTILINE), "utf-8")
    with pytest.raises(ProvenanceError, match=rf"\[measured\] lacks {fact}"):
        trained_budget("lesson9")


@pytest.mark.usefixtures("_table")
@pytest.mark.parametrize("text", ["", "[measured]\n"])
def test_a_spread_that_says_nothing_at_all_is_refused(text: str) -> None:
    spread.SPREAD_FILE.write_text(text, "utf-8")
    with pytest.raises(ProvenanceError, match=r"\[measured\] lacks command, date, machine$"):
        trained_budget("lesson9")


def test_every_lesson_was_measured() -> None:
    assert all(0 < trained_budget(case.source) < 1 for case in (*LESSONS, *GUARDED, *LARGE_LESSONS))
