"""Takes the gauge of ptychography out of a stitched canvas, so that it can be compared with the true object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.ptychography.evaluation.registration import find_gauge, shifted, tilted

#: Pixels next to an uncovered one that a sub-pixel shift spoils: the interpolation there has seen what was filled in.
_MARGIN: Final = 3


@dataclass(frozen=True)
class Removed:
    """What the alignment took out, to be reported beside every metric.

    Before it, ``canvas(r) = truth(r - shift) * exp(i (phase + ramp . (r - c))) / scale`` with c the pixel
    (H//2, W//2): a canvas that lies to the right of the truth has a positive shift in x.
    """

    #: rad, at pixel (H//2, W//2)
    phase: float
    #: the factor by which the canvas was multiplied
    scale: float
    #: [x, y] in rad per pixel
    ramp: tuple[float, float]
    #: [x, y] in pixels
    shift: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Aligned:
    """A canvas in the gauge of the truth."""

    #: (H, W) complex128, zero where not covered
    canvas: Array
    #: (H, W) bool, the pixels that may be compared: smaller than it was where a shift was removed
    covered: Array
    removed: Removed


def align(canvas: Array, truth: Array, covered: Array, *, probe_free: bool = False) -> Aligned:
    """The canvas with the global phase and scale of the truth, and its ramp and position where the probe was free.

    ``canvas`` and ``truth`` are (H, W) complex, ``covered`` is (H, W) bool. Phase and scale are the complex least
    squares ``g = <canvas, truth> / <canvas, canvas>`` over the covered pixels. With a free probe,
    ``P(r - d) O(r - d)`` and ``P exp(-ikr) O exp(ikr)`` fit the data as well as ``P O``: shift and ramp are then
    taken out before, see :func:`~parity_suite.ptychography.evaluation.registration.find_gauge`.

    Raises ``ValueError`` naming the field for a wrong shape or dtype, what is not finite, nothing covered (also after
    the shift), and a canvas or truth that is zero wherever covered: there is nothing to align then.
    """
    canvas, truth, covered = _checked(canvas, truth, covered)
    ramp = shift = (0.0, 0.0)
    if probe_free:
        ramp, shift = find_gauge(canvas, truth, covered)
        canvas, covered = _moved_back(tilted(canvas, (-ramp[0], -ramp[1])), covered, shift)
        _require_something(canvas, truth, covered, " after the shift")
    top = np.abs(canvas[covered]).max()
    # Scaled to a peak of one: squares of very small or very large amplitudes leave the range of floats.
    unit = canvas[covered] / top
    factor = complex(np.vdot(unit, truth[covered]) / np.vdot(unit, unit).real)
    aligned = np.zeros_like(canvas)
    aligned[covered] = factor * unit
    return Aligned(aligned, covered, Removed(-float(np.angle(factor)), float(abs(factor) / top), ramp, shift))


def _checked(canvas: Array, truth: Array, covered: Array) -> tuple[Array, Array, Array]:
    canvas, truth, covered = np.asarray(canvas), np.asarray(truth), np.asarray(covered)
    if canvas.ndim != 2:
        raise ValueError(f"canvas: shape {canvas.shape}, wanted (H, W)")
    for name, array in (("truth", truth), ("covered", covered)):
        if array.shape != canvas.shape:
            raise ValueError(f"{name}: shape {array.shape}, wanted that of the canvas, {canvas.shape}")
    for name, array in (("canvas", canvas), ("truth", truth)):
        if not np.iscomplexobj(array):
            raise ValueError(f"{name}: dtype {array.dtype}, wanted a complex one")
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: not finite")
    if covered.dtype != bool:
        raise ValueError(f"covered: dtype {covered.dtype}, wanted bool")
    _require_something(canvas, truth, covered, "")
    return canvas.astype(np.complex128), truth.astype(np.complex128), covered


def _require_something(canvas: Array, truth: Array, covered: Array, when: str) -> None:
    if not covered.any():
        raise ValueError(f"covered: no pixel is{when}: nothing to align")
    for name, array in (("canvas", canvas), ("truth", truth)):
        if not np.any(array[covered]):
            raise ValueError(f"{name}: zero wherever covered{when}: nothing to align")


def _moved_back(canvas: Array, covered: Array, shift: tuple[float, float]) -> tuple[Array, Array]:
    """Canvas and coverage moved by ``-shift``; the uncovered part is filled from its nearest covered pixels before."""
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(~covered, return_distances=False, return_indices=True)
    sound = ndimage.binary_erosion(covered, np.ones((2 * _MARGIN + 1,) * 2))
    back = (-shift[0], -shift[1])
    weight = ndimage.shift(sound.astype(np.float64), back[::-1], order=1, mode="constant")
    return shifted(canvas[tuple(nearest)], back), weight > 1 - 1e-9
