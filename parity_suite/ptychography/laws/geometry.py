"""Laws of geometry: doing nothing, each axis and sign on its own, and getting the object back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Inputs, Variant, rounded
from parity_suite.compare.deviation import Bound, Outcome, deviation, exactly, with_about
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.going_on import as_far_as_it_goes, on_each_variant
from parity_suite.laws.registry import law
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.world import rough, world

#: Stitching patches that were cut between pixels blurs twice by at most half a pixel.
_BLUR_LIMIT = 0.05

_MOVES = ((1, 0), (-1, 0), (0, 1), (0, -1), (3, 0), (0, -2))


def picture(case: Case, precision: str, is_complex: bool) -> Any:
    """Three images a little wider than high, (3, N, N + 4, 1), that no flip, roll or transpose leaves alike."""
    n = case.size("N")
    bits = np.random.Generator(np.random.PCG64(n))
    image = rough(bits, (3, n, n + 4, 1))
    values = image if is_complex else np.ascontiguousarray(image.real)
    return values.astype(np.result_type(precision, np.complex64) if is_complex else precision)


def moved(image: Any, x: int, y: int) -> Any:
    """Content moved right by x and down by y, zeros where it came from."""
    out = np.zeros_like(image)
    height, width = image.shape[1:3]
    out[:, max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)] = image[
        :, max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)
    ]
    return out


@law(stages=("translate", "extract", "reassemble", "layout"), cases="made", traits=LawTraits(telling=3))
def identity(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Doing nothing changes nothing, border pixels included, to the last bit."""
    if stage == "translate":
        for is_complex in (True, False):
            yield from as_far_as_it_goes(subject, _unmoved(subject, picture(case, subject.rounding, is_complex)))
        return
    if stage == "layout":
        yield from _layout_round_trips(subject, stage, case)
        return
    n = case.size("N")
    canvas = picture(case, subject.rounding, True)[0, :, :n, 0]
    middle = np.array([n // 2, n // 2], subject.rounding).reshape(1, 1, 2, 1)
    if stage == "extract":
        got = subject(stage, {"object": canvas, "positions": middle, "size": n})["patches"]
        yield exactly("patches", got[0, :, :, 0], canvas)
        return
    inputs = {"patches": canvas[None, :, :, None], "positions": middle, "canvas": (n, n), "batch": None}
    got = subject(stage, {**inputs, "centre": middle.reshape(2)})
    yield exactly("canvas", got["canvas"], canvas)
    yield exactly("count", got["count"], np.ones((n, n)))


def _unmoved(subject: Subject, image: Any) -> Iterator[Outcome]:
    still = np.zeros((len(image), 2), subject.rounding)
    yield exactly("images", subject("translate", {"images": image, "offsets": still})["images"], image)


@on_each_variant
def _layout_round_trips(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    there = subject("layout", variant.inputs)["images"]
    swapped = {"source": variant.inputs["target"], "target": variant.inputs["source"]}
    back = subject("layout", {**variant.inputs, "images": there, **swapped})["images"]
    found = exactly(f"images ({variant.name} and back)", back, variant.inputs["images"])
    yield with_about(found, field="images")


@law(stages=("translate", "extract", "reassemble"), cases="made", traits=LawTraits(telling=2))
def sign_axis(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """+x moves right, +y moves down, each axis and sign on its own; the inverse undoes it."""
    image = picture(case, subject.rounding, True)[:1]
    moves = np.array(_MOVES, subject.rounding)
    if stage == "translate":
        there = subject(stage, {"images": np.repeat(image, len(moves), axis=0), "offsets": moves})["images"]
        back = subject(stage, {"images": there, "offsets": -moves})["images"]
        for k, (x, y) in enumerate(_MOVES):
            want = moved(image, x, y)
            yield exactly(f"image moved by {_label(x, y)}", there[k : k + 1], want)
            yield exactly(f"image moved by {_label(x, y)} and back", back[k : k + 1], moved(want, -x, -y))
        return
    yield from (_cut if stage == "extract" else _placed)(subject, image, moves)


def _label(x: int, y: int) -> str:
    return f"{x:+d} x, {y:+d} y"


def _frame(image: Any) -> tuple[int, int, int, Any]:
    """Height, width and left edge of the square in the middle of a wide image, and where its pixel N//2 lies."""
    height, width = image.shape[1:3]
    return height, width, width // 2 - height // 2, np.array([width // 2, height // 2])


def _cut(subject: Subject, image: Any, moves: Any) -> Iterator[Outcome]:
    n, _, left, middle = _frame(image)
    positions = (middle + moves).astype(moves.dtype).reshape(-1, 1, 2, 1)
    got = subject("extract", {"object": image[0, :, :, 0], "positions": positions, "size": n})["patches"]
    for k, (x, y) in enumerate(_MOVES):
        yield exactly(f"patch at {_label(x, y)}", got[k], moved(image, -x, -y)[0, :, left : left + n])


def _placed(subject: Subject, image: Any, moves: Any) -> Iterator[Outcome]:
    """Each move is a group of one patch on a canvas of its own."""
    n, width, left, middle = _frame(image)
    patch = image[:, :, left : left + n]
    inputs = {
        "patches": np.repeat(patch, len(moves), axis=0),
        "positions": (middle + moves).astype(moves.dtype).reshape(-1, 1, 2, 1),
        "centre": np.tile(middle.astype(moves.dtype).reshape(1, 1, 2, 1), (len(moves), 1, 1, 1)),
        "canvas": (n, width),
        "batch": None,
    }
    blank = np.zeros_like(image)
    blank[:, :, left : left + n] = patch
    got = subject("reassemble", inputs)["numerator"]
    for k, (x, y) in enumerate(_MOVES):
        yield exactly(f"canvas at {_label(x, y)}", got[k], moved(blank, x, y)[0, :, :, 0])


@law(stages=("reassemble",), cases="data")
def truth(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """True patches stitched by the backend give the object back where they cover it."""
    w = world(subject.context, case)
    object_ = w.need_object()
    canvas = object_.shape
    centre = np.array([canvas[1] // 2, canvas[0] // 2], np.float64)
    for label, positions in (("whole", np.rint(w.positions)), ("sub-pixel", w.positions)):
        patches = Oracle().extract(object_, positions, w.side)
        inputs = {
            "patches": patches,
            "positions": positions,
            "centre": centre,
            "canvas": canvas,
            "batch": None,
        }
        yield from as_far_as_it_goes(subject, _back(subject, inputs, object_, label))


def _back(subject: Subject, inputs: Inputs, object_: Any, label: str) -> Iterator[Outcome]:
    got = subject("reassemble", rounded("reassemble", inputs, subject.rounding))
    covered = got["count"] >= 0.5
    ours, true = got["canvas"][covered].astype(np.complex128), object_[covered]
    if label == "whole":
        yield deviation("object from whole-pixel patches", ours, true, terms=object_.size)
        return
    yield Bound(
        "1 - correlation of object and sub-pixel patches",
        1 - _correlation(ours, true),
        _BLUR_LIMIT,
        "blur of bilinear cutting and stitching",
    )


def _correlation(a: Any, b: Any) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(np.abs(np.vdot(a, b)) / (np.linalg.norm(a) * np.linalg.norm(b)))
