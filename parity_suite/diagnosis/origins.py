"""Mistakes about an origin: positions beside what they are measured from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.hypotheses import Change, InputHypothesis, Inputs
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field


def about_origins(stage: str) -> Iterator[InputHypothesis]:
    """Positions beside what they are measured from."""
    for field in BY_NAME[stage].inputs:
        if field.origin_of:
            yield from _about(field.name, BY_NAME[stage].input(field.origin_of))


def _about(name: str, field: Field) -> Iterator[InputHypothesis]:
    of, xy = field.name, field.axes.index("2")
    # The origin of all is along the axis of its coordinates, and one elsewhere.
    flat = [2 if k == xy else 1 for k in range(len(field.axes))]

    def towards(inputs: Inputs) -> Array:
        origin = np.asarray(inputs[name])
        return origin.reshape(flat) if origin.ndim == 1 else origin

    def moved(change: Callable[[Array], Array]) -> Change:
        return lambda i: {**i, of: change(i[of] - towards(i)) + towards(i)}

    def both_swapped(inputs: Inputs) -> Inputs:
        origin = inputs[name]
        return {**inputs, of: np.flip(inputs[of], xy), name: np.flip(origin, 0 if origin.ndim == 1 else xy)}

    def on_mean(inputs: Inputs) -> Inputs | None:
        positions, origin = inputs[of], inputs[name]
        if not len(positions):
            return None
        if origin.ndim == 1:
            return {**inputs, name: positions.mean(axis=all_but(positions, xy))}
        others = tuple(k for k in all_but(positions, xy) if k)
        return {**inputs, name: positions.mean(axis=others, keepdims=True)}

    def first(inputs: Inputs) -> Inputs | None:
        origin = inputs[name]
        return None if origin.ndim == 1 else {**inputs, name: np.broadcast_to(origin[:1], origin.shape).copy()}

    yield InputHypothesis(Kind.SIGN, f"{of} on the other side of {name}", moved(lambda d: -d))
    yield InputHypothesis(Kind.AXES, f"x and y of {of} swapped about {name}", moved(lambda d: np.flip(d, xy)))
    yield InputHypothesis(Kind.AXES, f"x and y of {of} and {name} swapped", both_swapped)
    yield InputHypothesis(Kind.NEAREST, f"offsets from {name} rounded to whole pixels", moved(np.rint))
    yield InputHypothesis(Kind.NEAREST, f"offsets from {name} rounded down to whole pixels", moved(np.floor))
    yield InputHypothesis(Kind.IGNORED, f"{of} taken for {name}", moved(lambda d: 0 * d))
    yield InputHypothesis(Kind.CENTRE, f"{name} not taken off", lambda i: {**i, name: np.zeros_like(i[name])})
    yield InputHypothesis(Kind.CENTRE, f"the mean of the {of} at hand for {name}", on_mean)
    yield InputHypothesis(Kind.CENTRE, f"the first of {name} for all", first)


def all_but(values: Array, axis: int) -> tuple[int, ...]:
    """Every axis of an array but one."""
    return tuple(k for k in range(values.ndim) if k != axis)
