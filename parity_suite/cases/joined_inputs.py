"""The inputs of a fused stage: those of its first part, and of a later one what it takes beside what is handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_suite.core.stage import Stage

Inputs = Mapping[str, Any]
#: The inputs of a stage on a case, under the names of their variants.
Made = Callable[[str], Iterable[tuple[str, Inputs]]]


def joined_inputs(parts: Sequence[Stage], made: Made) -> Iterator[tuple[str, Inputs]]:
    """One variant for each of the first part that the later ones have something to go with, of the sizes that it has.
    What a later part takes is that of its variant of the same name, else of the first that fits.
    """
    for name, first in made(parts[0].name):
        given, handed = dict(first), _shapes(parts[0], first)
        for part in parts[1:]:
            found = _beside(part, name, given, handed, made)
            if found is None:
                break
            given |= found
            stand_ins = {one: np.broadcast_to(np.float32(0), shape) for one, shape in handed.items() if shape}
            handed |= _shapes(part, {**given, **stand_ins})
        else:
            yield name, given


def _beside(part: Stage, name: str, given: Inputs, handed: Mapping[str, Any], made: Made) -> Inputs | None:
    """What a part takes that is neither given nor handed on; None where all that there is has other sizes."""
    lacking = [one.name for one in part.inputs if one.name not in given and one.name not in handed]
    if not lacking:
        return {}
    known = {**{one: np.shape(value) for one, value in given.items()}, **handed}
    every = sorted(made(part.name), key=lambda one: one[0] != name)
    fitting = (one for _, one in every if all(_fits(one[n], known[n]) for n in set(one) & set(known)))
    found = next(fitting, None)
    return None if found is None else {one: found[one] for one in lacking if one in found}


def _fits(value: Any, shape: tuple[int, ...] | None) -> bool:
    return shape is None or np.shape(value) == shape


def _shapes(part: Stage, inputs: Inputs) -> dict[str, tuple[int, ...] | None]:
    """The shape of each output by name; None of one that the sizes of the inputs do not tell."""
    sizes = {**part.sizes_of(inputs), **{str(n): n for n in range(10)}}
    return {
        one.name: tuple(sizes[axis] for axis in one.axes) if all(axis in sizes for axis in one.axes) else None
        for one in part.outputs
    }
