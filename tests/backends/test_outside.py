"""What a backend keeps outside of itself is set before each of its methods and put back after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from parity_suite import Adapter, adapt
from parity_suite.backends.outside import kept_outside

TABLE: dict[str, Any] = {}


class Told:
    """Writes down what it is told, and keeps in the table what it was told last."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[str]]] = []

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None:
        self.told.append((stage, sorted(inputs)))
        TABLE["last"] = stage

    def state_outside(self) -> dict[str, Any]:
        return dict(TABLE)

    def restore_outside(self, state: dict[str, Any]) -> None:
        TABLE.clear()
        TABLE.update(state)

    def diffract(self, psi: Any) -> str:
        return str(TABLE["last"])

    def train(self, **given: Any) -> str:
        return self.infer(given["counts"]) + TABLE["last"]

    def infer(self, amplitude: Any, batch: int | None = None) -> str:
        return str(TABLE["last"])

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> str:
        return str(TABLE["last"])

    def load(self, folder: str) -> None:
        raise OSError(TABLE["last"])

    def helper(self) -> None:
        """Not one of the protocol."""


@pytest.fixture
def backend() -> Any:
    TABLE.clear()
    return kept_outside(Told())


def test_a_stage_finds_what_was_configured_for_it(backend: Any) -> None:
    assert backend.diffract(3) == "diffract"
    assert backend.told == [("diffract", ["psi"])]
    assert TABLE == {}


def test_a_stage_that_asks_another_finds_its_own_again(backend: Any) -> None:
    assert backend.train(counts=1, order=2) == "infertrain"
    assert backend.told == [("train", ["counts", "order"]), ("infer", ["amplitude"])]


def test_a_gradient_is_configured_as_its_stage(backend: Any) -> None:
    assert backend.vjp("diffract", {"psi": 1}, "amplitude", "psi", 2) == "diffract"
    assert backend.told == [("diffract", ["psi"])]


def test_what_raises_leaves_nothing(backend: Any) -> None:
    with pytest.raises(OSError, match="load"):
        backend.load("there")
    backend.helper()
    assert (TABLE, len(backend.told)) == ({}, 1)


def test_a_backend_without_such_is_left_alone() -> None:
    class Plain:
        def diffract(self, psi: Any) -> Any:
            return psi

    assert vars(kept_outside(Plain())) == {}


def test_an_adapter_is_configured_too() -> None:
    class Theirs(Adapter, framework="numpy"):
        diffract = adapt(lambda psi: np.abs(psi[:, 0]) * TABLE["by"])

        def configure(self, stage: str, inputs: Mapping[str, Any]) -> None:
            TABLE["by"] = 2.0

    psi = np.ones((1, 1, 4, 4, 1), np.complex64)
    assert kept_outside(Theirs()).diffract(psi).max() == 2.0
