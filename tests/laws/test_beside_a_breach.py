"""An output that breaks its contract does not keep the others from being compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, finding_of

from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.ledger.pin import pin_of
from parity_suite.ptychography.cases import recipe_cases


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


class OneOfTwo(Plain):
    """Gives no numbers for the one variant of images, and wrong ones for the other."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        right = super().translate(images, offsets, interpolation)
        return (right * 2 if images.dtype.kind == "f" else right * np.nan).astype(right.dtype)


@pytest.mark.parametrize("law", ["oracle", "mass"])
def test_a_variant_that_breaks_the_contract_keeps_no_other_from_being_asked(law: str) -> None:
    found = finding_of(OneOfTwo, "translate", law)
    assert found.verdict is Verdict.SEMANTIC
    assert {(rule.field, rule.rule) for rule in found.rules} == {("images", "finite")}
    assert found.measured
    assert not any(one.within for one in found.measured)


class Crowded(Broken):
    """Beside the broken canvas, wrong where it is asked in batches alone."""

    def reassemble(self, *given: Any, **named: Any) -> Mapping[str, Any]:
        found = dict(super().reassemble(*given, **named))
        if named.get("batch"):
            found["count"] = found["count"] * self.real.type(2)
        return found


def test_what_a_law_asks_after_the_call_that_broke_is_compared() -> None:
    found = finding_of(Crowded, "reassemble", "streaming")
    assert found.verdict is Verdict.SEMANTIC
    assert {(rule.field, rule.rule) for rule in found.rules} == {("canvas", "finite")}
    assert _failed(found) == {"count"}


class InPlace(Plain):
    """Writes into what it was given, and forgets a row of what it gives."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        found = super().illuminate(patches, probe)
        patches *= 2
        return found[:, :, 1:]


def test_a_changed_input_hides_no_broken_output() -> None:
    rules = {(rule.field, rule.rule) for rule in finding_of(InPlace, "illuminate", "oracle").rules}
    assert ("patches", "in place") in rules
    assert any(field == "psi" for field, _ in rules)


class Unread(Plain):
    """Breaks the contract in an output that the law of the dose does not look at."""

    def scale(self, *given: Any, **named: Any) -> Mapping[str, Any]:
        return {**super().scale(*given, **named), "source": 3}


def test_a_broken_output_that_no_law_reads_is_said() -> None:
    found = finding_of(Unread, "scale", "dose")
    assert found.verdict is Verdict.CONTRACT
    assert {rule.field for rule in found.rules} == {"source"}
    assert found.measured
    assert not _failed(found)


class Stream(Plain):
    """Right but for a stream, whose canvas is no number and whose count is wrong."""

    def reassemble_stream(self, *given: Any, **named: Any) -> Mapping[str, Any]:
        found = dict(super().reassemble_stream(*given, **named))
        return found | {"canvas": np.full_like(found["canvas"], np.nan), "count": found["count"] * self.real.type(2)}


def test_the_other_outputs_of_a_stream_are_compared() -> None:
    found = finding_of(Stream, "reassemble", "streaming")
    assert found.verdict is Verdict.SEMANTIC
    assert {(rule.field, rule.rule) for rule in found.rules} == {("canvas", "finite")}
    assert _failed(found) == {"count"}


class Raising(Plain):
    """Raises for images that are real, and gives wrong ones for those that are complex."""

    factor = 1.0

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        if images.dtype.kind == "f":
            raise RuntimeError("no real images")
        right = super().translate(images, offsets, interpolation)
        return (right * self.factor).astype(right.dtype)


def test_what_is_wrong_beside_an_exception_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = finding_of(Raising, "translate", "oracle")
    assert (known.verdict, known.raised.type) == (Verdict.ERROR, "RuntimeError")
    assert known.measured
    assert not _failed(known)
    monkeypatch.setattr(Raising, "factor", 2.0)
    found = finding_of(Raising, "translate", "oracle")
    assert (found.verdict, found.raised.where) == (Verdict.ERROR, known.raised.where)
    assert _failed(found) == {"images"}
    assert "no real images" in found.reason
    assert "times its budget" in found.reason
    assert any("fails as well" in one for one in pin_of(known).differences(found))


class Twice(Plain):
    """Raises two things, one for each variant of images."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        raise (RuntimeError if images.dtype.kind == "f" else ZeroDivisionError)("none of this")


def test_what_is_raised_beside_the_first_exception_is_said() -> None:
    found = finding_of(Twice, "translate", "oracle")
    assert found.verdict is Verdict.ERROR
    raised = {found.raised.type, *(rule.rule.removeprefix("raises ") for rule in found.rules)}
    assert raised == {"RuntimeError", "ZeroDivisionError"}


class Halting(Plain):
    """Raises in the first part of each law, and is wrong in what is asked after it."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        if images.dtype.kind == "c":
            raise RuntimeError("not this")
        return super().translate(images, offsets, interpolation) * 2

    def reassemble(self, patches: Any, positions: Any, *given: Any, **named: Any) -> Any:
        if np.array_equal(positions, np.rint(positions)):
            raise RuntimeError("not this")
        found = dict(super().reassemble(patches, positions, *given, **named))
        return found | {"canvas": np.flip(found["canvas"])}

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        if wrt == "patches":
            raise RuntimeError("not this")
        return np.zeros_like(inputs[wrt])


@pytest.mark.parametrize(
    ("stage", "law", "case"),
    [("translate", "identity", CASE), ("illuminate", "gradient", CASE), ("reassemble", "truth", recipe_cases()[0])],
)
def test_what_a_law_asks_after_an_exception_is_measured(stage: str, law: str, case: Case) -> None:
    found = finding_of(Halting, stage, law, case)
    assert (found.verdict, found.raised.type) == (Verdict.ERROR, "RuntimeError")
    assert any(not one.within for one in found.measured)
