"""A finding survives JSON whatever it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.compare.finding import Finding, Measured, Verdict, worst_of

_number = st.floats(min_value=0, allow_nan=False)
_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_measured = st.builds(
    Measured,
    st.text(),
    _number,
    _number,
    _number,
    st.lists(st.integers(0, 99), max_size=4).map(tuple),
    st.text(),
    st.text(),
    _number,
    st.booleans(),
)
_findings = st.builds(
    Finding,
    *[st.text()] * 7,
    st.sampled_from(Verdict),
    st.text(),
    st.text(),
    st.text(),
    st.lists(_measured, max_size=3).map(tuple),
    st.dictionaries(st.text(), _plain, max_size=3),
    st.floats(0, 1e6),
)


def _refuse(token: str) -> Any:
    raise AssertionError(f"{token} is no JSON")


@settings(deadline=None, max_examples=100)
@given(_findings)
def test_round_trip(finding: Finding) -> None:
    text = json.dumps(finding.to_json())
    assert Finding.from_json(json.loads(text, parse_constant=_refuse)) == finding


def test_the_worst_is_the_greatest_fraction_of_a_budget() -> None:
    def measured(name: str, error: float, budget: float) -> Measured:
        return Measured(name, error, 0.0, budget, (), "", "")

    small, large = measured("small", 1e-9, 1e-10), measured("large", 1e-3, 1.0)
    finding = Finding("c", "s", "l", "c", "b", "cpu", "float32", Verdict.OK, measured=(large, small))
    assert finding.worst is small
    assert worst_of(()) is None
    assert measured("exact", 0.0, 0.0).within
    assert not measured("exact", 1e-300, 0.0).within


def test_the_worst_is_of_the_output_that_decides_though_another_is_farther() -> None:
    far, decides, less = (Measured(name, error, 0.0, 1.0, (), "", "") for name, error in (("a", 9), ("b", 3), ("b", 2)))
    measured = (far, less, decides)
    one = Finding("c", "s", "l", "c", "b", "cpu", "float32", Verdict.SEMANTIC, measured=measured)
    assert replace(one, notes={"decided by": "b"}).worst is decides
    for notes in ({}, {"decided by": "gone"}, {"other": "b"}):
        assert replace(one, notes=notes).worst is far


@pytest.mark.parametrize("verdict", Verdict)
def test_what_ran_and_what_is_red(verdict: Verdict) -> None:
    found = Finding("c", "s", "l", "c", "b", "cpu", "float32", verdict)
    away = replace(found, notes={"unavailable": "no device"})
    assert found.ran is (verdict is not Verdict.NOT_RUN)
    assert not away.ran
    assert replace(found, notes={"unavailable": "", "other": "x"}).ran is found.ran
    assert found.red is away.red is (str(verdict) not in ("ok", "not-run"))
