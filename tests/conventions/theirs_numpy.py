"""Stages in NumPy by other conventions than the contract's: right functions, each with what is declared of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite import Adapter, Capabilities, Convention, adapt
from parity_suite.ptychography.oracle import Oracle

PIXEL = 2.0**-24
ORACLE = Oracle()


def last(value: Any) -> Any:
    """Channels last."""
    return np.moveaxis(value, 1, -1)


def first(value: Any) -> Any:
    """Channels first."""
    return np.moveaxis(value, -1, 1)


def whole(value: Any, axis: int) -> Any:
    """Complex numbers of real and imaginary part along an axis."""
    return value.take(0, axis) + 1j * value.take(1, axis)


def parts(value: Any, axis: int) -> Any:
    return np.stack([value.real, value.imag], axis)


def shift(images: Any, offsets: Any) -> Any:
    """Channels first, [row, col] in metres, of the opposite sign."""
    return first(ORACLE.translate(last(images), -offsets[:, ::-1] / PIXEL)).astype(images.dtype)


def shift_two(images: Any, offsets: Any) -> Any:
    """Columns before rows, complex as two channels."""
    moved = ORACLE.translate(np.swapaxes(whole(images, 1), 1, 2)[..., None], offsets)[..., 0]
    return parts(np.swapaxes(moved, 1, 2), 1).astype(images.dtype)


def cut(object: Any, positions: Any, size: int) -> Any:
    found = ORACLE.extract(whole(object, 0), np.moveaxis(positions[..., ::-1], 1, -1)[:, None], size)
    return first(found).astype(np.result_type(object.dtype, np.complex64))


def light(patches: Any, probe: Any) -> Any:
    """Each wave in two channels."""
    return np.moveaxis(parts(patches[:, None] * whole(probe, 1)[:, None], -1), -1, 3).astype(probe.dtype)


def far(psi: Any) -> Any:
    """Amplitudes, channels first."""
    return first(ORACLE.diffract(np.moveaxis(whole(psi, 3), 2, -1))).astype(psi.dtype)


def intensity(psi: Any) -> Any:
    """What is measured, not normalised, the zero frequency in the corner."""
    found = np.sum(np.abs(np.fft.fft2(psi)) ** 2, axis=1)
    return found.astype(psi.real.dtype)


def backwards(psi: Any) -> Any:
    """By the inverse transform."""
    found = np.sqrt(np.sum(np.abs(np.fft.ifft2(psi)) ** 2, axis=1))
    return np.fft.fftshift(found, axes=(-2, -1)).astype(psi.real.dtype)


def stitch(patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
    """Not a number where nothing covers; [row, col]."""
    own = centre.ndim > 1
    middle = centre[:, None, ::-1, None] if own else centre[::-1]
    found = ORACLE.reassemble(last(patches), np.moveaxis(positions[..., ::-1], 1, -1)[:, None], middle, canvas)
    return np.where(found["count"] >= 1e-3, found["canvas"], np.nan).astype(patches.dtype)


def moments(patches: Any) -> Any:
    """Mean and greatest modulus, channels before items."""
    size = np.abs(patches)
    return size.mean((-2, -1)).T.astype(size.dtype), size.max((-2, -1)).T


def grouped(positions: Any, gridsize: int) -> Any:
    """[row, col], the members of a group by their index."""
    found = ORACLE.group(positions[:, ::-1], gridsize)
    order = np.argsort(found["indices"], axis=1)
    relative = np.take_along_axis(found["coords_relative"], order[:, None, None], axis=3)
    return (
        np.take_along_axis(found["indices"], order, axis=1),
        found["coords_offsets"][:, 0, ::-1, 0],
        np.moveaxis(relative[:, 0, ::-1], 1, 2),
    )


class Grouped(Adapter):
    group = adapt(
        grouped,
        positions="M yx",
        indices=Convention(words=("unordered",)),
        coords_offsets="G yx",
        coords_relative="G C yx",
    )


class Shift(Adapter):
    translate = adapt(shift, images="B 1 H W", offsets=Convention("B yx", unit=PIXEL, sign=-1))


class ShiftTwo(Adapter):
    translate = adapt(shift_two, images="B ri W H")


class Cut(Adapter):
    extract = adapt(cut, object="ri H W", positions="B C yx", patches="B C N M")


class Light(Adapter):
    illuminate = adapt(light, patches="B C N M", probe="P ri N M", psi="B P C ri N M")


class Far(Adapter):
    diffract = adapt(far, psi="B P C ri N M", amplitude="B C N M")


class Intensity(Adapter):
    diffract = adapt(
        intensity, psi="B P C N M", amplitude=Convention("B C N M", words=("corner", "intensity", "backward"))
    )


class Backwards(Adapter):
    diffract = adapt(backwards, psi="B P C N M", amplitude=Convention("B C N M", words=("positive", "forward")))


class Stitch(Adapter):
    capabilities = Capabilities(outputs={"reassemble": ("canvas",)})
    reassemble = adapt(
        stitch, patches="B C N M", positions="B C yx", centre="yx | B yx", canvas=Convention(words=("nan",))
    )


class Moments(Adapter):
    capabilities = Capabilities(outputs={"stats": ("mean", "maximum")})
    stats = adapt(moments, patches="B C N M", mean="C B", maximum="C B")


class Chained(Adapter):
    """The chain in its own conventions."""

    extract = adapt(cut, object="ri H W", positions="B C yx", patches="B C N M")
    illuminate = adapt(light, patches="B C N M", probe="P ri N M", psi="B P C ri N M")
    diffract = adapt(far, psi="B P C ri N M", amplitude="B C N M")


#: One for each stage and its conventions.
RIGHT = {
    "group": (Grouped,),
    "translate": (Shift, ShiftTwo),
    "extract": (Cut,),
    "illuminate": (Light,),
    "diffract": (Far, Intensity, Backwards),
    "reassemble": (Stitch,),
    "stats": (Moments,),
}
