"""A raw dataset out of a scan of another program, its patterns streamed; what was done and lost is said."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import kind_of, open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.violation import ContractError, Violation

from ..carried import CARRIED
from ..files import add_member, add_stream, loaded, new_file
from .foreign_scan import ForeignScan, as_modes

Array = NDArray[Any]

#: Relative difference of width and height of a pixel that counts as none.
_SQUARE: Final = 1e-3
_PROBES: Final = ("probeGuess", "probe")


@dataclass(frozen=True)
class Choices:
    """What a file of another program may leave open."""

    #: N, of patterns that are cut to their middle; None for all of each
    size: int | None = None
    #: metres of a pixel of the object, of the patterns as they are written
    pixel_size_m: float | None = None
    #: a file whose ``probeGuess`` or ``probe`` is taken
    probe: Path | None = None
    #: whether the far field of a probe without a phase may stand for it
    guess_probe: bool = False


def write_raw(scan: ForeignScan, out: Path, choices: Choices, *, overwrite: bool = False) -> list[str]:
    """Write the raw dataset; returns what a person should know of it, a line each.

    Patterns are amplitudes ``diff3d``, float32, of pixels that did not measure 0, and those are False in ``mask``.
    Positions are in pixels, from the upper left of the smallest canvas that holds all patches.

    Raises ValueError where the pixel size or the probe is not known or the patterns are not square, ContractError where
    they hold what no detector counts or the result breaks its contract, and FileExistsError.
    """
    size = _size(scan, choices)
    patterns = _Patterns(scan, size)
    width, height = _pixel(scan, choices, size)
    probe, how = _probe(scan, choices, patterns)
    corner = scan.positions.min(axis=0)
    x, y = ((scan.positions - corner) / (width, height) + size / 2).T
    members: dict[str, Array] = {
        "xcoords": x,
        "ycoords": y,
        "probeGuess": probe,
        "domain": np.array("counts"),
        "axis_order": np.array("NHW"),
    }
    if patterns.measured is not None:
        members["mask"] = patterns.measured
    if scan.metres:
        sides = {"width": width, "height": height}
        pixels = {f"{of}@pixel_{side}_m": sides[side] for of in ("probe", "object") for side in sides}
        facts = {**scan.facts, **pixels}
        members |= {f"{CARRIED}{name}": np.array(value) for name, value in facts.items()}
    with new_file(out, "raw", overwrite=overwrite) as part, zipfile.ZipFile(part, "w") as archive:
        for name, array in members.items():
            add_member(archive, name, array)
        add_stream(archive, "diff3d", (scan.shape[0], size, size), map(np.sqrt, patterns.blocks()))
    return [*_told(scan, patterns, (width, height), how)]


class _Patterns:
    """The middle of the patterns of a scan, as counts that can be."""

    def __init__(self, scan: ForeignScan, size: int) -> None:
        self._scan, self.size = scan, size
        measured = None if scan.measured is None else _middle(scan.measured, size)
        self.measured = None if measured is None or measured.all() else measured
        if measured is not None and not measured.any():
            raise ValueError(f"{scan.path}: the mask leaves out all of {size} x {size} pixels: {scan.mask_words}")
        #: values below zero, of which every pass makes zeros
        self.negative = 0

    def blocks(self) -> Iterator[Array]:
        """Blocks (m, N, N) of float64 counts; ContractError where a pixel that measured holds no number."""
        self.negative, frame = 0, 0
        try:
            for block in self._scan.intensities():
                counts = _middle(block, self.size).astype(np.float64)
                if self.measured is not None:
                    counts[:, ~self.measured] = 0
                if not np.isfinite(counts).all():
                    where = frame + int(np.argwhere(~np.isfinite(counts))[0, 0])
                    self._refuse("finite", "a value that is no number", "finite numbers where the mask has none", where)
                self.negative += int((counts < 0).sum())
                yield np.maximum(counts, 0)
                frame += len(block)
        except Unreadable as error:
            self._refuse("readable", str(error), "intact patterns", frame)

    def mean(self) -> Array:
        """(N, N) mean over the scan."""
        total = np.zeros((self.size, self.size))
        for block in self.blocks():
            total += block.sum(axis=0)
        return total / self._scan.shape[0]

    def _refuse(self, rule: str, found: str, wanted: str, frame: int) -> None:
        raise ContractError([Violation("patterns", rule, found, wanted, f"[{frame}]")], str(self._scan.path)) from None


def _middle(stack: Array, size: int) -> Array:
    """The pixels about the zero frequency, which stays in the middle."""
    rows, columns = (length // 2 - size // 2 for length in stack.shape[-2:])
    return stack[..., rows : rows + size, columns : columns + size]


def _size(scan: ForeignScan, choices: Choices) -> int:
    rows, columns = scan.shape[1:]
    size = rows if choices.size is None else choices.size
    if choices.size is None and rows != columns:
        raise ValueError(f"{scan.path}: patterns of {rows} x {columns} pixels; --size N takes the middle N x N of them")
    if not 0 < size <= min(rows, columns):
        raise ValueError(f"{scan.path}: --size {size} of patterns of {rows} x {columns} pixels")
    return size


def _pixel(scan: ForeignScan, choices: Choices, size: int) -> tuple[float, float]:
    """Width and height of a pixel of patterns that are cut to ``size``."""
    rows, columns = scan.shape[1:]
    if choices.pixel_size_m is not None and scan.metres:
        pixel = (choices.pixel_size_m, choices.pixel_size_m)
    elif scan.pixel is None:
        raise ValueError(
            f"{scan.path}: the size of a pixel of the object: {scan.no_pixel}; --pixel-size METRES says it"
        )
    else:
        pixel = (scan.pixel[0] * columns / size, scan.pixel[1] * rows / size)
    if not all(np.isfinite(one) and one > 0 for one in pixel):
        raise ValueError(
            f"{scan.path}: a pixel of the object of {pixel[0]:.4g} x {pixel[1]:.4g} m, and above 0 is wanted"
        )
    return pixel


def _probe(scan: ForeignScan, choices: Choices, patterns: _Patterns) -> tuple[Array, str]:
    """(P, N, N) complex128 and where it is from."""
    if choices.probe is not None:
        return _cut_probe(scan, _probe_in(choices.probe), patterns.size), f"probe: of {choices.probe}"
    if scan.probe is not None:
        return _cut_probe(scan, scan.probe, patterns.size), "probe: of the file"
    if choices.guess_probe:
        return _guess(patterns.mean()), "probe: a guess, the focus of the mean pattern; its phase is not known"
    raise ValueError(f"{scan.path}: no probe; --probe FILE has one, or --guess-probe makes one of the mean pattern")


def _cut_probe(scan: ForeignScan, probe: Array, size: int) -> Array:
    """The probe of the middle of the patterns: the middle of its far field."""
    modes = as_modes(probe).astype(np.complex128)
    rows, columns = scan.shape[1:]
    if modes.shape[1:] == (size, size):
        return modes
    if modes.shape[1:] != (rows, columns):
        raise ValueError(f"{scan.path}: a probe of {modes.shape[1:]} pixels for patterns of {(rows, columns)}")
    far = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(modes, axes=(1, 2)), norm="ortho"), axes=(1, 2))
    return _from_far_field(_middle(far, size))


def _guess(mean: Array) -> Array:
    return _from_far_field(np.sqrt(mean)[None])


def _from_far_field(far: Array) -> Array:
    """(P, N, N) of a far field with the zero frequency in the middle; light without a phase comes to the middle."""
    near = np.fft.ifft2(np.fft.ifftshift(far, axes=(1, 2)), norm="ortho")
    return np.fft.fftshift(near, axes=(1, 2))


def _probe_in(path: Path) -> Array:
    with open_container(kind_of(path), path, _PROBES, Limits()) as holding:
        for name in _PROBES:
            if isinstance(value := holding.values.get(name), Stored):
                return loaded(path, name, value)
    raise ValueError(f"{path}: neither {' nor '.join(_PROBES)}")


def _told(scan: ForeignScan, patterns: _Patterns, pixel: tuple[float, float], how: str) -> Iterator[str]:
    count, rows, columns = scan.shape
    cut = "" if (rows, columns) == (patterns.size,) * 2 else f", the middle of {rows} x {columns}"
    across, down = np.ceil(np.ptp(scan.positions, axis=0) / pixel) + patterns.size
    # Of positions in another unit, a canvas that nobody has.
    yield f"{count} patterns of {patterns.size} x {patterns.size} pixels{cut}, on a canvas of {across:.6g} x {down:.6g}"
    if scan.metres:
        yield f"a pixel of the object: {pixel[0]:.6g} x {pixel[1]:.6g} m"
    yield how
    if patterns.measured is not None:
        dead = int((~patterns.measured).sum())
        yield f"mask: {dead} pixels did not measure: they are 0, and false in mask"
    if patterns.negative:
        yield f"{patterns.negative} values below zero are 0"
    if abs(pixel[0] / pixel[1] - 1) > _SQUARE:
        yield "pixels of the object are not square, which a raw dataset does not say"
    yield from (f"left out: {one}" for one in scan.lost)
