"""What a backend gave, what was wanted and the difference, as pictures: grids of images, and lines of vectors."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

#: A field with fewer numbers is told by them.
_FEWEST: Final = 17
#: Images of a grid, and lines of a drawing: those that are farthest off.
_IMAGES: Final = 4
_LINES: Final = 4
#: An image that is smaller on one side is a set of lines.
_NARROWEST: Final = 4
#: Pixels of a side of a grid; of more, blocks are drawn as one.
_MOST_PIXELS: Final = 132
#: Points of a line.
_MOST_POINTS: Final = 400

_AMPLITUDE: Final = "viridis"
_SIGNED: Final = "RdBu_r"
_PHASE: Final = "twilight_shifted"
#: Of the numbers that a pixel can have, those that are shades; what is not finite and what is nothing have the others.
_SHADES: Final = 254
_NOT_FINITE: Final = 254
_BLANK: Final = 255
_MAGENTA: Final = (255, 0, 255)
#: Of the brightest; what is darker has no phase.
_DARK: Final = 1e-6


@dataclass(frozen=True)
class Panel:
    """One picture as a data URI, its colours from ``low`` to ``high``; ``name`` is got, wanted or difference."""

    name: str
    uri: str
    #: width and height in pixels
    size: tuple[int, int]
    colours: str
    low: float
    high: float
    #: what is to be seen, for whoever cannot
    words: str


@dataclass(frozen=True)
class Line:
    """The points of two lines as SVG has them, in a box of 100 by 40, and the ends of its axis."""

    name: str
    got: str
    want: str
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Picture:
    """One field of an answer, or its amplitude or phase."""

    title: str
    panels: tuple[Panel, ...] = ()
    lines: tuple[Line, ...] = ()


def pictures_of(got: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Picture]:
    """Pictures of each field that differs and is too large to be told in numbers."""
    for name, wanted in want.items():
        one, other = np.asarray(got.get(name)), np.asarray(wanted)
        comparable = one.shape == other.shape and {one.dtype.kind, other.dtype.kind} <= set("biufc")
        if not comparable or other.size < _FEWEST or np.array_equal(one, other, equal_nan=True):
            continue
        # Whole numbers without a sign have no difference.
        wide = np.complex128 if "c" in (one.dtype.kind, other.dtype.kind) else np.float64
        yield from _pictures(name, one.astype(wide), other.astype(wide))


def data_uri(png: bytes) -> str:
    """The address of a picture that is itself part of a page."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def gradient(colours: str) -> str:
    """The colours of a scale, the lowest first, as CSS has them."""
    from matplotlib import colormaps

    stops = (colormaps[colours](place / 8) for place in range(9))
    return ", ".join("#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in stop[:3])) for stop in stops)


def _pictures(name: str, got: Array, want: Array) -> Iterator[Picture]:
    images = _as_images(want.shape)
    if images is None:
        yield _drawing(name, got, want)
        return
    gots, wants = (_stacked(one, images) for one in (got, want))
    chosen = _farthest(gots, wants, _IMAGES)
    grid = _grid(gots[chosen], wants[chosen])
    count = len(wants)
    part = f", {len(chosen)} of {count}" if len(chosen) < count else ""
    if got.dtype.kind == "c":
        yield Picture(f"{name}, amplitude{part}", _amplitudes(grid))
        yield Picture(f"{name}, phase{part}", _phases(grid))
    else:
        yield Picture(f"{name}{part}", _reals(grid))


def _as_images(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """The two neighbouring axes of an array that are the sides of images, the longest, rather equal and rather later
    ones; None where it has none.
    """
    sides = [(min(shape[k], shape[k + 1]), shape[k] == shape[k + 1], k) for k in range(len(shape) - 1)]
    smaller, _, first = max(sides, default=(0, False, 0))
    return (first, first + 1) if smaller >= _NARROWEST else None


def _stacked(values: Array, images: tuple[int, int]) -> Array:
    """(K, H, W) of an array of any rank."""
    moved = np.moveaxis(values, images, (-2, -1))
    return np.ascontiguousarray(moved.reshape(-1, *moved.shape[-2:]))


def _farthest(got: Array, want: Array, count: int) -> list[int]:
    """The places along the first axis that differ most, in their order."""
    off = _distance(got, want).reshape(len(got), -1).max(axis=1)
    return sorted(np.argsort(-off, kind="stable")[:count].tolist())


@dataclass(frozen=True)
class _Grid:
    """Images beside and below each other, (H, W) each; ``gap`` is where there is none."""

    got: Array
    want: Array
    gap: Array


def _grid(got: Array, want: Array) -> _Grid:
    """Of images (K, H, W)."""
    columns = math.ceil(math.sqrt(len(got)))
    step = math.ceil(max(got.shape[1:]) * columns / _MOST_PIXELS)
    one, other = _condensed(got, want, step)
    gap = _laid_out(np.zeros(one.shape, bool), columns, True)
    return _Grid(_laid_out(one, columns, 0), _laid_out(other, columns, 0), gap)


def _condensed(got: Array, want: Array, step: int) -> tuple[Array, Array]:
    """Of each block of pixels the one that differs most, so that no difference is lost."""
    if step == 1:
        return got, want
    height, width = (-(-side // step) * step for side in got.shape[1:])
    padding = ((0, 0), (0, height - got.shape[1]), (0, width - got.shape[2]))
    blocks = [
        np.pad(one, padding, "edge")
        .reshape(len(one), height // step, step, width // step, step)
        .swapaxes(2, 3)
        .reshape(len(one), height // step, width // step, step * step)
        for one in (got, want)
    ]
    worst = np.argmax(_distance(*blocks), axis=-1)[..., None]
    one, other = (np.take_along_axis(block, worst, -1)[..., 0] for block in blocks)
    return one, other


def _laid_out(images: Array, columns: int, between: Any) -> Array:
    count, height, width = images.shape
    rows, gap = math.ceil(count / columns), int(count > 1)
    whole = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), between, images.dtype)
    for place, image in enumerate(images):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        whole[top : top + height, left : left + width] = image
    return whole


def _distance(got: Array, want: Array) -> Array:
    """How far apart they are; infinite where one is not a number and the other is."""
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(got - want)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    return np.where(same, 0.0, np.where(np.isnan(far), np.inf, far))


def _amplitudes(grid: _Grid) -> tuple[Panel, ...]:
    one, other = np.abs(grid.got), np.abs(grid.want)
    ends = _ends(one, other)
    off = _distance(grid.got, grid.want)
    return (
        _panel("got", one, grid.gap, _AMPLITUDE, *ends),
        _panel("wanted", other, grid.gap, _AMPLITUDE, *ends),
        _panel("|got - wanted|", off, grid.gap, "magma", 0.0, _ends(off)[1]),
    )


def _phases(grid: _Grid) -> tuple[Panel, ...]:
    """A pixel that is dark beside the brightest of both has no phase."""
    top = max(_ends(np.abs(grid.got), np.abs(grid.want))[1], 0.0)
    dark = [np.abs(one) <= _DARK * top for one in (grid.got, grid.want)]
    one, other = np.angle(grid.got), np.angle(grid.want)
    with np.errstate(invalid="ignore", over="ignore"):
        turned = np.angle(grid.got * grid.want.conj())
    return (
        _panel("got", one, grid.gap | dark[0], _PHASE, -math.pi, math.pi),
        _panel("wanted", other, grid.gap | dark[1], _PHASE, -math.pi, math.pi),
        _panel("difference", turned, grid.gap | dark[0] | dark[1], _PHASE, -math.pi, math.pi),
    )


def _reals(grid: _Grid) -> tuple[Panel, ...]:
    ends = _ends(grid.got, grid.want)
    with np.errstate(invalid="ignore", over="ignore"):
        off = grid.got - grid.want
    reach = _ends(np.abs(off))[1]
    return (
        _panel("got", grid.got, grid.gap, _AMPLITUDE, *ends),
        _panel("wanted", grid.want, grid.gap, _AMPLITUDE, *ends),
        _panel("got - wanted", off, grid.gap, _SIGNED, -reach, reach),
    )


def _ends(*values: Array) -> tuple[float, float]:
    """The least and the greatest of all that is finite."""
    finite = np.concatenate([one[np.isfinite(one)].ravel() for one in values])
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _panel(name: str, values: Array, blank: Array, colours: str, low: float, high: float) -> Panel:
    """Colours of ``values`` (H, W) from ``low`` to ``high``, nothing where it is ``blank``."""
    finite = np.isfinite(values)
    with np.errstate(over="ignore"):
        part = (np.where(finite, values, low) - low) / ((high - low) or 1.0)
    pixels = np.round(np.clip(part, 0.0, 1.0) * (_SHADES - 1)).astype(np.uint8)
    pixels[~finite] = _NOT_FINITE
    pixels[blank] = _BLANK
    lost = int((~finite & ~blank).sum())
    words = f"{name}, from {low:.3g} to {high:.3g}" + (f", {lost} pixels not finite (magenta)" if lost else "")
    height, width = pixels.shape
    return Panel(name, data_uri(_png(pixels, colours)), (width, height), colours, low, high, words)


def _png(pixels: Array, colours: str) -> bytes:
    """A picture of a byte a pixel: a shade of ``colours``, or one of the two numbers beyond them."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.putpalette(_palette(colours))
    stream = io.BytesIO()
    picture.save(stream, "PNG", transparency=_BLANK)
    return stream.getvalue()


@cache
def _palette(colours: str) -> list[int]:
    """Red, green and blue of each number of a pixel."""
    from matplotlib import colormaps

    shades = colormaps[colours](np.linspace(0, 1, _SHADES), bytes=True)[:, :3]
    return [*shades.ravel().tolist(), *_MAGENTA, 255, 255, 255]


def _drawing(name: str, got: Array, want: Array) -> Picture:
    """A line for each vector along the longest axis, those that are farthest off; of complex ones the real part and
    the imaginary one.
    """
    longest = int(np.argmax(want.shape))
    gots, wants = (np.moveaxis(one, longest, -1).reshape(-1, want.shape[longest]) for one in (got, want))
    chosen = _farthest(gots, wants, _LINES)
    parts = (("real part ", np.real), ("imaginary part ", np.imag)) if got.dtype.kind == "c" else (("", np.real),)
    count = len(wants)
    lines = tuple(
        _line(f"{label}{place + 1} of {count}" if count > 1 else label.strip(), part(gots[place]), part(wants[place]))
        for place in chosen
        for label, part in parts
    )
    return Picture(name, lines=lines)


def _line(name: str, got: Array, want: Array) -> Line:
    step = math.ceil(len(want) / _MOST_POINTS)
    one, other = (both[0, 0] for both in _condensed(got[None, None], want[None, None], step))
    low, high = _ends(one, other)
    lost = int((~np.isfinite(one)).sum())
    words = f"got and wanted, from {low:.3g} to {high:.3g}" + (f", {lost} points not finite" if lost else "")
    return Line(name, _points(one, low, high), _points(other, low, high), low, high, words)


def _points(values: Array, low: float, high: float) -> str:
    """In a box of 100 by 40, y downwards; nothing where a value is not finite."""
    across = 100.0 / max(len(values) - 1, 1)
    heights = 38.0 - 36.0 * (values - low) / ((high - low) or 1.0)
    return " ".join(f"{k * across:.2f},{y:.2f}" for k, y in enumerate(heights) if math.isfinite(y))
