"""Which ids a pattern matches, and what a verdict means beside an entry."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_suite.core.finding import Finding, Verdict
from parity_suite.ledger.entry import Outcome, Terms, UnpinnedEntry
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.patterns import matches

DAY = date(2026, 6, 1)


def entry(check: str = "a.b[*]", verdict: Verdict = Verdict.SEMANTIC, expires: date = DAY) -> UnpinnedEntry:
    return UnpinnedEntry(Terms("because of that", "me", date(2026, 5, 1), expires), check, verdict)


@cache
def brute(pattern: str, text: str) -> bool:
    """By trying every length of every ``*``."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(brute(pattern[1:], text[k:]) for k in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and brute(pattern[1:], text[1:])


@given(st.text("ab[]*", max_size=9), st.text("ab[]", max_size=9))
def test_a_pattern_matches_as_by_brute_force(pattern: str, text: str) -> None:
    assert matches(pattern, text) == brute(pattern, text)


@given(st.lists(st.text("ab[.", max_size=3), min_size=2, max_size=6), st.data())
def test_what_a_pattern_was_filled_to_matches(parts: list[str], data: st.DataObject) -> None:
    text = parts[0] + "".join(data.draw(st.text("ab[.", max_size=3)) + part for part in parts[1:])
    assert matches("*".join(parts), text)


@pytest.mark.parametrize(
    ("pattern", "check", "expected"),
    [
        ("loss.pair[*-cpu-float32]", "loss.pair[a-b+c-cpu-float32]", True),
        ("loss.pair[*-cpu-float32]", "loss.pair[a-b+c-cpu-float64]", False),
        ("loss.pair[ab]", "loss.paira", False),
        ("loss.pair[a.-x-cpu-float32]", "loss.pair[ab-x-cpu-float32]", False),
        ("aba*aba", "aba", False),
        ("a*b*b", "ab", False),
    ],
)
def test_all_but_the_star_stands_for_itself(pattern: str, check: str, expected: bool) -> None:
    assert matches(pattern, check) is expected


def test_many_stars_take_no_time() -> None:
    assert not matches("*a" * 200 + "*c", "a" * 5000 + "b")


@pytest.mark.parametrize(
    ("verdict", "expires", "outcome"),
    [
        (Verdict.SEMANTIC, DAY, Outcome.AS_SAID),
        (Verdict.SEMANTIC, date(2026, 5, 31), Outcome.EXPIRED),
        (Verdict.NUMERICAL, DAY, Outcome.OTHERWISE),
        (Verdict.NUMERICAL, date(2026, 5, 31), Outcome.OTHERWISE),
        (Verdict.OK, date(2026, 5, 31), Outcome.PASSED),
        (Verdict.NOT_RUN, date(2026, 5, 31), Outcome.NOT_RUN),
    ],
)
def test_what_a_verdict_means(verdict: Verdict, expires: date, outcome: Outcome) -> None:
    found = Finding("a.b[c-d-cpu-float32]", "a", "b", "c", "d", "cpu", "float32", verdict)
    assert entry(expires=expires).outcome(found, DAY) is outcome


def test_a_check_has_one_entry() -> None:
    ledger = Ledger((), (entry("a.b[*]"), entry("a.*[x]"), entry("c.d[x]")))
    assert ledger.of("a.b[y]") == ledger.entries[0]
    assert ledger.of("e.f[y]") is None
    with pytest.raises(ValueError, match=r"are both about a\.b"):
        ledger.of("a.b[x]")
    assert ledger.shared(["a.b[y]", "c.d[x]"]) == []
    assert ledger.shared(["a.b[x]"]) == ["a.b[*] and a.*[x] are both about a.b[x]: a check has one entry"]
