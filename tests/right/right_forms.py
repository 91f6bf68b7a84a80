"""Right ways to write stages that differ in what they hand out and how it was made: subclasses of arrays, views that
nobody may write into, scalars of every make, buffers of their own, sums that carry what they lose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.fft
from right_base import Right


class Tagged(np.ndarray[Any, Any]):
    """An array of a class of its own."""


class TaggedPatterns(Right):
    """Patterns by a real and an imaginary plane, handed out as a subclass of an array."""

    def diffract(self, psi: Any) -> Any:
        wave = scipy.fft.fftn(self.cast(psi), axes=(2, 3), norm="ortho", workers=2)
        power = np.add.reduce(np.square(wave.real) + np.square(wave.imag), axis=1)
        return np.sqrt(scipy.fft.fftshift(power, axes=(1, 2))).astype(self.real).view(Tagged)


class BufferedPatterns(Right):
    """Every operation into a buffer that is kept, by ``out``; what is handed out is a copy."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__(device=device, precision=precision)
        self.rooms: dict[tuple[int, ...], Any] = {}

    def diffract(self, psi: Any) -> Any:
        room = self.rooms.setdefault(psi.shape, np.empty(psi.shape, self.complex))
        np.copyto(room, psi)
        room[...] = np.fft.fft2(room, axes=(2, 3), norm="ortho")
        power = np.empty(psi.shape, self.real)
        np.multiply(room.real, room.real, out=power)
        np.add(power, room.imag * room.imag, out=power)
        total = np.sum(power, axis=1)
        np.sqrt(total, out=total)
        return np.fft.fftshift(total, axes=(1, 2)).copy(order="F")


class LockedWaves(Right):
    """Waves by an outer product of axes that were moved, handed out as a view that nobody may write into."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        waves = np.multiply.outer(np.ones(1), self.cast(probe)[:, None, :, :, None] * self.cast(patches)[None])
        view = np.swapaxes(waves[0], 0, 1).astype(self.complex, order="F", copy=False)
        view.setflags(write=False)
        return view


class MaskedCanvas(Right):
    """Four corners scattered one after the other; the canvas divided under a mask, and filled."""

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: Any, batch: int | None = None
    ) -> Mapping[str, Any]:
        tiles, own = self.cast(patches), centre.ndim > 1
        groups, side, _, channels = tiles.shape
        height, width = canvas
        numerator = np.zeros((groups if own else 1, height, width), tiles.dtype)
        count = np.zeros(numerator.shape, self.real)
        for b, c in np.ndindex(groups, channels):
            middle = np.float64(centre[b, 0, :, 0] if own else centre)
            x, y = np.float64(positions[b, 0, :, c]) - middle + np.array([width // 2, height // 2]) - side // 2
            whole = np.floor([y, x])
            (fy, fx), corner = np.array([y, x]) - whole, np.clip(whole, -(2.0**40), 2.0**40).astype(np.int64)
            for step in np.ndindex(2, 2):
                weight = self.real.type((fy if step[0] else 1 - fy) * (fx if step[1] else 1 - fx))
                rows, columns = (corner[k] + step[k] + np.arange(side) for k in (0, 1))
                inside = np.ix_((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
                here = np.ix_(rows[(rows >= 0) & (rows < height)], columns[(columns >= 0) & (columns < width)])
                np.add.at(numerator[b if own else 0], here, weight * tiles[b, :, :, c][inside])
                np.add.at(count[b if own else 0], here, weight)
        divided = np.ma.masked_array(numerator, mask=count < 1e-3) / np.where(count < 1e-3, 1, count)
        found = {"numerator": numerator, "count": count, "canvas": divided.filled(0).astype(tiles.dtype)}
        return found if own else {name: value[0] for name, value in found.items()}


class CarriedSums(Right):
    """Mean and variance by sums in the precision that carry what each step loses (Kahan 1965)."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.abs(self.cast(patches))
        lines = size.reshape(len(size), size.shape[1] * size.shape[2], size.shape[3])
        count = self.real.type(lines.shape[1])
        mean = self._sum(lines) / count
        spread = self._sum((lines - mean[:, None]) ** 2) / count
        found = {"mean": mean, "std": np.sqrt(spread), "var_zero_mean": spread}
        return found | {"minimum": lines.min(axis=1), "maximum": lines.max(axis=1)}

    def _sum(self, lines: Any) -> Any:
        total, lost = np.zeros_like(lines[:, 0]), np.zeros_like(lines[:, 0])
        for k in range(lines.shape[1]):
            term = lines[:, k] - lost
            more = total + term
            total, lost = more, (more - total) - term
        return total


