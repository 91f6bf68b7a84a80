"""Laws of a shift by an offset: shifts that add up, what is left at the border, how far it reaches, which pixel is the
nearest, images of any shape, offsets of any dtype, and one offset for a block of images.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.answers import consult
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.coordinates import eps_factor
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.many import drawn
from parity_suite.laws.refusals import refuses
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.geometry import moved, picture
from parity_suite.ptychography.world import rough

_STAGE: Final = "translate"


def _translated(subject: Subject, images: Array, offsets: Array, **options: str) -> Array:
    return np.asarray(subject(_STAGE, {"images": images, "offsets": offsets, **options})["images"])


@law(stages=(_STAGE,), cases="made")
def composition(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Whole shifts one after the other are the shift by their sum where nothing left the image in between, to the last
    bit; and a whole shift of a shift between pixels is the shift by both.
    """
    margin = case.size("N") // 3
    for is_complex in (True, False):
        image = picture(case, subject.rounding, is_complex)
        image[:, :margin] = image[:, -margin:] = image[:, :, :margin] = image[:, :, -margin:] = 0
        steps = np.array([(margin, -1), (-2, margin), (1 - margin, 2)], subject.rounding)
        once = _translated(subject, image, steps)
        twice = _translated(subject, once, np.roll(steps, 1, axis=0))
        total = (steps + np.roll(steps, 1, axis=0)).astype(int)
        for k, (x, y) in enumerate(total):
            want = moved(image, x, y)[k : k + 1]
            yield exactly(f"{_kind(is_complex)} moved by {steps[k]}, then {steps[k - 1]}", twice[k : k + 1], want)
        between = np.array([(0.375, -0.625), (-0.75, 0.25), (0.5, 0.125)], subject.rounding)
        both = _translated(subject, _translated(subject, image, between), steps)
        want = _translated(subject, image, between + steps)
        yield deviation(f"{_kind(is_complex)} between pixels, then whole", both, want, terms=image.size)


def _kind(is_complex: bool) -> str:
    return "complex" if is_complex else "real"


