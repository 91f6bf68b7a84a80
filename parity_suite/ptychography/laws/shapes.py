"""The law of shapes: objects and canvases that are wide, narrow, smaller than a patch, or thousands of pixels long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.coordinates import eps_factor
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.world import rough

#: More pixels than a texture, a block of rows or eleven bits hold.
_LONG: Final = 2101


@law(
    stages=("group", "layout", "extract", "network", "reassemble", "objective"),
    cases="single",
    traits=LawTraits(budget_of="statelessness"),
)
def shapes(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Objects, patches and canvases of any shape: high, wide, one line, one pixel, smaller than a patch, 2,101 long.
    Scans of one point, of as many as a group has, and on a line; one draw, and twenty. Networks of other widths.
    Images of one pixel, and of as many a side as there are channels.
    """
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_the_oracle(subject, _shaped(subject.context, variant))
        if stage in _ENDS:
            yield from as_the_oracle(subject, _long(subject.context, variant), eps_factor(subject, stage, _LONG))


@remembered(maxsize=64)
def _long(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    """The same at the far end of what is long, or high, by quarters of a pixel, which no precision loses there."""
    made = []
    for axis, shape in ((1, (9, _LONG)), (0, (_LONG, 9))):
        name, inputs = _ENDS[variant.stage](variant.inputs, axis, shape)
        made.append(variant.another(f"{variant.name}, {name} of {shape[0]} x {shape[1]}", inputs))
    return tuple(made)


def _long_object(given: Mapping[str, Any], axis: int, shape: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    whole = given["object"]
    long = np.take(whole.take(np.arange(9), 1 - axis), np.arange(_LONG) % whole.shape[axis], axis)
    return "object", {**given, "object": long, "positions": _at_the_end(given["positions"], axis, _LONG - 20)}


def _long_canvas(given: Mapping[str, Any], axis: int, shape: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    moved = _at_the_end(given["positions"], axis, _LONG // 2 - 20)
    return "canvas", {**given, "canvas": shape, "positions": moved, "centre": np.zeros_like(given["centre"])}


def _at_the_end(positions: Any, axis: int, far: int) -> Any:
    """Positions that go on from ``far`` along x for the columns, y for the rows, in steps of seven quarters."""
    out = np.zeros_like(positions)
    steps = 1.75 * np.arange(positions[:, 0, 0].size).reshape(positions[:, 0, 0].shape)
    out[:, 0, 1 - axis], out[:, 0, axis] = far + steps, 3.25
    return out


#: Pixels by which centres lie beside the means of positions.
_ASIDE: Final = np.array([1.375, -0.25])
_ENDS: Final = {"extract": _long_object, "reassemble": _long_canvas}


@remembered(maxsize=64)
def _shaped(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    if variant.stage in _OTHERS:
        return tuple(
            variant.another(f"{variant.name}, {name}", inputs) for name, inputs in _OTHERS[variant.stage](variant)
        )
    made = {"extract": _objects, "reassemble": _canvases, "objective": _roomy}[variant.stage](variant.inputs)
    return tuple(
        variant.another(f"{variant.name}, {name} of {shape[0]} x {shape[1]}", inputs) for name, shape, inputs in made
    )


def _scans(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Few points and many draws, where the others have many and two."""
    given = variant.inputs
    scan, draws, channels = given["positions"], given["draws"], given["gridsize"] ** 2
    if draws is None:
        line = scan * np.array([1.0, 0.0]) + np.array([0.25, 3.5])
        yield "on a line", {**given, "positions": line}
        # Who leaves a point out of its own group has no group of all points.
        if "seed" not in dict(variant.conventions):
            few = scan[[7, 2, 11, 5, 3, 13, 0, 8, 1][:channels]] + 0.125 * np.arange(2)
            yield f"{channels} points", {**given, "positions": few}
            yield "one point", {**given, "positions": scan[2:3] + 0.25, "gridsize": 1}
        return
    bits = np.random.Generator(np.random.PCG64(channels))
    for times, reach, what in ((1, given["neighbours"], "one draw"), (20, len(scan) - 1, "twenty draws of all")):
        picks = [[bits.permutation(reach)[: channels - 1] for _ in range(times)] for _ in scan]
        yield what, {**given, "neighbours": reach, "draws": np.array(picks, np.int64)}


def _widths(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    given = variant.inputs
    channels = given["amplitude"].shape[3]
    for width in _WIDTHS:
        weights = initial_weights(width, channels, width).astype(given["weights"].dtype)
        yield f"width {width}", {**given, "weights": weights}


def _sides(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    given = variant.inputs
    images, first = given["images"], _ROWS[given["source"]]
    for side in (1, given["gridsize"] ** 2):
        shape = (*images.shape[:first], side, side, *images.shape[first + 2 :])
        made = rough(np.random.Generator(np.random.PCG64(side)), shape).astype(images.dtype)
        yield f"images of {side} x {side}", {**given, "images": made}


#: The axis of the rows in each layout.
_ROWS: Final = {"grid": 3, "channel": 1, "flat": 1}
#: Less and more than the reference network has, neither of them even.
_WIDTHS: Final = (3, 17)
_OTHERS: Final = {"group": _scans, "layout": _sides, "network": _widths}


def _objects(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """The object turned on its side, and strips of it; patches of one pixel, and of two."""
    whole = given["object"]
    for part in (whole.T, whole[:, :5], whole[:3], whole[:1], whole[:, :1]):
        yield "object", part.shape, {**given, "object": np.ascontiguousarray(part)}
    for size in (1, 2):
        yield "patches", (size, size), {**given, "size": size}
    # As large as the object, and all but in its place.
    n = given["size"]
    part, places = np.ascontiguousarray(whole[:n, :n]), n // 2 + given["positions"] % 0.5
    yield "object", part.shape, {**given, "object": part, "positions": places}


def _canvases(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    n = given["patches"].shape[1]
    for shape in ((n, 3 * n + 1), (3 * n + 2, n - 3), (2 * n + 4, 2 * n + 9), (1, 2 * n), (2 * n + 1, 1)):
        yield "canvas", shape, {**given, "canvas": shape}


def _roomy(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """Higher than wide, where the others are wider than high; no wider than a patch; and around other centres than the
    means of positions.
    """
    if given["object_big"]:
        n, (height, width) = given["counts"].shape[1], given["canvas"]
        for shape in ((width + 4, height + 1), (n, width), (height, n)):
            yield "canvas", shape, {**given, "canvas": shape}
        aside = {"centres": (given["centres"] + _ASIDE.reshape(1, 1, 2, 1)).astype(given["centres"].dtype)}
        roomy = height + 4, width + 4
        yield "canvas around other centres", roomy, {**given, "canvas": roomy, **aside}
