"""Statistics of an array that a mirror image, a transpose, a roll, a swap or a conjugation would change.

Beside moments and quantiles: first moments in x and y, four quadrant means, and inner products with eight fixed
patterns of +1 and -1. Each is scaled so that an error of size e (normwise and in the peak) moves it by at most e.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.compare.deviation import Array

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_PATTERNS: Final = 8
_SEED: Final = 20260101


def statistics(array: Array, rows: int | None, columns: int | None) -> dict[str, float]:
    """Numbers by name; ``rows`` and ``columns`` are the spatial axes, None where there are none.

    All are relative to the root mean square of the array (quantiles and extremes to its peak), which are given as
    ``rms`` and ``peak`` themselves. A complex array is described by its real and its imaginary part.
    """
    values = np.asarray(array)
    size = np.abs(values.astype(np.complex128))
    rms = float(np.sqrt(np.mean(size**2))) if values.size else 0.0
    peak = float(size.max(initial=0.0))
    out = {"rms": rms, "peak": peak}
    if not rms:
        return out
    parts = {"re.": values.real, "im.": values.imag} if np.iscomplexobj(values) else {"": values}
    for prefix, part in parts.items():
        flat = part.astype(np.float64)
        for name, number in _of_part(flat / rms, flat / peak, rows, columns):
            out[prefix + name] = number
    return out


def _of_part(linear: Array, peaked: Array, rows: int | None, columns: int | None) -> Iterator[tuple[str, float]]:
    yield "mean", float(linear.mean())
    yield "std", float(linear.std())
    yield "minimum", float(peaked.min())
    yield "maximum", float(peaked.max())
    for q, value in zip(_QUANTILES, np.quantile(peaked, _QUANTILES), strict=True):
        yield f"quantile.{round(100 * q):02d}", float(value)
    if rows is not None and columns is not None:
        yield from _spatial(np.moveaxis(linear, (rows, columns), (-2, -1)))
    yield from _patterns(linear)


def _spatial(images: Array) -> Iterator[tuple[str, float]]:
    height, width = images.shape[-2:]
    yield "moment.x", float(np.mean(images * np.linspace(-1, 1, width)))
    yield "moment.y", float(np.mean(images * np.linspace(-1, 1, height)[:, None]))
    halves = (("top", slice(None, height // 2)), ("bottom", slice(height // 2, None)))
    sides = (("left", slice(None, width // 2)), ("right", slice(width // 2, None)))
    for row, r in halves:
        for column, c in sides:
            # A quarter of the pixels can hold the whole error: its mean moves by twice the rms.
            quarter = images[..., r, c]
            yield f"quadrant.{row}.{column}", 2 * float(quarter.sum()) / images.size


def _patterns(linear: Array) -> Iterator[tuple[str, float]]:
    bits = np.random.PCG64(_SEED).random_raw(linear.size).reshape(linear.shape)
    for k in range(_PATTERNS):
        # The high bits; a pattern over all axes, so that the order of items and channels matters too.
        sign = ((bits >> np.uint64(63 - k)) & np.uint64(1)).astype(np.float64) * 2 - 1
        yield f"pattern.{k}", float(np.mean(linear * sign))


def worst_difference(got: Mapping[str, float], want: Mapping[str, float]) -> tuple[str, float]:
    """The number that differs most and by how much; ``rms`` and ``peak`` relatively, the others as they are scaled.

    Of an array that is zero there are these two alone, and they say how far another one is from it.
    """
    differences: dict[str, Any] = {name: difference(name, got[name], want[name]) for name in want if name in got}
    top = max(differences, key=lambda name: differences[name])
    return top, float(differences[top])


def difference(name: str, got: float, want: float) -> float:
    """How far one number lies from the stored one, in the units in which errors of arrays are measured."""
    gap = abs(got - want)
    if not np.isfinite(gap):
        return float("inf")
    return gap / abs(want) if name in ("rms", "peak") and want else gap


def is_complex(numbers: Mapping[str, float]) -> bool | None:
    """Whether statistics are those of a complex array; None where it was zero."""
    return None if not set(numbers) - {"rms", "peak"} else "re.mean" in numbers
