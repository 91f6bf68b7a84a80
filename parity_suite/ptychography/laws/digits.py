"""The law of digits: positions and offsets that are no short fractions, and those one ulp from where things change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.held_outputs import options_lacking
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.coordinates import eps_factor, require_fine
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle

#: How far coordinates are moved, by digits that float32 has no room for; of a scan so little that what was equally far
#: is nearly so.
_MORE: Final[Mapping[str, float]] = {"group": 1e-9}
_MUCH: Final = 1e-3
#: From one place to the one beside it, times its number: less than places are commonly rounded to.
_BESIDE: Final = 2.0**-22
#: Pixels beside whole ones, which a shortcut for whole ones may take for nothing.
_NEARLY_WHOLE: Final = (2.0**-15, -(2.0**-20), 2.0**-26)
#: Halves from which a neighbouring number can be told after one half is added to it.
_HALVES: Final = (0.5, 1.5, 2.5, -0.5, -1.5, -3.5)


@law(
    stages=("group", "extract", "translate", "reassemble"),
    cases="single",
    precisions=("float64",),
    traits=LawTraits(budget_of="statelessness"),
)
def digits(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Coordinates with all the digits of float64: none is rounded to float32, none beside a whole pixel is taken for
    that, and those one ulp from a half go to the nearest pixel.
    """
    require_fine(subject, stage)
    for variant in variants(subject.context, case, stage, subject.rounding):
        asked, greatest = _with_digits(subject.context, variant)
        # A place is as good as the greatest coordinate that it is computed from, in whatever order.
        near = () if stage == "group" else _near_whole(subject.context, variant)
        yield from as_the_oracle(subject, (asked, _near_each_other(subject.context, asked), *near), greatest)
        # What is coarser cannot tell an ulp.
        if (
            stage == "translate"
            and "interpolation" not in options_lacking(subject.cls, stage)
            and eps_factor(subject, stage, case.size("N", 0)) == 1
        ):
            yield from as_the_oracle(subject, (_near_halves(subject.context, variant),))


@remembered(maxsize=64)
def _with_digits(_: RunContext, variant: Variant) -> tuple[Variant, float]:
    """The same with more digits, and the greatest coordinate."""
    bits, most = np.random.Generator(np.random.PCG64(len(variant.stage))), _MORE.get(variant.stage, _MUCH)
    places = {
        field.name: variant.inputs[field.name] + bits.uniform(-most, most, variant.inputs[field.name].shape)
        for field in BY_NAME[variant.stage].inputs
        if field.kind == "position"
    }
    greatest = max(float(np.abs(value).max()) for value in places.values())
    return variant.another(f"{variant.name}, all digits", {**variant.inputs, **places}), max(1.0, greatest)


@remembered(maxsize=64)
def _near_each_other(_: RunContext, variant: Variant) -> Variant:
    """The same with every second place beside the one before it, so that who looks places up finds another one."""
    moved = dict(variant.inputs)
    for field in BY_NAME[variant.stage].inputs:
        if field.kind == "position" and field.name != "centre" and len(moved[field.name]) > 1:
            places = moved[field.name].copy()
            places[1::2] = places[: len(places) // 2 * 2 : 2] + _BESIDE * np.arange(1, len(places) // 2 + 1).reshape(
                -1, *(1,) * (places.ndim - 1)
            )
            moved[field.name] = places
    return variant.another(f"{variant.name}, near each other", moved)


@remembered(maxsize=64)
def _near_whole(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    """The same at whole pixels, and a little beside them for every second place, in both directions; and at halves of
    pixels along both axes.
    """
    whole = {
        field.name: np.rint(variant.inputs[field.name])
        for field in BY_NAME[variant.stage].inputs
        if field.kind == "position"
    }
    halves = {name: value + (name != "centre") / 2 for name, value in whole.items()}
    for name, value in whole.items():
        if name != "centre":
            value.reshape(-1)[::2] += np.resize(_NEARLY_WHOLE, value.reshape(-1)[::2].shape)
    return (
        variant.another(f"{variant.name}, near whole pixels", {**variant.inputs, **whole}),
        variant.another(f"{variant.name}, at halves", {**variant.inputs, **halves}),
    )


@remembered(maxsize=64)
def _near_halves(_: RunContext, variant: Variant) -> Variant:
    """Offsets at halves, and one ulp above and below; below one half itself the sum with a half is rounded."""
    halves = np.array(_HALVES)
    beside = np.concatenate([halves, np.nextafter(halves, np.inf), np.nextafter(halves[halves != 0.5], -np.inf)])
    images: Array = variant.inputs["images"]
    inputs: Mapping[str, Any] = {
        "images": images[np.arange(len(beside)) % len(images)],
        "offsets": np.stack([beside, np.roll(beside, 1)], axis=1),
        "interpolation": "nearest",
    }
    return variant.another(f"{variant.name}, beside halves", inputs)
