"""The global random generators of this process: of NumPy, of Python, and of each framework that somebody has loaded."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

#: Sets every generator apart from one that a backend has seeded before.
_SEED: Final = 27182818


@dataclass(frozen=True)
class _Generator:
    name: str
    get: Callable[[], Any]
    put: Callable[[Any], Any]
    seed: Callable[[int], Any]

    @property
    def told(self) -> str:
        """Its state as text that can be compared."""
        return repr([np.asarray(part).tolist() for part in self._parts()])

    def _parts(self) -> tuple[Any, ...]:
        state = self.get()
        return state[:2] if isinstance(state, tuple) else (state,)


def _generators() -> Iterator[_Generator]:
    yield _Generator("NumPy", lambda: np.random.get_state(legacy=True), np.random.set_state, np.random.seed)
    yield _Generator("Python", random.getstate, random.setstate, random.seed)
    if torch := sys.modules.get("torch"):
        yield _Generator("PyTorch", torch.get_rng_state, torch.set_rng_state, torch.manual_seed)
    if tensorflow := sys.modules.get("tensorflow.python.eager.context"):
        seed = tensorflow.set_global_seed
        yield _Generator("TensorFlow", tensorflow.global_seed, seed, seed)


@contextmanager
def moved_generators() -> Iterator[list[str]]:
    """The names of the global generators that are moved meanwhile, once it is over; then all are what they were."""
    known = list(_generators())
    before = [one.get() for one in known]
    for one in known:
        one.seed(_SEED)
    seeded = [one.told for one in known]
    moved: list[str] = []
    try:
        yield moved
        moved += [one.name for one, state in zip(known, seeded, strict=True) if one.told != state]
    finally:
        for one, state in zip(known, before, strict=True):
            one.put(state)


def seeded_generators(ask: Callable[[], Any]) -> list[str]:
    """The names of the global generators that ``ask`` leaves in one state whatever they were in. Who draws from one, as
    layers do for weights that are then read from a file, moves it and seeds nothing.
    """
    known = list(_generators())
    before = [one.get() for one in known]
    left: list[list[str]] = []
    try:
        for seed in (_SEED, _SEED + 1):
            for one in known:
                one.seed(seed)
            ask()
            left.append([one.told for one in known])
    finally:
        for one, state in zip(known, before, strict=True):
            one.put(state)
    return [one.name for one, first, second in zip(known, *left, strict=True) if first == second]
