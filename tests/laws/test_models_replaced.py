"""Of a model that another one takes the place of nothing stays: in memory, in a folder, and in what infers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learner import Learner
from plain import finding_of, subject_of

from parity_suite.backends.exceptions import NotProvided
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.faults import FAULTS, faulty
from parity_suite.ptychography.laws.learned import infer, train, untrained
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import LESSONS

CONTEXT = RunContext()

CASE = LESSONS[1]


class Replacing(Learner):
    """Writes over what is there."""

    def save(self, folder: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        super().save(folder)


class Keeping(Learner):
    """Leaves a bundle that is there as it is, and says nothing."""

    def save(self, folder: str) -> None:
        if not Path(folder).exists():
            super().save(folder)


class _Prepared(Replacing):
    """Infers with what it has made ready before."""

    ready: Mapping[str, Any] | None = None

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        held, self.held = self.held, dict(self.ready or self.held)
        self.ready = self.held
        try:
            return super().infer(amplitude, batch)
        finally:
            self.held = held


class StaleAfterLoad(_Prepared):
    def train(self, **given: Any) -> Mapping[str, Any]:
        self.ready = None
        result = super().train(**given)
        self.ready = None
        return result


class StaleAfterTraining(_Prepared):
    def train(self, **given: Any) -> Mapping[str, Any]:
        before, self.ready = self.ready, None
        result = super().train(**given)
        # Of the last step, so that another order gives another model.
        self.held["weight"] = result["losses"][-1:].astype(self.real)
        self.ready = before
        return result


class Refusing(Learner):
    """Does not write over what is there, and says so."""


class Spoiling(Learner):
    """Refuses to write over what is there when it has done half of it."""

    def save(self, folder: str) -> None:
        if Path(folder).exists():
            Path(folder, "model.json").write_text("{", "utf-8")
        super().save(folder)


@pytest.mark.parametrize("cls", [Replacing, Refusing])
def test_a_model_that_replaces_another_or_refuses_to_is_right(cls: type[Learner]) -> None:
    found = finding_of(cls, "bundle", "round_trip", CASE, "float64")
    assert found.verdict is Verdict.OK, found.reason
    labels = {one.output for one in found.measured}
    assert labels >= {"inference (loaded over another)", "inference (saved over another)"}


KEPT = ["inference (saved over another)", "intensity_scale (saved over another)", "weight (saved over another)"]


@pytest.mark.parametrize(("cls", "wrong"), [(Keeping, KEPT), (StaleAfterLoad, ["inference (loaded over another)"])])
def test_what_stays_of_another_model_is_seen(cls: type[Learner], wrong: list[str]) -> None:
    found = finding_of(cls, "bundle", "round_trip", CASE, "float64")
    assert found.verdict is Verdict.SEMANTIC
    assert sorted(one.output for one in found.measured if not one.within) == wrong


def test_a_refusal_that_spoils_what_is_there_is_seen() -> None:
    found = finding_of(Spoiling, "bundle", "round_trip", CASE, "float64")
    assert found.verdict is Verdict.CONTRACT
    assert found.reason.startswith("saved over another: not read back in a fresh process: ")


@pytest.mark.parametrize(("cls", "verdict"), [(Replacing, Verdict.OK), (StaleAfterTraining, Verdict.SEMANTIC)])
def test_a_model_that_is_trained_again_infers_anew(cls: type[Learner], verdict: Verdict) -> None:
    found = finding_of(cls, "train", "determinism", CASE)
    assert found.verdict is verdict, found.reason
    failed = [one.output for one in found.measured if not one.within]
    assert failed == ["inference of the same instance"] * (verdict is not Verdict.OK)


class NoScale(Learner):
    """Takes neither a batch nor a scale."""

    def infer(self, amplitude: Any) -> Any:  # type: ignore[override]
        return super().infer(amplitude)

    def train(  # type: ignore[override]
        self,
        counts: Any,
        positions: Any,
        centres: Any,
        probe: Any,
        weights: Any,
        order: Any,
        watch: Any,
        canvas: Any,
        settings: Any,
    ) -> Mapping[str, Any]:
        return super().train(counts=counts, order=order, watch=watch, scale=None)


def test_a_model_stage_is_asked_without_the_options_that_it_does_not_take() -> None:
    found = train(subject_of(NoScale), lesson(CONTEXT, CASE))
    amplitude = lesson(CONTEXT, CASE).amplitude
    assert np.array_equal(infer(found, amplitude), found.patches)
    with pytest.raises(NotProvided, match=r"^NoScale\.infer takes no batch$"):
        infer(found, amplitude, 5)
    with pytest.raises(NotProvided, match=r"^NoScale\.train takes no scale$"):
        untrained(subject_of(NoScale), CASE, scale=2.0)


class NoneFails(NoScale):
    """Has nothing to say of no groups."""

    def infer(self, amplitude: Any) -> Any:
        return super().infer(amplitude[np.argmax(amplitude.sum((1, 2, 3))) * 0 :])


@pytest.mark.parametrize(
    ("cls", "verdict", "reason"),
    [
        (NoScale, Verdict.NOT_RUN, "not provided: NoScale.infer takes no batch"),
        (NoneFails, Verdict.ERROR, "ValueError: attempt to get argmax of an empty sequence"),
    ],
)
def test_what_needs_no_batch_is_asked_before_what_does(cls: type[Learner], verdict: Verdict, reason: str) -> None:
    found = finding_of(cls, "infer", "batch_invariance", CASE)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_mistake_at_a_door_takes_what_the_right_door_takes() -> None:
    copy = faulty(NoScale, FAULTS["inferred_zero"])
    found = train(subject_of(NoScale), lesson(CONTEXT, CASE), backend=copy())
    assert not infer(found, lesson(CONTEXT, CASE).amplitude).any()
    with pytest.raises(ValueError, match="NoScale lacks batches of a size that is asked for"):
        faulty(NoScale, FAULTS["partial_batch_blank"])


class Streaming(Learner):
    def infer_stream(self, chunks: Any, centre: Any, canvas: Any) -> Any:
        list(chunks)
        return {name: np.ones(canvas, kind) for name, kind in (("numerator", "c8"), ("count", "f4"), ("canvas", "c8"))}


def test_a_stream_is_asked_without_a_batch_where_none_is_wanted() -> None:
    found = train(subject_of(Streaming), lesson(CONTEXT, CASE))
    assert inferred(found, iter(()), np.zeros(2, np.float32), (3, 4))["count"].shape == (3, 4)
