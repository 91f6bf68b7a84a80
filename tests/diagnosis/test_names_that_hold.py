"""Mistakes that are in no gallery: the cause of a run is named truly, by a kind that explains all that fails of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from thinning import thinned

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS
from parity_suite.faults.specs import faulty_spec
from parity_suite.laws.mending import told_to_mend
from parity_suite.selftest.choice import relevant

CONTEXT = RunContext()
#: Laws of thousands of items, which take longer than all others.
LONG = ("crowd", "many", "journey", "placement", "snapshot")


def checks(spec: BackendSpec, stage: str) -> Iterator[Check]:
    for check in enumerate_checks([spec]):
        asked = check.stage == stage and check.device == "cpu" and check.case.kind == "probing"
        if asked and not check.slow and check.law not in LONG:
            yield check


@cache
def findings(backend: str, stage: str) -> tuple[Finding, ...]:
    spec = BackendSpec("wrong", "wrong_backends", backend)
    runner = Runner(CONTEXT, Policy("cpu"))
    return tuple(runner.run(check) for check in checks(spec, stage))


NAMED = {
    ("MixedCorners", "translate"): Kind.SCALED,
    ("InThirtySeconds", "translate"): Kind.QUANTISED,
    ("CubicForLinear", "translate"): Kind.CUBIC,
    ("WrapsAround", "translate"): Kind.WRAPPED,
    ("Reflects", "translate"): Kind.REFLECTED,
    ("Replicates", "translate"): Kind.REPLICATED,
    ("LosesLastRow", "translate"): Kind.DROPPED,
    ("OnePixelOff", "diffract"): Kind.SHIFT,
    ("UnshiftedOddly", "diffract"): Kind.FFTSHIFT,
    ("UncoveredIsUnset", "reassemble"): Kind.UNSET,
    ("CountPlusSomething", "reassemble"): Kind.DENOMINATOR,
    ("MaskOffCentre", "probe"): Kind.MASK,
    ("SoftMask", "probe"): Kind.MASK,
    ("SeedPointLeftOut", "group"): Kind.SEED_POINT,
    ("RootTwice", "diffract"): Kind.POWER,
    ("InverseTransform", "diffract"): Kind.CONJUGATE,
    ("InBfloat16", "diffract"): Kind.PRECISION,
    ("ChannelsReshaped", "extract"): Kind.RESHAPE,
    ("MadeForOneBatch", "loss"): Kind.MADE_FOR,
    ("SumsForMean", "loss"): Kind.REDUCTION,
    ("ShiftedProbe", "illuminate"): Kind.SHIFT,
    ("ForgetsY", "translate"): Kind.IGNORED,
}


@pytest.mark.parametrize(("backend", "stage"), thinned(list(NAMED)[1:] + list(NAMED)[:1], 7))
def test_the_cause_has_its_name(backend: str, stage: str) -> None:
    asked = findings(backend, stage)
    main = told_to_mend(asked)[0]
    assert main.kind is NAMED[backend, stage], [(one.check, one.kind, one.other_kinds) for one in main.findings]
    assert len(main.otherwise) <= 5
    # What a pack refuses may be taken by a plain backend, and is another cause.
    named = {one.kind for one in told_to_mend(asked) if one.kind}
    assert named <= {NAMED[backend, stage], Kind.REFUSAL}


def test_the_sizes_that_alone_show_a_mistake_are_told() -> None:
    quick = findings("UnshiftedOddly", "diffract")
    # Odd, or below 16: 15 is the one odd side that is quickly asked.
    assert told_to_mend(quick)[0].condition == ""
    spec = BackendSpec("wrong", "wrong_backends", "UnshiftedOddly")
    asked = (c for c in enumerate_checks([spec]) if (c.stage, c.law, c.device) == ("diffract", "oracle", "cpu"))
    slow = [Runner(CONTEXT, Policy("cpu")).run(check) for check in asked if check.slow and check.case.size("N", 0)]
    assert told_to_mend([*quick, *slow])[0].condition == "where n is odd"
    assert told_to_mend(findings("RootTwice", "diffract"))[0].condition == ""


@pytest.mark.parametrize("law", ["digits", pytest.param("compiled", marks=pytest.mark.long)])
def test_halves_that_lose_their_digits_are_not_half_a_pixel(law: str) -> None:
    torch = BackendSpec("torch", "parity_suite.ptychography.torch", "Torch")
    wrong = faulty_spec(torch, "halves_rounded", "wrong")
    runner = Runner(CONTEXT, Policy("cpu", unnamed=frozenset({"halves_rounded"})))
    asked = [check for check in relevant(wrong, FAULTS["halves_rounded"], "made") if check.law == law]
    found = [one for one in map(runner.run, asked) if one.red]
    assert found
    assert {one.kind for one in found} == {Kind.PRECISION}


@pytest.mark.parametrize("fault", ["loss_keeps_first", "illuminate_keeps_first"])
def test_what_is_kept_from_the_first_call_is_told_as_the_cause(fault: str) -> None:
    right = BackendSpec("right", "measure_diagnosis", "Reference")
    wrong = faulty_spec(right, fault, "wrong")
    runner = Runner(CONTEXT, Policy("cpu", unnamed=frozenset({fault})))
    main = told_to_mend(map(runner.run, checks(wrong, FAULTS[fault].stage)))[0]
    assert main.kind is Kind.STATE, [(one.check, one.kind, one.other_kinds) for one in main.findings]


@pytest.mark.long
def test_two_mistakes_in_one_function_are_one_cause_without_a_wrong_name() -> None:
    causes = [one for one in told_to_mend(findings("SwapsAndRounds", "translate")) if one.kind is not Kind.REFUSAL]
    assert len(causes) == 1
    assert causes[0].kind is None
    assert {one.kind for one in causes[0].findings if one.kind} <= {Kind.AXES, Kind.NEAREST}


def test_the_right_backend_is_green_where_the_wrong_ones_are_asked() -> None:
    spec = BackendSpec("right", "measure_diagnosis", "Reference")
    runner = Runner(CONTEXT, Policy("cpu"))
    asked = [runner.run(check) for check in checks(spec, "diffract")]
    assert len(asked) > 10
    assert {one.verdict for one in asked} <= {Verdict.OK, Verdict.NOT_RUN}
