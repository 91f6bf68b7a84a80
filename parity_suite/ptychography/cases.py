"""Which cases each law runs on, and the inputs of a stage on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np

from parity_suite.backends.capabilities import Capabilities
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.ptychography.datasets.recipes import load_recipe, recipe_names
from parity_suite.ptychography.inputs import MAKERS
from parity_suite.ptychography.sizes import (
    COINCIDING,
    GUARDED,
    LARGE_BATCHES,
    LARGE_EVEN,
    LARGE_LESSONS,
    LARGE_ODD,
    LESSONS,
    PROBING,
    SMALL,
    TINY,
    file_cases,
    recipe_case,
)
from parity_suite.ptychography.world import require_side, world

#: Recipes with patches this large cost a quick run its quickness.
_SLOW_SIDE = 128


@cache
def recipe_cases() -> tuple[Case, ...]:
    """Every recipe of the fixtures, in the gridsize it asks for."""
    recipes = [load_recipe(name) for name in recipe_names()]
    return tuple(recipe_case(r.name, r.gridsize, r.size >= _SLOW_SIDE) for r in recipes)


def select(name: str, files: Sequence[str], limits: Sequence[Capabilities] = ()) -> tuple[Case, ...]:
    """The cases of a selection, with those of the given real datasets where it uses data; of training tasks those too
    that are within the ``limits`` of the backends, where the usual ones are not.
    """
    recipes = recipe_cases()
    real = tuple(case for file in files for case in file_cases(file))
    first = tuple(case for case in real if case.size("C") == 1)
    # An epoch or two of some hundred patterns.
    trained = tuple(replace(case, slow=True) for case in first)
    lessons, guarded, taught = (_taught(wanted, limits) for wanted in (LESSONS, GUARDED, LESSONS[1:2]))
    return {
        "all": PROBING + COINCIDING + recipes + real,
        "small": SMALL + first,
        "made": SMALL,
        "modes": SMALL[1:] + first,
        "batches": tuple(c for c in PROBING if c.size("B") in (0, 5, 64, 65)) + first,
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
        "lessons": lessons + trained,
        "taught": taught + trained,
        "guarded": guarded + first,
        "trained": tuple(dict.fromkeys(taught + guarded)),
        "reconstructed": guarded + real,
    }[name]


def _taught(wanted: tuple[Case, ...], limits: Sequence[Capabilities]) -> tuple[Case, ...]:
    """Training tasks, and where all are outside of what backends declare as many that are not, the first of them a
    quick one. The ids of those that are outside stay.
    """
    if any(_within(case, limits) for case in wanted):
        return wanted
    others = [case for case in (*LESSONS, *LARGE_LESSONS) if _within(case, limits)][: len(wanted)]
    return (*wanted, *(replace(case, slow=case.slow and number > 0) for number, case in enumerate(others)))


#: Probe modes of a training task, where that is more than one.
_MODES: Final = {"lesson16": 2}


def _within(case: Case, limits: Sequence[Capabilities]) -> bool:
    sizes = {**dict(case.sizes), "P": _MODES.get(case.source, 1)}
    return all(one.allows("train", axis, size) for one in limits for axis, size in sizes.items())


def inputs(stage: str, case: Case, rng: np.random.Generator, run: RunContext) -> Iterator[tuple[str, dict[str, Any]]]:
    """The inputs of a stage by the names of its variants. A case draws from generators of its own."""
    data = world(run, case)
    require_side(stage, data.side)
    return MAKERS[stage](data)


def training_inputs(case: Case, precision: str, run: RunContext) -> Mapping[str, Any]:
    """What a network is trained on in a lesson, as a precision can hold it; nothing of other cases."""
    from parity_suite.ptychography.lessons import lesson

    return lesson(run, case).inputs(precision) if case.kind == "lesson" else {}