@law(stages=(_STAGE,), cases="small")
@on_each_variant
def mass(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """An image keeps the part of its sum that lands inside, by the weights of each row and column: nothing is repeated
    at a border, and nothing is made up for.
    """
    images, offsets = variant.inputs["images"][..., 0], variant.inputs["offsets"].astype(np.float64)
    rows, columns = (_landing(offsets[:, 1 - axis], images.shape[1 + axis]) for axis in (0, 1))
    # Wider than float64, in which the sum over a large image rounds more than its shift does.
    want = np.einsum("bhw,bh,bw->b", images.astype(np.clongdouble), rows, columns).astype(np.complex128)
    moved_images = subject(variant.stage, variant.inputs)["images"]
    got = np.sum(moved_images, axis=(1, 2, 3), dtype=np.clongdouble).astype(np.complex128)
    total = float(np.linalg.norm(np.sum(np.abs(images), axis=(1, 2), dtype=np.float64)))
    yield deviation(f"sum ({variant.name})", got, want, terms=images[0].size, magnitude=total)


def _landing(offset: Array, count: int) -> Array:
    """The weight of each of ``count`` lines that still lies inside after the shift, (B, count)."""
    whole = np.floor(offset)[:, None]
    fraction, first = offset[:, None] - whole, np.arange(count) + whole
    inside, next_inside = ((line >= 0) & (line < count) for line in (first, first + 1))
    return np.asarray((1 - fraction) * inside + fraction * next_inside)


def far_offsets(height: int, width: int) -> Array:
    """Along each axis and in each direction from nothing over the whole image to 1e12 pixels, (K, 2)."""
    columns, rows = (_far(side) for side in (width, height))
    beside = np.full(columns.shape, 0.5)
    return np.concatenate([np.stack([columns, beside], axis=1), np.stack([-beside, rows], axis=1)])


def _far(side: int) -> Array:
    near = [0.0, 0.25, side - 1.25, side - 1.0, side - 0.5, side, side + 0.5, side + 1.0]
    far = np.array([*near, 1e3, 1e6 + 0.5, 2.0**31, 2.0**33, 2.0**53, 1e12])
    return np.concatenate([far, -far])


@law(stages=(_STAGE,), cases="made")
def reach(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """However far an offset goes, to 1e12 pixels and beyond, what has left the image is gone and nothing comes back."""
    for is_complex in (True, False):
        # Wider than high, so that what fits along the one axis does not along the other.
        image = picture(case, subject.rounding, is_complex)[:1]
        sides = image.shape[2:0:-1]
        offsets = far_offsets(*image.shape[1:3]).astype(subject.rounding)
        inputs = {"images": np.repeat(image, len(offsets), axis=0), "offsets": offsets}
        got = subject(stage, inputs)["images"]
        yield deviation(f"{_kind(is_complex)} images", got, consult(stage, inputs)["images"], terms=got.size)
        beyond = (np.abs(offsets) >= sides).any(axis=1)
        left = got[beyond]
        yield exactly(f"{_kind(is_complex)} pixels left of images moved out", left, np.zeros_like(left), of=image)


#: Halves of either sign, what is next to a half, whole, and far, by what 31 and 32 bits do not hold among it.
_NEAREST: Final = (
    (0.5, -0.5), (-1.5, 2.5), (0.499, -0.501), (1.75, 0.25), (-0.25, -2.0), (3.0, -0.75), (0.0, 0.0), (-4.5, 1e12),
    (2.0**31, 1.0), (2.0**32, 0.0), (1.0, -(2.0**32)),
)  # fmt: skip
#: More images than a block holds.
_MANY: Final = 130


@law(stages=(_STAGE,), cases="made", traits=LawTraits(other_sizes=True))
def nearest(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """With ``interpolation="nearest"`` an image moves by floor(offset + 1/2) whole pixels, to the last bit, or where
    halves are declared to go to the even one by that; with ``"bilinear"`` as without a word; anything else is refused.
    """
    offsets = np.array(_NEAREST, subject.rounding)
    to_even = dict(case.conventions).get("halves") == "even"
    whole = np.rint(offsets.astype(float)) if to_even else np.floor(offsets.astype(float) + 0.5)
    for is_complex in (True, False):
        image = np.repeat(picture(case, subject.rounding, is_complex)[:1], len(offsets), axis=0)
        got = _translated(subject, image, offsets, interpolation="nearest")
        for k, (x, y) in enumerate(np.clip(whole, -999, 999).astype(int)):
            yield exactly(f"{_kind(is_complex)} at {offsets[k]}", got[k : k + 1], moved(image[:1], x, y))
        two = _translated(subject, np.repeat(image, 2, axis=0), offsets, interpolation="nearest")
        yield exactly(f"{_kind(is_complex)}, two by each offset", two, np.repeat(got, 2, axis=0))
        # One that stays inside comes first, so that what is moved by it is not merely gone.
        pick = np.append(1, drawn(_MANY - 1, len(offsets)))
        many = _translated(subject, image[pick], offsets[pick], interpolation="nearest")
        yield exactly(f"{_kind(is_complex)}, {_MANY} of them", many, got[pick])
        for how, again in _otherwise(subject, {"images": image, "offsets": offsets, "interpolation": "nearest"}):
            yield exactly(f"{_kind(is_complex)}, {how}", again, got)
        # Without a word first, so that the word before it is the other one.
        plain = _translated(subject, image, offsets)
        named = _translated(subject, image, offsets, interpolation="bilinear")
        yield exactly(f"{_kind(is_complex)}, bilinear by name", named, plain)
    inputs = {"images": image, "offsets": offsets, "interpolation": "cubic"}
    if problem := refuses(subject, stage, "interpolation", inputs):
        yield BrokenRule(f"an unknown interpolation: {problem}", "contract", cause=Cause.NOT_REFUSED)


def _otherwise(subject: Subject, inputs: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """The same question of arrays in another form, and from another thread."""
    for form in ("as a transposed view", "strided"):
        yield form, subject(_STAGE, inputs, form=form)["images"]
    with ThreadPoolExecutor(1) as thread:
        yield "in another thread", thread.submit(subject, _STAGE, inputs).result()["images"]


#: One pixel, one line, odd, even and neither square nor a power of two, up to the largest canvas of the field.
_SHAPES: Final = (
    (1, 1), (1, 7), (7, 1), (2, 3), (31, 64), (138, 139), (448, 447), (1, 2048), (2048, 1), (33, 2048), (2047, 2048),
)  # fmt: skip
#: Of which the longer side lets an offset go beyond the shorter one.
_TO_NEAREST: Final = ((1, 7), (7, 1), (96, 5), (33, 2048))


@law(stages=(_STAGE,), cases="single", slow=True, traits=LawTraits(other_sizes=True))
def canvases(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Images of any shape, from one pixel and one line to 2,047 x 2,048, by offsets between their pixels; lines, and
    tall and wide ones, to the nearest pixel too.
    """
    for height, width in _SHAPES:
        yield from canvas(subject, height, width)
    if "interpolation" not in subject.lacks(stage):
        for height, width in _TO_NEAREST:
            yield from _canvas_to_nearest(subject, height, width)


def canvas(subject: Subject, height: int, width: int) -> Iterator[Outcome]:
    """One image of a shape, moved within it and by less than a pixel, against the oracle."""
    yield from _as_the_oracle(subject, f"images of {height} x {width}", _on_canvas(subject, height, width))


def _canvas_to_nearest(subject: Subject, height: int, width: int) -> Iterator[Outcome]:
    """The same to the nearest pixel: none of its offsets is close to a half. Places that were metres on the way are so
    close to a pixel alone that its neighbour shows in the last digits.
    """
    inputs = {**_on_canvas(subject, height, width), "interpolation": "nearest"}
    yield from _as_the_oracle(subject, f"images of {height} x {width} to the nearest", inputs)


def _as_the_oracle(subject: Subject, label: str, inputs: dict[str, Any]) -> Iterator[Outcome]:
    if subject.outside(_STAGE, inputs):
        return
    longer = max(inputs["images"].shape[1:3])
    found = deviation(label, subject(_STAGE, inputs)["images"], consult(_STAGE, inputs)["images"], terms=longer**2)
    yield coarser(found, eps_factor(subject, _STAGE, longer))


def _on_canvas(subject: Subject, height: int, width: int) -> dict[str, Any]:
    bits = np.random.Generator(np.random.PCG64([height, width]))
    complex_type = np.result_type(subject.rounding, np.complex64)
    small = height * width < 1e6
    image = bits.standard_normal((1, height, width, 2 if small else 1), np.float32).astype(subject.rounding)
    images = np.ascontiguousarray(image.view(complex_type)) if small else image
    # Digits that neither precision holds exactly once they are added to a place in the image.
    offsets = np.array([[width / 3.1 + 0.1, -height / 7.3], [-0.3, 0.7]][: 2 if small else 1], subject.rounding)
    return {"images": np.repeat(images, len(offsets), axis=0), "offsets": offsets}


def coarser(found: Outcome, factor: float) -> Outcome:
    """A deviation that may be so many times greater."""
    return replace(found, eps_factor=factor) if isinstance(found, Deviation) else found


@law(stages=(_STAGE,), cases="made")
def dtypes(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Offsets of another dtype than the images', floating or whole, move alike, and the images keep theirs."""
    steps = np.array([(3, -2), (-1, 4), (0, 1)], np.float64)
    for is_complex in (True, False):
        image = picture(case, subject.rounding, is_complex)
        for dtype in ("float64", "float32", "int64", "int32"):
            # On a grid that all of them hold.
            offsets = (steps / (4 if dtype.startswith("float") else 1)).astype(dtype)
            got = _translated(subject, image, offsets)
            want = consult(stage, {"images": image, "offsets": offsets.astype(np.float64)})["images"]
            yield deviation(f"{_kind(is_complex)} images by offsets in {dtype}", got, want, terms=image.size)
            if dtype.startswith("int") and "interpolation" not in subject.lacks(stage):
                nearest = _translated(subject, image, offsets, interpolation="nearest")
                yield exactly(f"{_kind(is_complex)} images to the nearest by offsets in {dtype}", nearest, want)


@law(stages=(_STAGE,), cases="made", traits=LawTraits(other_sizes=True))
def blocks(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """B offsets move B x C images in the flat layout's order, image i by offset i // C; counts that do not divide, more
    offsets than images, and none for some, are refused.
    """
    bits = np.random.Generator(np.random.PCG64([case.size("N"), 2]))
    offsets = np.round(bits.uniform(-3, 3, (5, 2)) * 64).astype(subject.rounding) / 64
    for channels in (1, 2, 4, 9):
        images = rough(bits, (5 * channels, case.size("N"), case.size("N") + 4, 1))
        images = images.astype(np.result_type(subject.rounding, np.complex64))
        got = _translated(subject, images, offsets)
        want = consult(stage, {"images": images, "offsets": np.repeat(offsets, channels, axis=0)})["images"]
        yield deviation(f"blocks of {channels}", got, want, terms=images.size)
    for count, given in ((20, 3), (20, 19), (4, 5), (5, 0), (0, 5)):
        inputs = {"images": images[:count], "offsets": offsets[np.arange(given) % 5]}
        if problem := refuses(subject, stage, "offsets", inputs):
            yield BrokenRule(f"{count} images with {given} offsets: {problem}", "contract", cause=Cause.NOT_REFUSED)
