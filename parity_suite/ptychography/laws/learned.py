"""Models that a subject has trained or been given: made once a process, for all laws that ask about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import ContractBreach, NotProvided
from parity_suite.backends.held_outputs import held_outputs
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import Outputs, note
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext, remembered, seed
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.learning.weights import flat
from parity_suite.ptychography.lessons import TrainingTask, lesson


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A backend that holds a model; what broke a contract is raised where it is asked for."""

    subject: Subject
    backend: Any
    #: what its training returned, and its state: as far as they keep their contracts
    outputs: Outputs
    state: Mapping[str, Any]
    broken: tuple[ContractBreach, ...] = ()

    @property
    def losses(self) -> Array:
        return np.asarray(self.outputs["losses"])

    @property
    def patches(self) -> Array:
        """Of the training path, for every group of the lesson."""
        return np.asarray(self.outputs["patches"])

    @property
    def scale(self) -> float:
        return float(self.state["intensity_scale"])


def train(subject: Subject, given: TrainingTask, backend: Any = None, **changes: Any) -> TrainedModel:
    """Trains a new instance, or the one given, on a lesson; what breaks a contract is noted."""
    subject.need("train", "state")
    subject.require_within("train", given.inputs(subject.rounding))
    backend = backend or subject.fresh()
    rounded = given.inputs(subject.rounding, **own_weights(backend, given, changes))
    inputs = {name: subject.given(value) for name, value in rounded.items()}
    answer = backend.train(**subject.without_options("train", inputs))
    breach, outputs = held_outputs(BY_NAME["train"], answer, _sizes(inputs), subject.precision)
    of_state, state = _held_state(backend)
    made = TrainedModel(subject, backend, outputs, state, tuple(one for one in (breach, of_state) if one is not None))
    return _noted(made)


def _noted(made: TrainedModel) -> TrainedModel:
    """The same, and what is broken of it noted for the check that asks."""
    for breach in made.broken:
        note(made.subject, breach)
    return made


def _held_state(backend: Any) -> tuple[ContractBreach | None, Mapping[str, Any]]:
    try:
        return None, state_of(backend)
    except ContractBreach as breach:
        return breach, Outputs({}, breach)


def infer(learned: TrainedModel, amplitude: Array, batch: int | None = None) -> Array:
    """Patches by the evaluation path, held to its contract: n rows in, n out."""
    learned.subject.need("infer")
    rounded = learned.subject.given(amplitude.astype(learned.subject.rounding))
    inputs = learned.subject.without_options("infer", {"amplitude": rounded, "batch": batch})
    result = {"patches": learned.backend.infer(**inputs)}
    sizes = dict(zip("BNC", (len(amplitude), *amplitude.shape[2:]), strict=True))
    _, outputs = held_outputs(BY_NAME["infer"], result, sizes, learned.subject.precision)
    return np.asarray(outputs["patches"])


def learned(subject: Subject, case: Case) -> TrainedModel:
    """The subject after the whole lesson of a case; nothing may train or load on it afterwards."""
    return _noted(_learned(subject.context, subject, case))


@remembered(maxsize=16)
def _learned(context: RunContext, subject: Subject, case: Case) -> TrainedModel:
    return train(subject, lesson(context, case))


def untrained(subject: Subject, case: Case, scale: float | None = None) -> TrainedModel:
    """The subject after no step at all, from the learned ``scale`` if one is given, as its precision can hold it."""
    given = lesson(subject.context, case)
    held = None if scale is None else float(np.dtype(subject.rounding).type(scale))
    return train(subject, given, scale=held, order=given.order[:0])


def state_of(backend: Any) -> dict[str, Any]:
    """The state of a model; ``ContractBreach`` where it has no intensity scale above 0, or an entry is no array."""
    state = backend.state()
    if not isinstance(state, Mapping) or "intensity_scale" not in state:
        raise ContractBreach("bundle", "has a state without intensity_scale", ("state", "scale_required"))
    scale = state["intensity_scale"]
    if not isinstance(scale, float):
        what = f"has an intensity_scale of type {type(scale).__name__}, not a float"
        raise ContractBreach("bundle", what, ("state", "scale_is_float"))
    if not np.isfinite(scale) or scale <= 0:
        what = f"has the intensity_scale {scale!r}, not a finite number above 0"
        raise ContractBreach("bundle", what, ("state", "scale_is_positive"))
    for name, value in state.items():
        if name != "intensity_scale" and not isinstance(value, np.ndarray):
            what = f"has a state with {name} as {type(value).__name__}, not as a NumPy array"
            raise ContractBreach("bundle", what, ("state", "arrays"))
    return dict(state)


def arrays_of(state: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays of a state by name, the scale among them."""
    scale = np.array(state["intensity_scale"])
    return {"intensity_scale": scale} | {name: v for name, v in state.items() if isinstance(v, np.ndarray)}


def reference_weights(learned: TrainedModel, channels: int, width: int) -> Array:
    """The flat weights of the reference network; ``NotProvided`` for a backend with a network of its own."""
    try:
        return flat(learned.state, channels, width)
    except KeyError:
        said = f"{learned.subject.cls.__name__} has a network of its own"
        raise NotProvided(said, Cause.OUTSIDE_CAPABILITY) from None


def own_weights(backend: Any, given: TrainingTask, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, with the first weights of a backend whose network is not the reference's."""
    make = getattr(backend, "initial_weights", None)
    if make is None or "weights" in changes:
        return dict(changes)
    side, channels = given.counts.shape[2:]
    told = {"side": side} if "side" in signature(make).parameters else {}
    return {"weights": make(seed(), channels, **told), **changes}


def _sizes(inputs: Mapping[str, Any]) -> dict[str, int]:
    side, channels = inputs["counts"].shape[2:]
    return {"N": side, "C": channels, "S": len(inputs["order"]), "K": len(inputs["watch"])}
