"""Two NumPy backends against each other: what parts is named, with both distances and what the oracle has there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, spec_of, subject_of

from parity_suite.backends.subject import Subject
from parity_suite.cases.chains import chain_inputs, chain_of_oracle
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome
from parity_suite.compare.judge import measure
from parity_suite.core.about import About
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext
from parity_suite.laws import pairs
from parity_suite.ptychography.laws import objective
from parity_suite.ptychography.laws.bundles import must_raise
from parity_suite.ptychography.laws.differences import _difference
from parity_suite.ptychography.learning.architecture import parameters

CONTEXT = RunContext()


class Twin(Plain):
    """The same, with gradients of its loss that are given: one for every weight, scale and pixel of the probe."""

    factor: Mapping[str, float] = {}

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        assert (stage, output, float(cotangent)) == ("objective", "poisson_nll", 1.0)
        gradient = np.ones(np.shape(inputs[wrt]), np.float64)
        if wrt == "weights":
            for one in parameters(inputs["counts"].shape[3]):
                gradient[one.place] *= self.factor.get(one.name, 1.0)
        return gradient * self.factor.get(wrt, 1.0)


class Steeper(Twin):
    factor: Mapping[str, float] = {"encoder1.kernel": 1.001, "scale": 2.0}


class Louder(Twin):
    def illuminate(self, patches: Any, probe: Any) -> Any:
        return super().illuminate(patches, probe) * self.real.type(1.5)

    def loss(self, *arguments: Any, **keywords: Any) -> Any:
        found = super().loss(*arguments, **keywords)
        return {name: (np.asarray(value) * 1.25).astype(np.asarray(value).dtype) for name, value in found.items()}


class Misshapen(Twin):
    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi)[:1]


def two(second: type[Any], precision: str = "float32") -> tuple[Subject, Subject]:
    return tuple(Subject(spec_of(cls), CONTEXT, "cpu", precision, precision) for cls in (Twin, second))  # type: ignore[return-value]


def red(outcomes: list[Outcome], stage: str, precision: str = "float32") -> list[str]:
    return [one.output for one in measure(stage, "pair", precision, outcomes) if not one.within]


@pytest.mark.parametrize("stage", ["forward", "reassemble", "loss", "objective"])
def test_the_same_twice(stage: str) -> None:
    found = list(pairs.pair(*two(Twin), stage, CASE))
    assert found
    assert red(found, stage) == []
    assert not any("d poisson_nll" in getattr(one, "output", "") for one in found), "gradients are for float64"


def test_a_chain_that_parts() -> None:
    first, second = two(Louder)
    (found,) = pairs.pair(first, second, "forward", CASE)
    assert isinstance(found, Deviation)
    assert (found.output, found.terms) == ("amplitude", CASE.size("N") ** 2)
    assert found.norm == pytest.approx(0.5, rel=1e-6), "of the second beside the first"
    far = pairs.distances((first, second), "forward", CASE, found.about)
    assert list(far) == ["twin", "louder"]
    assert far["twin"] < 1e-5
    assert far["louder"] == pytest.approx(0.5, rel=1e-3)
    assert far["louder"] > far["twin"]


def test_a_loss_that_parts() -> None:
    first, second = two(Louder)
    found = list(pairs.pair(first, second, "loss", CASE))
    named = [f"{name} ({one.name})" for one in variants(CONTEXT, CASE, "loss", "float32") for name in one.expected]
    assert red(found, "loss") == named
    far = pairs.distances((first, second), "loss", CASE, About("poisson_nll", variant="object"))
    assert far["twin"] < 1e-5 < 0.1 < far["louder"]


def test_what_the_oracle_has_there() -> None:
    (first, _) = two(Louder)
    variant = next(iter(variants(CONTEXT, CASE, "reassemble", "float32")))
    place = (3, 4)
    want = np.asarray(variant.expected["count"])[place]
    assert pairs.oracle_at((first, first), "reassemble", CASE, About("count", variant=variant.name), place) == want
    assert pairs.oracle_at((first, first), "reassemble", CASE, About("count", variant="no such"), place) is None
    assert pairs.oracle_at((first, first), "objective", CASE, About("poisson_nll", "scale", "object"), ()) is None
    assert pairs.oracle_at((first, first), "train", CASE, About("losses"), (0,)) is None
    chain = pairs.oracle_at((first, first), "forward", CASE, About(), (0, 3, 4, 0))
    inputs = chain_inputs(CONTEXT, "forward", CASE, "float32")
    assert chain == chain_of_oracle("forward", inputs)["amplitude"][0, 3, 4, 0]


def test_what_cannot_be_measured_is_infinitely_far() -> None:
    first, _ = two(Twin)
    outcome = BrokenRule("no", "contract")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pairs, "compare", lambda *_: [outcome])
        assert pairs.distances((first, first), "loss", CASE, About()) == {"twin": float("inf")}
    assert pairs.distances((first, first), "infer", CASE, About()) == {}


def test_gradients_in_float64_parameter_by_parameter() -> None:
    first, second = two(Steeper, "float64")
    found = [
        one for one in pairs.pair(first, second, "objective", CASE) if "d poisson_nll" in getattr(one, "output", "")
    ]
    labels = [getattr(one, "output", "") for one in found]
    one = next(iter(variants(CONTEXT, CASE, "objective", "float64"))).name
    assert labels[: len(parameters(4))] == [f"d poisson_nll / d {p.name} ({one})" for p in parameters(4)]
    wrong = {name.split()[4] for name in red(found, "objective", "float64")}
    assert wrong == {"encoder1.kernel", "scale"}
    assert red(list(pairs.pair(first, first, "objective", CASE)), "objective", "float64") == []


class Sloped(Plain):
    """Knows the gradient with respect to the scale alone, as a difference."""

    factor = 1.0

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        assert wrt == "scale"
        variant = next(
            one for one in variants(CONTEXT, CASE, stage, "float64") if one.inputs["counts"] is inputs["counts"]
        )
        return np.float64(self.factor * _difference(variant, "scale", np.float64(1.0)))


class TooSteep(Sloped):
    factor = 1.5


def test_the_side_with_the_wrong_gradient_is_told_by_differences() -> None:
    """Their values are alike to the last bit, so that these name nobody."""
    both = [Subject(spec_of(cls), CONTEXT, "cpu", "float64", "float64") for cls in (Sloped, TooSteep)]
    name = next(iter(variants(CONTEXT, CASE, "objective", "float64"))).name
    far = pairs.distances((both[0], both[1]), "objective", CASE, About("poisson_nll", "scale", name))
    assert far["sloped"] < 1e-8
    assert far["toosteep"] == pytest.approx(1 / 3, rel=1e-6)
    assert pairs.culprit(far) == "toosteep"
    alike = pairs.distances((both[0], both[1]), "objective", CASE, About("poisson_nll", variant=name))
    assert pairs.culprit(alike) == ""


@pytest.mark.parametrize(
    ("far", "name"),
    [
        ({"a": 1e-7, "b": 0.5}, "b"),
        ({"a": math.inf, "b": 1e-7}, "a"),
        ({"a": math.inf, "b": math.inf}, ""),
        ({"a": 0.5, "b": 0.4}, ""),
        ({"a": 0.0, "b": 0.0}, ""),
    ],
)
def test_who_is_named(far: dict[str, float], name: str) -> None:
    assert pairs.culprit(far) == name


def test_large_patches_have_no_gradients_beside_each_other() -> None:
    first, second = two(Steeper, "float64")
    variant = next(iter(variants(CONTEXT, CASE, "objective", "float64")))
    wide = type(variant)(variant.stage, variant.name, {**variant.inputs, "probe": np.ones((1, 65, 65))})
    assert list(objective._gradients(first, second, wide, CASE)) == []
    assert list(objective._gradients(first, second, variant, CASE)) != []


def test_what_is_not_refused_breaks_a_contract() -> None:
    (refused,) = must_raise("it", lambda: 1 / 0)
    assert isinstance(refused, Deviation)
    assert (refused.output, refused.error) == ("it is refused", 0)
    (breach,) = must_raise("it", lambda: None)
    assert breach == BrokenRule("it was not refused", "contract", cause=Cause.NOT_REFUSED)


def test_the_subject_of_this_file_is_right() -> None:
    assert subject_of(Twin).provides("vjp", "objective", "loss")
