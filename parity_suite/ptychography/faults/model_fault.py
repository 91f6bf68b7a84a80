"""A fault of a model stage: mistakes at the doors through which a model is trained, written, read and inferred with."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.door_fault import DoorFault
from parity_suite.faults.fault import Ask, Given
from parity_suite.faults.need import Requirement
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.learning.weights import flat


class ModelFault(DoorFault):
    """A mistake of ``train``, ``bundle`` or ``infer``, at the doors through which a model comes and goes."""

    arguments: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **DoorFault.arguments,
        "train": BY_NAME["train"].arguments,
        "state": (),
        "save": ("folder",),
        "load": ("folder",),
        "infer": BY_NAME["infer"].arguments,
        "infer_stream": ("chunks", "centre", "canvas", "batch"),
    }

    def __init_subclass__(cls, needs: tuple[Requirement, ...] = (), **facts: Any) -> None:
        super().__init_subclass__(needs=(InputNeed.LESSON, *needs), **facts)


class Remembering(ModelFault):
    """Keeps the model that it first inferred with for the inferences after a change that it does not notice."""

    _first: tempfile.TemporaryDirectory[str] | None = None
    _stale = False

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)

    def changed(self) -> None:
        """To be called where another model has taken the place of the one that was held."""
        self._stale = self._first is not None

    def infer(self, ask: Ask, given: Given) -> Any:
        if self._first is None:
            self._first = tempfile.TemporaryDirectory(prefix="parity-fault-")
            self.right.save(f"{self._first.name}/bundle")
        if not self._stale:
            return ask(given)
        with tempfile.TemporaryDirectory(prefix="parity-fault-") as aside:
            self.right.save(f"{aside}/bundle")
            self.right.load(f"{self._first.name}/bundle")
            try:
                return ask(given)
            finally:
                self.right.load(f"{aside}/bundle")


def weights_in(state: Mapping[str, Any]) -> Array:
    """The flat weights in a state; ``NotProvided`` where the network is not the reference's."""
    try:
        return flat(state, len(state["modulus.bias"]), len(state["encoder0.bias"]))
    except KeyError as missing:
        raise NotProvided(f"the state holds no {missing}: not the reference network") from None


def hold(ask: Ask, given: Given, **changes: Any) -> Mapping[str, Array]:
    """Makes a backend hold a model of one's own, by a training of no steps that starts from it; the patches of it."""
    held: Mapping[str, Array] = ask({**given, "order": no_steps(given), **changes})
    return held


def no_steps(given: Given) -> Array:
    """The order (0, B) of a training of no steps."""
    return np.zeros((0, given["order"].shape[1]), given["order"].dtype)
