"""Settings of training: what is not one, or has no sense, is refused by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from parity_suite.ptychography.learning.settings import TrainingSettings


def test_settings_that_are_not_given_are_the_defaults() -> None:
    assert TrainingSettings.read({}) == TrainingSettings()
    read = TrainingSettings.read({"epsilon": 1e-3, "train_probe": True})
    assert asdict(read) == {**asdict(TrainingSettings()), "epsilon": 1e-3, "train_probe": True}


def test_what_is_written_is_read() -> None:
    settings = TrainingSettings(0.01, 0.5, 0.75, 1e-6, object_big=False, train_scale=False, train_probe=True)
    assert TrainingSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize("name", list(asdict(TrainingSettings())))
def test_what_was_written_and_is_gone_is_no_default(name: str) -> None:
    written = TrainingSettings().to_json()
    del written[name]
    with pytest.raises(ValueError, match=f"^settings: {name} missing$"):
        TrainingSettings.from_json(written)


def test_unknown_settings_are_all_named() -> None:
    with pytest.raises(ValueError, match=r"^settings: batch, eps unknown; there are beta1, beta2, epsilon, "):
        TrainingSettings.read({"eps": 1e-7, "batch": 4, "beta1": 0.9})


@pytest.mark.parametrize(
    "given",
    [
        {"learning_rate": 0.0},
        {"learning_rate": -1e-3},
        {"learning_rate": float("nan")},
        {"epsilon": 0.0},
        {"beta1": 1.0},
        {"beta1": -0.1},
        {"beta2": 1.0},
        {"beta2": float("nan")},
    ],
)
def test_what_is_out_of_range_is_refused_with_its_name(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"^settings: .* out of range in .*{next(iter(given))}"):
        TrainingSettings.read(given)
