"""What a backend declares to be outside of what it can do is not asked and said so; the rest of it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import limited
import numpy as np
import pytest
from limited import LIMITED, STAGES, CanvasAlone, EvenSides, FromData, OneMode, Plain, Single, Unrefusing
from thinning import thinned

from parity_suite import Capabilities, Choice, Field, Sizes, Stage
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults.fault import require_place
from parity_suite.faults.gallery import FAULTS
from parity_suite.ptychography.cases import recipe_cases
from parity_suite.ptychography.sizes import PROBING, SMALL, TINY

CONTEXT = RunContext()
#: Odd, of several patches, and of none; with as many modes as items, and small.
CASES = ("n15.g1.b3", "n16.g2.b5", "n16.g1.b0", "n16.g2.b4.p4", "n4.g2.b4.p3")


def _spec(cls: type[Any]) -> BackendSpec:
    setattr(limited, cls.__name__, cls)
    return BackendSpec(cls.__name__.lower(), limited.__name__, cls.__name__)


def _runner() -> Runner:
    policy = Policy("cpu", preflight=False, evidence=False, diagnosing=Diagnosing.LATER)
    return Runner(CONTEXT, policy)


@cache
def _checks(cls: type[Any]) -> tuple[Check, ...]:
    spec = _spec(cls)
    quick = (one for one in enumerate_checks([spec]) if one.subject == spec.name and not one.slow)
    precisions = ("float32", "float64") if issubclass(cls, Single) else ("float32",)
    return tuple(
        one
        for one in quick
        if one.stage in STAGES and one.device == "cpu" and one.case.name in CASES and one.precision in precisions
    )


def _findings(cls: type[Any]) -> list[Finding]:
    return [_runner().run(check) for check in _checks(cls)]


def finding_of(cls: type[Any], stage: str, law: str, case: Case = SMALL[1], precision: str = "float32") -> Finding:
    return _runner().run(Check(stage, law, case, (_spec(cls),), "cpu", precision))


#: Laws that are not run at all of a stage for want of a part of it.
LOST: Mapping[type[Any], set[str]] = {
    # Sides of their own, odd ones among them.
    EvenSides: {"journey", "remainders"},
    limited.OfSixteen: {"many", "journey", "remainders", "search"},
    limited.NotEmpty: {"streaming"},
    OneMode: set(),
    Single: set(),
    FromData: {"nearest", "sign_axis"},
    limited.OwnCentres: {"identity", "journey", "search", "remainders"},
    CanvasAlone: {"linearity", "adjoint", "identity", "sign_axis", "truth", "mass"},
    Unrefusing: {"refusal"},
    limited.SmallBatches: {"batch_invariance"},
}


@pytest.mark.parametrize("cls", thinned(LIMITED, 10))
def test_within_what_it_declares_a_right_backend_is_green(cls: type[Any]) -> None:
    findings = _findings(cls)
    assert [f"{one.check}: {one.reason}" for one in findings if one.red] == []
    assert {one.stage for one in findings if one.ran} == set(STAGES)
    outside = [one for one in findings if one.reason.startswith("outside what ")]
    assert outside or any("outside what " in one.not_asked for one in findings)
    assert {one.cause for one in outside} <= {Cause.OUTSIDE_CAPABILITY}
    ran = {(one.stage, one.law) for one in findings if one.ran}
    lost = {one.law for one in outside if (one.stage, one.law) not in ran}
    assert lost <= LOST[cls], "more is lost than need be"


@pytest.mark.parametrize("cls", [one for one in LIMITED if one is not Unrefusing])
def test_without_the_declaration_the_same_backend_is_red(cls: type[Any]) -> None:
    undeclared = type(f"Undeclared{cls.__name__}", (cls,), {"capabilities": Capabilities(), "__module__": "limited"})
    assert any(_runner().run(check).red for check in _checks(undeclared))


@pytest.mark.parametrize(
    ("cls", "stage", "case", "precision", "limit"),
    [
        (EvenSides, "diffract", PROBING[0], "float32", "N a multiple of 2"),
        (limited.OfSixteen, "diffract", PROBING[0], "float32", "N 16 or 64"),
        (limited.NotEmpty, "diffract", PROBING[4], "float32", "B of at least 1"),
        (Single, "diffract", SMALL[1], "float64", "float32"),
        (limited.SmallBatches, "stats", PROBING[2], "float32", "stats.B of at least 2"),
        (FromData, "scale", PROBING[4], "float32", "scale data"),
    ],
)
def test_a_check_outside_says_of_what(cls: type[Any], stage: str, case: Case, precision: str, limit: str) -> None:
    found = finding_of(cls, stage, "oracle", case, precision)
    assert (found.verdict, found.cause, found.lacks) == (Verdict.NOT_RUN, Cause.OUTSIDE_CAPABILITY, limit)
    assert found.reason == f"outside what {cls.__name__} declares: {limit}"


def test_of_several_modes_as_many_are_asked_as_it_has() -> None:
    found = finding_of(OneMode, "diffract", "oracle")
    assert found.verdict is Verdict.OK
    assert found.not_asked == "outside what OneMode declares: P 1"


def test_a_probe_of_one_mode_is_not_asked_without_it() -> None:
    assert finding_of(OneMode, "probe", "values").verdict is Verdict.OK


def test_a_chain_through_a_stage_of_coarser_places_is_asked() -> None:
    found = finding_of(limited.CoarsePlaces, "forward", "residual", recipe_cases()[0])
    assert found.verdict is Verdict.OK, found.reason


def test_of_many_items_as_many_are_asked_as_it_takes() -> None:
    found = finding_of(limited.FewAtOnce, "stats", "many", TINY[0])
    assert found.verdict is Verdict.OK, found.reason
    counts = {one.output.rpartition(", ")[2].rstrip(")") for one in found.measured}
    assert counts == {"130 items", "2,100 items"}
    assert found.not_asked == "outside what FewAtOnce declares: stats.B of at most 3000"


def test_of_its_choices_the_others_are_left_out() -> None:
    found = finding_of(FromData, "reassemble", "oracle")
    assert found.verdict is Verdict.OK
    assert {one.about.variant for one in found.measured} == {"one", ""}
    assert "outside what FromData declares: reassemble one centre" in found.not_asked


class _Doubled(OneMode):
    def diffract(self, psi: Any) -> Any:
        return 2 * super().diffract(psi)


class _Shifted(CanvasAlone):
    def reassemble(self, patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
        return np.roll(super().reassemble(patches, positions, centre, canvas), 1, -1)


class _Greater(CanvasAlone):
    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Any:
        return {"poisson_nll": 1 + 2 * super().loss(amplitude, counts, scale, patches)["poisson_nll"]}


class _Accepting(Unrefusing):
    def illuminate(self, patches: Any, probe: Any) -> Any:
        return np.zeros((len(patches), len(probe), *patches.shape[1:]), self.complex)


@pytest.mark.parametrize(
    ("cls", "stage", "law", "verdict"),
    [
        (_Doubled, "diffract", "oracle", Verdict.SEMANTIC),
        (_Shifted, "reassemble", "oracle", Verdict.SEMANTIC),
        (_Greater, "loss", "oracle", Verdict.SEMANTIC),
        (_Accepting, "illuminate", "refusal", Verdict.CONTRACT),
    ],
)
def test_what_is_wrong_within_is_red(cls: type[Any], stage: str, law: str, verdict: Verdict) -> None:
    assert finding_of(cls, stage, law).verdict is verdict


def test_refusals_of_other_inputs_are_left_out() -> None:
    found = finding_of(Unrefusing, "illuminate", "refusal")
    assert found.verdict is Verdict.OK
    assert "illuminate without refusals" not in found.not_asked


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Capabilities(sizes={"Q": 1}), "sizes names 'Q': there are "),
        (lambda: Capabilities(sizes={"difract.N": 1}), "sizes names 'difract': is it diffract?"),
        (lambda: Capabilities(sizes={"diffract.M": 1}), "sizes names 'M': there are B, P, N, C"),
        (lambda: Capabilities(precisions=("float16",)), "precisions names 'float16': is it float32?"),
        (lambda: Capabilities(coordinates={"extrac": "images"}), "coordinates names 'extrac': is it extract?"),
        (lambda: Capabilities(coordinates={"extract": "image"}), "coordinates of extract names 'image': is it images?"),
        (lambda: Capabilities(choices={"scale": ("learnt",)}), "choices of scale names 'learnt': is it learned?"),
        (lambda: Capabilities(choices={"stats": ("all",)}), "choices of stats names 'all': it has none"),
        (lambda: Capabilities(outputs={"loss": ("nll",)}), "outputs of loss names 'nll': there are poisson_nll, "),
        (
            lambda: Capabilities(refuses={"illuminate": ("probes",)}),
            "refuses of illuminate names 'probes': is it probe?",
        ),
        (lambda: {"sizes": {"N": 64}}, "capabilities: dict is not a Capabilities(sizes, "),
    ],
)
def test_a_name_that_stands_for_nothing_is_one_error(made: Callable[[], Any], said: str) -> None:
    wrong = type("Wrong", (Plain,), {"capabilities": made(), "__module__": "limited"})
    # A run of its own: each has another class of the name.
    runner, spec = Runner(RunContext(), Policy("cpu", preflight=False)), _spec(wrong)
    first, second = (
        runner.run(Check(stage, "oracle", SMALL[1], (spec,), "cpu", "float32")) for stage in ("diffract", "stats")
    )
    assert first.verdict is Verdict.ERROR
    assert said in first.reason
    assert first.reason.startswith("limited:Wrong declares what there is not: Misdeclared: capabilities: ")
    assert (second.verdict, second.cause) == (Verdict.NOT_RUN, Cause.UNAVAILABLE)


def test_sizes() -> None:
    asked = range(131)
    assert [one for one in asked if one not in Sizes()] == []
    assert [one for one in asked if one in Sizes(at_least=64, multiple_of=32)] == [64, 96, 128]
    assert [one for one in asked if one in Sizes.of((128, 64))] == [64, 128]
    assert [one for one in asked if one in Sizes.of(1)] == [1]
    assert [one for one in asked if one in Sizes(at_least=50, at_most=64)] == [one for one in asked if 50 <= one <= 64]
    assert Sizes(at_least=1, at_most=160).words == "of at least 1 and at most 160"
    assert Sizes(at_most=160).words == "of at most 160"
    assert Sizes(at_least=32, multiple_of=4).words == "of at least 32 a multiple of 4"


def test_a_pair_is_held_to_what_both_return() -> None:
    def pair(one: type[Any], two: type[Any]) -> Finding:
        return _runner().run(Check("reassemble", "pair", SMALL[1], (_spec(one), _spec(two)), "cpu", "float32"))

    assert pair(CanvasAlone, Plain).verdict is Verdict.OK
    found = pair(Plain, _Shifted)
    assert (found.verdict, found.culprit) == (Verdict.SEMANTIC, "_shifted")


@pytest.mark.parametrize("declared", [True, False])
def test_groups_by_places_in_float32(declared: bool) -> None:
    members = {"__module__": limited.__name__} | ({} if declared else {"capabilities": Capabilities()})
    spec = _spec(type("Coarse" if declared else "Undeclared", (limited.CoarseGroups,), members))
    checks = [one for one in enumerate_checks([spec]) if one.stage == "group" and one.device == "cpu"]
    findings = (_runner().run(one) for one in checks if one.subject == spec.name)
    if not declared:
        assert any(one.red for one in findings)
        return
    said = list(findings)
    assert not any(one.red for one in said)
    outside = {one.law for one in said if one.reason.endswith("declares: group by places in float32")}
    assert outside == {"digits", "search", "values"}


def test_a_mistake_that_is_outside_has_no_place() -> None:
    with pytest.raises(ValueError, match="lacks input that breaks its contract"):
        require_place(Unrefusing, FAULTS["nan_accepted"])
    for fault in ("empty_stitch_crashes", "empty_batch_of_one", "empty_shift_crashes", "empty_cut_crashes"):
        with pytest.raises(ValueError, match="lacks a call or a chunk without patches"):
            require_place(limited.NotEmpty, FAULTS[fault])
        require_place(Plain, FAULTS[fault])
    with pytest.raises(ValueError, match="lacks odd N"):
        require_place(limited.EvenSides, FAULTS["ifftshift_for_fftshift"])
    with pytest.raises(ValueError, match="lacks sides above 64"):
        require_place(limited.EvenSides, FAULTS["diffract_wrong_at_large_sides"])
    with pytest.raises(ValueError, match="lacks two probe modes"):
        require_place(limited.OneMode, FAULTS["main_mode_for_all"])
    require_place(Plain, FAULTS["nan_accepted"])


PSI = Field("psi", "complex", ("B", "N", "N"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"choices": (Choice("given", "wave"),)}, "choices names wave, which is no input"),
        ({"divisible": ("P",)}, "divisible names P, which is no axis of an input"),
    ],
)
def test_a_stage_says_it_of_what_it_has(told: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Stage("far", (PSI,), (PSI,), "", **told)


def test_the_first_choice_that_fits_is_the_one() -> None:
    choices = (
        Choice("two", "psi", rank=2),
        Choice("named", "mode", value="slow"),
        Choice("given", "mode"),
        Choice("rest"),
    )
    stage = Stage("far", (PSI, Field("mode", "text", optional=True)), (PSI,), "", choices=choices)
    asked = [{"psi": np.zeros((2, 2))}, {"mode": "slow"}, {"mode": "fast"}, {"mode": None}]
    assert [stage.choice_of(inputs) for inputs in asked] == ["two", "named", "given", "rest"]
