"""Models that a subject has trained: what breaks the contract of a stage is a breach, and nothing is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from learner import Learner, subject_of

from parity_suite.backends.exceptions import ContractBreach, NotProvided
from parity_suite.core.context import RunContext
from parity_suite.ptychography.laws.learned import (
    arrays_of,
    infer,
    learned,
    reference_weights,
    state_of,
    train,
    untrained,
)
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import LESSONS

CONTEXT = RunContext()

CASE = LESSONS[1]
SUBJECT = subject_of(Learner)


class Stating(Learner):
    """With a state of its own."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def state(self) -> Mapping[str, Any]:
        return self.answer  # type: ignore[no-any-return]


def test_training_gives_losses_patches_and_the_state() -> None:
    found = train(SUBJECT, lesson(CONTEXT, CASE))
    assert found.losses.shape == (40,)
    assert found.patches.shape == (24, 16, 16, 4)
    assert found.scale == 1.25
    assert found.state["weight"] == found.backend.held["weight"]
    assert np.array_equal(infer(found, lesson(CONTEXT, CASE).amplitude), found.patches)


def test_no_steps_and_a_scale_to_begin_with() -> None:
    found = untrained(SUBJECT, CASE, scale=9.882118)
    assert found.losses.shape == (0,)
    assert found.scale == np.float32(9.882118)


def test_a_model_is_made_once_and_an_untrained_one_is_another() -> None:
    first = learned(SUBJECT, CASE)
    assert learned(subject_of(Learner), CASE) is first
    assert learned(replace(SUBJECT, precision="float64"), CASE) is not first
    assert untrained(SUBJECT, CASE).backend is not first.backend


STATES: list[tuple[Any, str]] = [
    ({}, "without intensity_scale"),
    (None, "without intensity_scale"),
    ({"weight": np.ones(3)}, "without intensity_scale"),
    ({"intensity_scale": float("nan")}, "the intensity_scale nan, not a finite number above 0"),
    ({"intensity_scale": float("inf")}, "the intensity_scale inf"),
    ({"intensity_scale": 0.0}, r"the intensity_scale 0\.0"),
    ({"intensity_scale": -2.0}, r"the intensity_scale -2\.0"),
    ({"intensity_scale": None}, "an intensity_scale of type NoneType, not a float"),
    ({"intensity_scale": 2}, "an intensity_scale of type int, not a float"),
    ({"intensity_scale": np.float32(2)}, "an intensity_scale of type float32, not a float"),
    ({"intensity_scale": np.ones(())}, "an intensity_scale of type ndarray, not a float"),
    ({"intensity_scale": 2.0, "weight": [1.0, 2.0]}, "weight as list, not as a NumPy array"),
]


@pytest.mark.parametrize(("state", "text"), STATES)
def test_a_state_without_a_scale_or_with_what_is_no_array_is_a_breach(state: Any, text: str) -> None:
    with pytest.raises(ContractBreach, match=f"^bundle has a state .*{text}|^bundle has {text}") as caught:
        state_of(Stating(state))
    assert caught.value.stage == "bundle"


def test_the_arrays_of_a_state_have_the_scale_among_them() -> None:
    found = arrays_of({"intensity_scale": 2.5, "weight": np.ones(3)})
    assert {name: array.tolist() for name, array in found.items()} == {"intensity_scale": 2.5, "weight": [1, 1, 1]}


class Losing(Learner):
    """Infers one row less."""

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        return super().infer(amplitude, batch)[:-1]


class Forgetting(Learner):
    """Trains in one step less than it was told."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        result = super().train(**given)
        return {**result, "losses": result["losses"][1:]}


class Undefined(Learner):
    """A loss that is no number."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        result = super().train(**given)
        return {**result, "losses": np.where(np.arange(40) == 7, np.nan, result["losses"])}


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (Losing, "train returned patches: shape: found K = 23 on axis 0, wanted K = 24, as asked for"),
        (Forgetting, "train returned losses: shape: found S = 39 on axis 0, wanted S = 40, as asked for"),
        (Undefined, r"train returned losses: finite: found nan \(1 of 40 values\) at \[7\]"),
    ],
)
def test_training_is_held_to_its_contract(cls: type[Learner], text: str) -> None:
    with pytest.raises(ContractBreach, match=text):
        train(SUBJECT, lesson(CONTEXT, CASE), backend=cls())


@pytest.mark.parametrize("groups", [0, 1, 5])
def test_inference_gives_as_many_rows_as_it_is_given(groups: int) -> None:
    good = untrained(SUBJECT, CASE)
    amplitude = lesson(CONTEXT, CASE).amplitude[:groups]
    assert infer(good, amplitude).shape == (groups, 16, 16, 4)
    bad = Losing()
    bad.held = good.backend.held
    if groups:
        with pytest.raises(ContractBreach, match=rf"infer returned patches: shape: found B = {groups - 1} on axis 0"):
            infer(replace(good, backend=bad), amplitude)


def test_a_network_of_its_own_is_not_the_reference_one() -> None:
    with pytest.raises(NotProvided, match="Learner has a network of its own"):
        reference_weights(untrained(SUBJECT, CASE), 4, 8)


class Weighted(Learner):
    """Makes its first weights itself, and keeps those that it was given."""

    def initial_weights(self, seed: int, channels: int) -> Any:
        return np.arange(channels, dtype=self.real)

    def train(self, **given: Any) -> Mapping[str, Any]:
        self.given = given["weights"]
        return super().train(**given)


def test_a_backend_with_a_network_of_its_own_gets_its_own_first_weights() -> None:
    backend = Weighted()
    train(SUBJECT, lesson(CONTEXT, CASE), backend=backend)
    assert backend.given.tolist() == [0, 1, 2, 3]
    train(SUBJECT, lesson(CONTEXT, CASE), backend=backend, weights=np.ones(2))
    assert backend.given.tolist() == [1, 1]
