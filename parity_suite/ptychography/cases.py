"""Which cases each law runs on, and the inputs of a stage on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from parity_suite.core.case import (
    COINCIDING,
    GUARDED,
    LARGE_BATCHES,
    LARGE_EVEN,
    LARGE_ODD,
    LESSONS,
    PROBING,
    SMALL,
    TINY,
    Case,
    file_cases,
    recipe_case,
)
from parity_suite.core.context import RunContext
from parity_suite.ptychography.datasets.recipes import load_recipe, recipe_names
from parity_suite.ptychography.inputs import MAKERS
from parity_suite.ptychography.world import require_side, world

#: Recipes with patches this large cost a quick run its quickness.
_SLOW_SIDE = 128


@cache
def recipe_cases() -> tuple[Case, ...]:
    """Every recipe of the fixtures, in the gridsize it asks for."""
    recipes = [load_recipe(name) for name in recipe_names()]
    return tuple(recipe_case(r.name, r.gridsize, r.size >= _SLOW_SIDE) for r in recipes)


def select(name: str, files: Sequence[str]) -> tuple[Case, ...]:
    """The cases of a selection, with those of the given real datasets where it uses data."""
    recipes = recipe_cases()
    real = tuple(case for file in files for case in file_cases(file))
    first = tuple(case for case in real if case.gridsize == 1)
    return {
        "all": PROBING + COINCIDING + recipes + real,
        "small": SMALL + first,
        "made": SMALL,
        "modes": SMALL[1:] + first,
        "batches": tuple(c for c in PROBING if c.batch in (0, 5, 64, 65)) + first,
        "data": recipes + real,
        "paired": SMALL + recipes + real,
        "measured": recipes + real,
        "anchored": recipes,
        "single": SMALL[1:],
        "tiny": TINY,
        "crowd": LARGE_BATCHES[:1],
        "crowds": LARGE_BATCHES,
        "large_odd": LARGE_ODD,
        "large_even": LARGE_EVEN,
        "lessons": LESSONS,
        "taught": LESSONS[1:2],
        "crossed": LESSONS[1:2] + first,
        "guarded": GUARDED + first,
        "trained": LESSONS[1:2] + GUARDED,
        "reconstructed": GUARDED + real,
    }[name]


def inputs(stage: str, case: Case, rng: np.random.Generator, run: RunContext) -> Iterator[tuple[str, dict[str, Any]]]:
    """The inputs of a stage by the names of its variants. A case draws from generators of its own."""
    data = world(run, case)
    require_side(stage, data.side)
    return MAKERS[stage](data)
