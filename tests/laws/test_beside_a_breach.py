"""An output that breaks its contract does not keep the others from being compared, nor other implementations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import Plain, finding_of

from parity_suite.backends.api import Translation
from parity_suite.compare.cause import Cause
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.compare.kinds import Kind
from parity_suite.ledger.pin import pin_of


class Broken(Plain):
    """Gives a canvas in which a number is none; the rest of a reassembly is as right as ``factor`` lets it be."""

    factor = 1.0
    broken: tuple[str, ...] = ("canvas",)

    def reassemble(self, *given: Any, **named: Any) -> Mapping[str, Any]:
        found = dict(super().reassemble(*given, **named))
        found["numerator"] = (found["numerator"] * self.factor).astype(self.complex)
        for name in self.broken:
            found[name] = np.full_like(found[name], np.nan)
        return found


def _failed(found: Finding) -> set[str]:
    return {one.about.field for one in found.measured if not one.within}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_others_are_compared_and_hold(precision: str) -> None:
    found = finding_of(Broken, "reassemble", "oracle", precision=precision)
    assert (found.verdict, found.cause, found.kind) == (Verdict.CONTRACT, Cause.BROKEN_RULE, Kind.NAN)
    assert {(rule.field, rule.rule) for rule in found.rules} == {("canvas", "finite")}
    assert {one.about.field for one in found.measured} == {"numerator", "count"}
    assert not _failed(found)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_one_of_the_others_is_wrong_as_well(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = pin_of(finding_of(Broken, "reassemble", "oracle", precision=precision))
    monkeypatch.setattr(Broken, "factor", 1.5)
    found = finding_of(Broken, "reassemble", "oracle", precision=precision)
    assert found.verdict is Verdict.SEMANTIC
    assert {(rule.field, rule.rule) for rule in found.rules} == {("canvas", "finite")}
    assert _failed(found) == {"numerator"}
    said = list(known.differences(found))
    assert said[0] == "semantic and not contract"
    assert any("numerator" in one and "fails as well" in one for one in said)


def test_each_that_breaks_a_rule_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broken, "broken", ("canvas", "numerator"))
    found = finding_of(Broken, "reassemble", "oracle")
    assert {(rule.field, rule.rule) for rule in found.rules} == {("canvas", "finite"), ("numerator", "finite")}
    assert {one.about.field for one in found.measured} == {"count"}


class Wide(Plain):
    """Two of its implementations break the contract, in two ways, and one is wrong."""

    translations = tuple(map(Translation, ("plain", "cut", "wrong", "none")))

    def __init__(self, *, device: str = "cpu", precision: str = "float32", translation: str = "") -> None:
        super().__init__(device=device, precision=precision)
        self.translation = translation or "plain"

    @classmethod
    def missing_translation(cls, name: str) -> str:
        return ""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        right = super().translate(images, offsets, interpolation)
        if self.translation == "none":
            return right * np.nan
        return {"plain": right, "cut": right[:, :-1], "wrong": right * 2}[self.translation].astype(right.dtype)


def test_an_implementation_that_breaks_the_contract_keeps_no_other_from_being_asked() -> None:
    found = finding_of(Wide, "translate", "oracle")
    assert found.verdict is Verdict.SEMANTIC
    assert {one.implementation for one in found.rules} == {"cut", "none"}
    assert {one.about.implementation for one in found.measured if not one.within} == {"wrong"}
    assert pin_of(found).implementations == {"cut", "none", "wrong"}


class Late(Plain):
    """Wrong in what it gives first, and then also no numbers in another output."""

    def reassemble(self, *given: Any, **named: Any) -> Mapping[str, Any]:
        found = dict(super().reassemble(*given, **named))
        found["count"] = found["count"] * self.real.type(3)
        if Late.asked:
            found["canvas"] = np.full_like(found["canvas"], np.nan)
        Late.asked += 1
        return found

    asked = 0


def test_what_was_measured_before_the_rule_was_broken_is_kept() -> None:
    Late.asked = 0
    found = finding_of(Late, "reassemble", "oracle")
    assert found.verdict is Verdict.SEMANTIC
    assert found.rules
    assert "count" in _failed(found)