class WholeNumbersOfLosses(Right):
    """Losses by ``math.fsum`` over Python's numbers; handed out as plain floats."""

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Mapping[str, Any]:
        scaled = [scale * a for a in np.ravel(amplitude).tolist()]
        measured = np.ravel(counts).tolist()
        rates = [max(a * a, 1e-6) for a in scaled]
        nll = math.fsum(r - n * math.log(r) for r, n in zip(rates, measured, strict=True))
        mae = math.fsum(abs(a - math.sqrt(n)) for a, n in zip(scaled, measured, strict=True))
        steps = (np.abs(np.diff(patches.astype(complex), axis=axis)).ravel() for axis in (1, 2))
        variation = math.fsum(math.fsum(one.tolist()) for one in steps)
        batch = len(amplitude)
        return {
            "poisson_nll": nll / batch,
            "amplitude_mae": mae / len(measured),
            "total_variation": variation / batch,
        }


class ScalarsWithoutAxes(Right):
    """A probe by the hypotenuse of its parts, and a scale by a fraction; scalars are arrays of no axes."""

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        given, side = self.cast(probe), probe.shape[-1]
        places = np.arange(side) - side // 2
        lit = 16 * np.add.outer(places**2, places**2) <= side**2
        used = np.where(lit, given, 0) if masked else given
        factor = np.asarray(probe_scale * np.hypot(used.real, used.imag).mean(dtype=np.float64))
        return {"probe": np.true_divide(used, factor).astype(self.complex), "factor": factor}

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            return {"scale": np.asarray(float(learned)), "source": "learned"}
        if psi is not None:
            wave = psi.astype(np.complex128)
            power = np.vdot(wave, wave).real / (len(psi) * psi.shape[4])
            return {"scale": np.asarray(math.sqrt(nphotons / power)), "source": "data"}
        photons = math.sqrt(Fraction(nphotons))
        return {"scale": np.asarray(2 * photons / size), "source": "closed"}


class PatternsOfTheirOwnSeed(Right):
    """Counts of another generator, whose key is the seed, as whole numbers on the way."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        bits = np.random.Generator(np.random.Philox(key=seed))
        rate = np.square(float(scale) * amplitude.astype(np.float64))
        drawn: Any = bits.poisson(rate)
        return drawn.astype(np.int64).astype(np.float64)


class MovedByMatrices(Right):
    """Images moved by one sparse row and one column of weights each, contracted by ``einsum`` in complex128, then
    cast.
    """

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        stack = self.cast(images)
        places = np.repeat(np.asarray(offsets, np.float64), len(stack) // max(1, len(offsets)), axis=0)
        if interpolation == "nearest":
            whole = np.floor(places)
            places = whole + (places - whole >= 0.5)
        moves = [_weights(places[:, 1 - axis], stack.shape[1 + axis]) for axis in (0, 1)]
        moved = np.einsum("bij,bjkc,blk->bilc", moves[0], stack, moves[1], optimize=True)
        return moved.astype(stack.dtype)


def _weights(offset: Any, side: int) -> Any:
    """(B, side, side) of the weight that line j has in line i."""
    whole = np.floor(offset)
    fraction = offset - whole
    apart = np.arange(side)[:, None] - np.arange(side) - whole[:, None, None]
    return (apart == 0) * (1 - fraction)[:, None, None] + (apart == 1) * fraction[:, None, None]


class CutThroughPadding(Right):
    """Patches cut out of an object with a border of zeros, by views that slide over it."""

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        padded = np.pad(self.cast(object), size + 1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size + 1, size + 1))
        out = np.zeros((len(positions), size, size, positions.shape[3]), padded.dtype)
        for b, c in np.ndindex(len(positions), positions.shape[3]):
            x, y = positions[b, 0, :, c].astype(np.float64) - size // 2
            row, column = np.floor([y, x]) + size + 1
            if 0 <= row < len(windows) and 0 <= column < windows.shape[1]:
                window = windows[int(row), int(column)]
                fy, fx = (self.real.type(one % 1) for one in (y, x))
                upper, lower = ((1 - fx) * part[:, :-1] + fx * part[:, 1:] for part in (window[:-1], window[1:]))
                out[b, ..., c] = (1 - fy) * upper + fy * lower
        return out


class GroupsOfRecords(Right):
    """Neighbours by sorting records of distance and index; whole layouts by one view that is copied."""

    def group(
        self, positions: Any, gridsize: int, neighbours: int | None = None, draws: Any | None = None
    ) -> Mapping[str, Any]:
        xy, channels, rows = np.asarray(positions, np.float64), gridsize**2, []
        for seed, here in enumerate(xy):
            away = np.zeros(len(xy), [("distance", np.float64), ("index", np.int64)])
            away["distance"], away["index"] = np.square(xy - here).sum(axis=1), np.arange(len(xy))
            away["distance"][seed] = -1
            order = np.sort(away, order=("distance", "index"))["index"][1:]
            rows += [[seed, *order[k]] for k in ([np.arange(channels - 1)] if draws is None else draws[seed])]
        indices = np.asarray(rows, np.int64).reshape(-1, channels)
        grouped = np.moveaxis(positions[indices], 1, 2)[:, None]
        middle = np.average(grouped, axis=3, keepdims=True)
        return {
            "indices": indices,
            "coords_offsets": middle.astype(self.real),
            "coords_relative": np.subtract(middle, grouped).astype(self.real),
        }
