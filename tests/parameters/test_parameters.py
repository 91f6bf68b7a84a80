"""A convention that is a parameter of the oracle: who declares it is held to it, who declares another is red."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import strangers
from strangers import Groups, Losses, Probes, Statistics, Stranger, of
from thinning import thinned

from parity_suite.backends.parameters import settings_of
from parity_suite.cases.variants import variants
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.by_convention import all_apart, text_of
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.pack import Pack
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field, Parameter, Setting, Stage
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, faulty
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import PROBING
from parity_suite.ptychography.ties import settled

CONTEXT = RunContext()
CASES = ("n15.g1.b3", "n16.g2.b5")
OF_STAGE: dict[str, type[Stranger]] = {"probe": Probes, "group": Groups, "loss": Losses, "stats": Statistics}
OTHERS = [(stage, {one.name: value}) for stage in OF_STAGE for one in BY_NAME[stage].parameters for value in one.others]


def spec_of(cls: type[Any]) -> BackendSpec:
    return BackendSpec(cls.__name__.lower(), strangers.__name__, cls.__name__)


@cache
def findings(cls: type[Any], law: str = "") -> list[Finding]:
    spec = spec_of(cls)
    runner = Runner(CONTEXT, Policy("cpu", preflight=False, diagnosing=Diagnosing.ALWAYS))
    stage = next(name for one in cls.__mro__ for name in vars(one) if name in BY_NAME)
    checks = [one for one in enumerate_checks([spec]) if one.subject == spec.name and one.stage == stage]
    checks = [one for one in checks if not law or (one.law == law and one.case.name in CASES)]
    return [runner.run(one) for one in checks if one.device == "cpu" and not one.slow]


@pytest.mark.parametrize(("stage", "settings"), thinned([(stage, {}) for stage in OF_STAGE] + OTHERS, 3))
def test_who_declares_what_it_does_is_green(stage: str, settings: dict[str, Setting]) -> None:
    found = findings(of(OF_STAGE[stage], settings))
    assert [f"{one.check} {one.reason} {one.looks_like}" for one in found if one.red] == []
    assert {one.law for one in found if one.verdict is Verdict.OK} >= {"oracle", "snapshot"}


@pytest.mark.parametrize(("stage", "settings"), OTHERS, ids=str)
def test_what_is_not_declared_is_red_and_said_to_be_a_convention(stage: str, settings: dict[str, Setting]) -> None:
    said = [one for one in findings(of(OF_STAGE[stage], settings, {}), "oracle") if one.red]
    ((name, value),) = settings.items()
    assert said
    for one in said:
        assert one.kind is Kind.CONVENTION or Kind.CONVENTION in one.other_kinds
        assert f"another convention, which is not declared: {name} " in one.looks_like
        # Of one item, or of an even side, some conventions are the same.
        assert text_of(value) in one.looks_like.rpartition(" is ")[2]


@pytest.mark.parametrize(("stage", "settings"), [one for one in OTHERS if one[1] != {"ties": "any"}], ids=str)
def test_a_wrong_declaration_is_red_and_named(stage: str, settings: dict[str, Setting]) -> None:
    said = [one for one in findings(of(OF_STAGE[stage], {}, settings), "oracle") if one.red]
    ((name, value),) = settings.items()
    assert said
    for one in said:
        assert one.kind is Kind.DECLARED, one.looks_like
        assert f"a wrong declaration: {name} declared as {text_of(value)}, is " in one.looks_like


def test_two_conventions_at_once_are_said_together() -> None:
    red = findings(of(Losses, {"nll_mean": "pixels", "log_factorial": True}, {}), "oracle")
    assert "nll_mean batch, is pixels and log_factorial no, is yes" in red[0].looks_like


def pair(one: type[Any], two: type[Any], stage: str = "loss") -> list[Finding]:
    specs = (spec_of(one), spec_of(two))
    runner = Runner(CONTEXT, Policy("cpu", preflight=False, diagnosing=Diagnosing.ALWAYS))
    checks = [one for one in enumerate_checks(specs) if len(one.specs) == 2 and one.stage == stage]
    return [runner.run(one) for one in checks if one.device == "cpu" and one.case.name in CASES and not one.slow]


def test_a_difference_that_is_declared_is_excused_and_told() -> None:
    found = pair(of(Losses, {"nll_mean": "pixels"}), of(Losses, {"variation_norm": "squared"}))
    assert {one.verdict for one in found} == {Verdict.OK}
    assert [(one.convention, one.first_is, one.second_is, one.declared) for one in all_apart(found)] == [
        ("nll_mean", "pixels", "batch", True),
        ("variation_norm", "modulus", "squared", True),
    ]
    # What no convention touches is held directly.
    names = {one.output for one in found[0].measured}
    assert sum("amplitude_mae" in name for name in names) * 2 == sum("poisson_nll" in name for name in names)


def test_how_arrays_are_written_is_told_as_well() -> None:
    found = pair(strangers.Adapted, of(Losses, {"nll_mean": "pixels"}))
    assert {one.verdict for one in found} == {Verdict.OK}
    assert [(one.convention, one.first_is, one.second_is) for one in all_apart(found)] == [
        ("amplitude", "B C N M", "B N N C"),
        ("counts", "B C N M", "B N N C"),
    ]


def test_of_two_that_declare_a_difference_who_does_not_keep_it_is_red() -> None:
    found = pair(of(Losses, {}, {"nll_mean": "pixels"}), of(Losses, {}))
    assert {one.verdict for one in found} == {Verdict.SEMANTIC}
    assert {one.culprit for one in found} == {"losses_says_nll_mean_pixels"}
    assert {one.kind for one in found} == {Kind.DECLARED}


def test_a_difference_that_nobody_declares_is_red_and_in_the_table() -> None:
    found = pair(of(Losses, {"log_factorial": True}, {}), of(Losses, {}))
    assert {one.verdict for one in found} == {Verdict.SEMANTIC}
    assert [(one.convention, one.first_is, one.second_is, one.declared) for one in all_apart(found)] == [
        ("log_factorial", "no", "yes", False)
    ]


def test_an_adapter_declares_it_beside_its_layouts() -> None:
    found = findings(strangers.Adapted)
    assert [f"{one.check} {one.reason}" for one in found if one.red] == []
    assert sum(one.verdict is Verdict.OK for one in found) > 20


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"nll_men": "pixels"}, "conventions: loss has no nll_men: is it nll_mean?"),
        ({"nll_mean": "items"}, "conventions: loss: nll_mean is 'items': it is 'batch' or 'pixels' or 'none'"),
        ({"log_factorial": 1}, "conventions: loss: log_factorial is 1: it is False or True"),
    ],
)
def test_what_there_is_not_is_one_error(settings: dict[str, Setting], said: str) -> None:
    red = [one for one in findings(of(Losses, {}, settings), "oracle") if one.red]
    assert len(red) == 1
    assert said in red[0].reason


def test_a_number_is_not_below_0() -> None:
    with pytest.raises(ValueError, match=r"mask_softness is -1\.0: it is a number of at least 0"):
        next(one for one in BY_NAME["probe"].parameters if one.is_number).require(-1.0)


def test_the_fault_of_the_gallery_is_a_declaration_that_is_not_kept() -> None:
    fault = FAULTS["mean_declared"]
    wrong = faulty(of(Losses, {"log_factorial": True}), fault)
    assert settings_of(wrong, "loss") == {
        **settings_of(Losses, "loss"),
        "log_factorial": True,
        "nll_mean": "pixels",
    }
    setattr(strangers, wrong.__name__, wrong)
    said = findings(wrong, "oracle")
    assert {(one.verdict, one.kind) for one in said} == {(Verdict.SEMANTIC, Kind.DECLARED)}
    adapted = faulty(strangers.Adapted, fault)
    assert settings_of(adapted, "loss")["nll_mean"] == "batch"


def test_a_method_that_is_written_anew_keeps_what_is_declared_of_the_one_before() -> None:
    class Derived(of(Losses, {"nll_mean": "pixels"})):  # type: ignore[misc]
        def loss(self, **inputs: Any) -> Any:
            return super().loss(**inputs)

    assert settings_of(Derived, "loss")["nll_mean"] == "pixels"


def test_the_default_is_that_of_the_oracle() -> None:
    for stage in BY_NAME.values():
        taken = inspect.signature(getattr(Oracle, stage.name)).parameters if stage.parameters else {}
        keywords = {name: one.default for name, one in taken.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
        assert keywords == {one.name: one.default for one in stage.parameters if not one.law}


def test_every_convention_changes_the_oracle() -> None:
    """Of a case that is asked: one that changes nothing would be held by nobody. Laws of their own ask for halves."""
    for stage in (one for one in BY_NAME.values() if one.parameters and one.name != "translate"):
        for parameter in (one for one in stage.parameters if not one.law):
            # One that leaves a choice has the default's answer among others.
            for value in (one for one in parameter.others if one != "any"):
                every = [
                    variant
                    for case in PROBING[:3]
                    if stage.takes(dict(case.sizes))
                    for variant in variants(CONTEXT, case, stage.name, "float64")
                ]
                assert any(
                    not np.array_equal(one, other)
                    for plain in every
                    for one, other in zip(
                        plain.expected.values(),
                        replace(plain, conventions=((parameter.name, value),)).expected.values(),
                        strict=True,
                    )
                ), f"{stage.name}: {parameter.name} {value}"


def test_a_pack_without_an_oracle_has_none() -> None:
    x, y = (Field(name, "real", ("T",)) for name in "xy")
    stage = Stage("halve", (x,), (y,), "", parameters=BY_NAME["stats"].parameters)
    with pytest.raises(ValueError, match="pack mine: halve has parameters, and there is no oracle to take them"):
        Pack("mine", (stage,), "mine")


def test_a_convention_is_not_called_as_a_field() -> None:
    parameter = Parameter("x", "one", ("two",), "")
    with pytest.raises(ValueError, match="stage halve: x is a field and a convention"):
        Stage("halve", (Field("x", "real", ("T",)),), (Field("y", "real", ("T",)),), "", parameters=(parameter,))


def test_of_ties_no_other_point_and_no_other_coordinate_is_taken() -> None:
    positions = np.array([[x, y] for y in (0.0, 1.0, 2.0) for x in (0.0, 1.0, 2.0)])
    given = {"positions": positions, "gridsize": 2, "ties": "any"}
    right, other = Oracle().group(positions, 2), Oracle().group(positions, 2, ties="highest")
    assert not np.array_equal(right["indices"], other["indices"])
    for name, value in settled(given, other).items():
        assert np.allclose(value, right[name], atol=1e-12)
    wrong = {**other, "indices": other["indices"].copy(), "coords_offsets": other["coords_offsets"] + 0.25}
    wrong["indices"][4, 3] = 8
    found = settled(given, wrong)
    assert np.flatnonzero((found["indices"] != right["indices"]).any(axis=1)).tolist() == [4]
    assert np.allclose(found["coords_offsets"][:4] - right["coords_offsets"][:4], 0.25)
    twice = {**other, "indices": other["indices"].copy()}
    twice["indices"][4, 3] = twice["indices"][4, 2]
    assert (settled(given, twice)["indices"][4] == twice["indices"][4]).all()
