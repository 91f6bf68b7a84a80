"""The law of search: hypothesis looks for small inputs on which a backend and the oracle part, and shrinks what
it finds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, rounded
from parity_suite.cases.world import rough
from parity_suite.compare.deviation import BrokenRule, Outcome, with_about
from parity_suite.compare.judge import measure
from parity_suite.compare.widening import AS_IT_IS, Widening, Widenings
from parity_suite.core.about import DRAWN
from parity_suite.core.case import Case
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

_COMMON: Final[dict[str, Any]] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
    # What is not explained is not traced line by line either; nobody reads hypothesis's own text here.
    "phases": tuple(phase for phase in Phase if phase is not Phase.explain),
}
#: The profile of a run that is not told another one.
QUICK: Final = "parity-dev"
settings.register_profile(QUICK, max_examples=8, derandomize=True, **_COMMON)
settings.register_profile("parity-ci", max_examples=100, derandomize=True, **_COMMON)


def profile_name() -> str:
    """What ``PARITY_HYPOTHESIS`` names, else the quick profile."""
    return os.environ.get("PARITY_HYPOTHESIS", QUICK)


def profile() -> settings:
    """The profile of this run, never loaded globally."""
    return settings.get_profile(profile_name())


def effort() -> float:
    """How many times as many inputs as in the quick profile are tried in this run."""
    return profile().max_examples / settings.get_profile(QUICK).max_examples


_SIDES = st.integers(1, 17)
_OFFSET = st.one_of(
    st.integers(-20, 20).map(float),
    st.integers(-20 * 1024, 20 * 1024).map(lambda k: k / 1024),
    st.sampled_from([0.0, 0.5, -0.5, 1e6, -1e6, 1e12]),
)


@st.composite
def _translate(draw: st.DrawFn) -> dict[str, Any]:
    batch, height, width = draw(st.integers(0, 4)), draw(_SIDES), draw(_SIDES)
    images = _noise(draw, (batch, height, width, 1))
    offsets = [draw(st.tuples(_OFFSET, _OFFSET)) for _ in range(batch)]
    return {"images": images, "offsets": np.array(offsets, np.float64).reshape(-1, 2)}


@st.composite
def _extract(draw: st.DrawFn) -> dict[str, Any]:
    shape = draw(_SIDES), draw(_SIDES)
    return {"object": _noise(draw, shape), "positions": _positions(draw), "size": draw(_SIDES)}


@st.composite
def _reassemble(draw: st.DrawFn) -> dict[str, Any]:
    positions, n = _positions(draw), draw(_SIDES)
    batch, channels = len(positions), positions.shape[3]
    return {
        "patches": _noise(draw, (batch, n, n, channels)),
        "positions": positions,
        "centre": np.array(draw(st.tuples(_NEAR, _NEAR))),
        "canvas": (draw(st.integers(1, 25)), draw(st.integers(1, 25))),
        "batch": draw(st.sampled_from([None, 1, 2])),
    }


@st.composite
def _diffract(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(_SIDES)
    shape = (draw(st.integers(0, 3)), draw(st.integers(1, 3)), n, n, draw(st.sampled_from([1, 4])))
    return {"psi": _noise(draw, shape)}


@st.composite
def _group(draw: st.DrawFn) -> dict[str, Any]:
    """Points on a coarse grid, so that equal distances are the rule."""
    gridsize = draw(st.integers(1, 3))
    count = draw(st.integers(gridsize**2, 14))
    lattice = st.integers(0, 4)
    points = draw(st.lists(st.tuples(lattice, lattice), min_size=count, max_size=count))
    spacing = draw(st.sampled_from([1.0, 0.1, 37.3]))
    positions = np.array(points, np.float64) * spacing
    return {"positions": positions, "gridsize": gridsize, "neighbours": None, "draws": None}


_NEAR = st.integers(-12 * 1024, 24 * 1024).map(lambda k: k / 1024)


def _positions(draw: st.DrawFn) -> Any:
    batch, channels = draw(st.integers(0, 3)), draw(st.sampled_from([1, 4]))
    values = [draw(st.one_of(_NEAR, _OFFSET)) for _ in range(batch * 2 * channels)]
    return np.array(values, np.float64).reshape(batch, 1, 2, channels)


def _noise(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    return rough(np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**16)))), shape)


_INPUTS: Final[dict[str, Callable[[], st.SearchStrategy[dict[str, Any]]]]] = {
    "translate": _translate,
    "extract": _extract,
    "reassemble": _reassemble,
    "diffract": _diffract,
    "group": _group,
}


class Parted(AssertionError):
    """An example on which the backend and the oracle part; hypothesis shrinks it."""


@law(stages=tuple(_INPUTS), cases="single", searches=True)
def search(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Equals the oracle on every input that hypothesis tries; a failure is the smallest one it found."""
    held: list[Outcome] = []
    parted: list[Outcome] = []
    widening = subject.context.part(Widenings).of(stage, "search", subject.precision)

    @settings(profile())
    @given(_INPUTS[stage]())
    def attempt(inputs: dict[str, Any]) -> None:
        variant = Variant(stage, DRAWN, rounded(stage, inputs, subject.rounding))
        got = subject(stage, variant.inputs)
        found = [with_about(one, variant=DRAWN) for one in compare(variant, got, variant.expected)]
        if fails(stage, "search", subject.precision, found, widening):
            # The last example that fails is the shrunk one.
            parted[:] = found
            raise Parted
        held.extend(found)

    beside = hunted(attempt)
    # What held before is not part of the finding.
    yield from parted or held
    yield from beside


def hunted(hunt: Callable[[], None]) -> list[BrokenRule]:
    """Lets hypothesis look for failures, and gives what it found beside an example that parted.

    Raises what the backend raised, where no example parted. Where the same example failed and then did not, that is
    found as well.
    """
    try:
        hunt()
    except Parted:
        return []
    except ExceptionGroup as several:
        _, others = several.split(Parted)
        raised = list(_leaves(others)) if others else []
        if len(raised) == len(list(_leaves(several))):
            raise raised[0] from None
        found = [BrokenRule(f"{type(one).__name__}: {one}, for other inputs", "contract", "raises") for one in raised]
        unlike = BrokenRule("what failed held when it was asked again", rule="repeatable")
        return [*found, unlike] if isinstance(several, FlakyFailure) else found
    return []


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[Exception]:
    """The exceptions in a group, whatever groups they are in."""
    for one in group.exceptions:
        yield from _leaves(one) if isinstance(one, BaseExceptionGroup) else (one,)


def fails(stage: str, law: str, precision: str, outcomes: list[Outcome], widening: Widening = AS_IT_IS) -> bool:
    """Whether one of the outcomes is beyond its budget, or a breach."""
    measured = measure(stage, law, precision, outcomes, widening)
    return len(measured) < len(outcomes) or any(not one.within for one in measured)
