"""Losses of two trainings in float32 may part by what the training itself makes of round-off, and by nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.deviation import Bound
from parity_suite.core.context import RunContext
from parity_suite.ptychography.laws import training
from parity_suite.ptychography.sizes import LESSONS

CASE = LESSONS[1]
LOSSES = np.linspace(1.0, 2.0, 40)


class Trained:
    """Two subjects whose losses part by ``apart``, and move by ``moved`` for each ulp of the first weights."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, apart: float, moved: tuple[float, float]) -> None:
        self.retrained: list[str] = []
        given = {"precision": "float32", "rounding": "float32", "context": RunContext(), "backend": None}
        given["require_within"] = lambda stage, inputs: None
        self.moved = dict(zip("ab", moved, strict=True))
        self.subjects = {name: SimpleNamespace(name=name, **given) for name in "ab"}
        self.models = {"a": self.model("a", LOSSES), "b": self.model("b", LOSSES * (1 + apart))}
        monkeypatch.setattr(training, "learned", lambda subject, case: self.models[subject.name])
        monkeypatch.setattr(training, "train", self.train)

    def model(self, name: str, losses: Any) -> Any:
        patches = np.random.default_rng(0).normal(size=(2, 8, 8, 4)) + 0j
        return SimpleNamespace(subject=self.subjects[name], backend=object(), losses=losses, patches=patches)

    def train(self, subject: Any, given: Any, weights: Any) -> Any:
        self.retrained.append(subject.name)
        first = given.weights.astype(np.float32)
        ulps = np.abs(weights - first) / np.spacing(np.abs(first))
        assert weights.dtype == np.float32
        assert np.all(weights != first), "every weight is moved"
        return self.model(
            subject.name, self.models[subject.name].losses * (1 + self.moved[subject.name] * np.max(ulps))
        )

    def losses(self) -> Bound:
        found, *_ = training.pair(self.subjects["a"], self.subjects["b"], CASE)  # type: ignore[arg-type]
        assert isinstance(found, Bound)
        return found


def test_a_training_that_amplifies_round_off_is_given_that_much(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = Trained(monkeypatch, 2.5e-5, (1e-8, 1e-6))
    found = trained.losses()
    assert found.value == pytest.approx(2.5e-5, rel=1e-3)
    assert found.limit == pytest.approx(1e-4, rel=0.1), "a hundred times the more sensitive of the two"
    assert found.of_limit < 1
    assert "one ulp of the first weights" in found.origin
    assert sorted(trained.retrained) == ["a", "a", "b", "b"]


def test_a_training_that_does_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Trained(monkeypatch, 3e-5, (1e-8, 1e-7)).losses()
    assert found.limit == 2e-5
    assert found.of_limit > 1


def test_within_the_threshold_nothing_is_trained_again(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = Trained(monkeypatch, 1e-5, (1.0, 1.0))
    assert trained.losses().of_limit < 1
    assert trained.retrained == []


@pytest.mark.parametrize("apart", [2e-3, np.nan])
def test_what_round_off_never_does_is_not_excused(monkeypatch: pytest.MonkeyPatch, apart: float) -> None:
    trained = Trained(monkeypatch, apart, (1.0, 1.0))
    assert trained.losses().of_limit > 1
    assert trained.retrained == []
