"""A finding survives JSON whatever it holds."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.core.about import About
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import Basis, Evidence
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Measured, Stored, Verdict, worst_of
from parity_suite.core.kinds import Kind
from parity_suite.core.way import Raised, Rule

_number = st.floats(min_value=0, allow_nan=False)
_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_value = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.sampled_from(["inf", "-inf", "nan"])
)
_about = st.builds(About, *[st.text()] * 5)
_measured = st.builds(
    Measured,
    st.text(),
    _number,
    _number,
    _number,
    st.lists(st.integers(0, 99), max_size=4).map(tuple),
    _value,
    _value,
    _number,
    st.sampled_from(["", "at most", "at least"]),
    st.text(),
    st.booleans(),
    _number,
    _about,
)
_numbers = st.dictionaries(st.text(), _number, max_size=3)
_findings = st.builds(
    Finding,
    *[st.text()] * 7,
    st.sampled_from(Verdict),
    reason=st.text(),
    blame=st.text(),
    evidence=st.builds(Evidence, st.sampled_from(Basis), st.none() | _number, st.booleans(), st.booleans()),
    measured=st.lists(_measured, max_size=3).map(tuple),
    cause=st.none() | st.sampled_from(Cause),
    decided_by=st.text(),
    rules=st.lists(st.builds(Rule, *[st.text()] * 3), max_size=2).map(tuple),
    raised=st.builds(Raised, *[st.text()] * 3, st.integers(0, 999), st.text()),
    implementation=st.text(),
    dataset=st.text(),
    kind=st.none() | st.sampled_from(Kind),
    looks_like=st.text(),
    trace=_numbers,
    distances=_numbers,
    culprit=st.text(),
    oracle_has=_value,
    lacks=st.text(),
    not_asked=st.text(),
    not_located=st.text(),
    ledger=st.builds(LedgerNote, st.text(), st.sampled_from(LedgerOutcome)),
    replay=st.builds(Stored, *[st.text()] * 3),
    facts=st.dictionaries(st.text(), _plain, max_size=3),
    seconds=st.floats(0, 1e6),
)


def _refuse(token: str) -> Any:
    raise AssertionError(f"{token} is no JSON")


@settings(deadline=None, max_examples=100)
@given(_findings)
def test_round_trip(finding: Finding) -> None:
    assert {field.name for field in fields(Finding)} == set(finding.to_json())
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
    assert replace(one, decided_by="b").worst is decides
    for output in ("", "gone"):
        assert replace(one, decided_by=output).worst is far


@pytest.mark.parametrize("verdict", Verdict)
def test_what_ran_and_what_is_red(verdict: Verdict) -> None:
    found = Finding("c", "s", "l", "c", "b", "cpu", "float32", verdict)
    away = replace(found, cause=Cause.UNAVAILABLE)
    assert found.ran is (verdict is not Verdict.NOT_RUN)
    assert not away.ran
    assert not replace(found, cause=Cause.ARITHMETIC_OFF).ran
    assert replace(found, cause=Cause.EXCEPTION, reason="unavailable", facts={"unavailable": True}).ran is found.ran
    assert found.red is away.red is (str(verdict) not in ("ok", "not-run"))
