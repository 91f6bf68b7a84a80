"""The NumPy float64 implementation of every stage: slow, plain, short, sharing no code, table or number with a backend.

What is a convention, and no mistake, is a parameter, of which the default is ours.
It refuses nothing and optimises nothing. In ``float32`` it serves only as evidence of how far round-off alone can go.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, fsum, lgamma
from typing import Any, Final

import numpy as np

from parity_suite.ptychography import oracle_network
from parity_suite.ptychography.oracle_network import Array

#: Canvas pixels with a smaller sum of weights are not covered.
COVER_THRESHOLD: Final = 1e-3
#: The Poisson rate is held at or above this value, with gradient 0 below.
RATE_FLOOR: Final = 1e-6


class Oracle:
    """Every stage of :mod:`parity_suite.ptychography.pipeline`, each a transcription of its formula."""

    def __init__(self, *, device: str = "cpu", precision: str = "float64") -> None:
        if device != "cpu":
            raise ValueError(f"device: the oracle runs on the cpu, not on {device!r}")
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def _cast(self, array: Array) -> Array:
        return np.asarray(array, self.complex if np.iscomplexobj(array) else self.real)

    def probe(
        self,
        probe: Array,
        probe_scale: float,
        masked: bool,
        *,
        mask_centre: str = "pixel",
        mask_softness: float = 0.0,
        norm_of: str = "probe",
    ) -> Mapping[str, Any]:
        p = self._cast(probe)
        mask = np.asarray(disk(p.shape[-1], mask_centre, mask_softness), self.real)
        used = p * mask if masked else p
        factor = probe_scale * np.mean(np.abs(p * mask if norm_of == "masked" else used))
        return {"probe": used / factor, "factor": float(factor)}

    def group(
        self,
        positions: Array,
        gridsize: int,
        neighbours: int | None = None,
        draws: Array | None = None,
        *,
        seed: str = "first",
        ties: str = "lowest",
    ) -> Mapping[str, Array]:
        xy = np.asarray(positions, np.float64)
        channels = gridsize**2
        rows = []
        first = -1 if ties == "highest" else 1
        for point in range(len(xy)):
            distance = (xy[:, 0] - xy[point, 0]) ** 2 + (xy[:, 1] - xy[point, 1]) ** 2
            order = sorted((d, first * i, i) for i, d in enumerate(distance.tolist()) if i != point)
            nearest = [i for _, _, i in order]
            if draws is not None:
                rows += [[point, *(nearest[k] for k in pick)] for pick in draws[point].tolist()]
            else:
                rows.append([point, *nearest][:channels] if seed == "first" else nearest[:channels])
        indices = np.array(rows, np.int64).reshape(-1, channels)
        grouped = np.moveaxis(xy[indices], 2, 1)[:, None]
        offsets = grouped.mean(axis=3, keepdims=True)
        return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}

    def layout(self, images: Array, source: str, target: str, gridsize: int) -> Array:
        g, c = gridsize, gridsize**2
        n = images.shape[-2]
        b = images.shape[0] // c if source == "flat" else images.shape[0]
        grid = np.zeros((b, g, g, n, n, 1), images.dtype)
        for item in range(b):
            for k in range(c):
                one = {
                    "grid": lambda i, k: images[i, k // g, k % g, :, :, 0],
                    "channel": lambda i, k: images[i, :, :, k],
                    "flat": lambda i, k: images[i * c + k, :, :, 0],
                }[source](item, k)
                grid[item, k // g, k % g, :, :, 0] = one
        if target == "grid":
            return np.asarray(grid)
        channels = [grid[:, k // g, k % g, :, :, 0] for k in range(c)]
        if target == "channel":
            return np.stack(channels, axis=3)
        return np.stack(channels, axis=1).reshape(b * c, n, n, 1)

    def extract(self, object: Array, positions: Array, size: int) -> Array:
        canvas = self._cast(object)
        batch, _, _, channels = positions.shape
        out = np.zeros((batch, size, size, channels), canvas.dtype)
        for b in range(batch):
            for c in range(channels):
                x, y = positions[b, 0, :, c].astype(np.float64) - size // 2
                out[b, :, :, c] = self._sample(canvas, y, x, (size, size))
        return out

    def illuminate(self, patches: Array, probe: Array) -> Array:
        o, p = self._cast(patches), self._cast(probe)
        return np.stack([o * mode[None, :, :, None] for mode in p], axis=1)

    def diffract(self, psi: Array) -> Array:
        wave = self._cast(psi)
        n = wave.shape[2]
        intensity: Array = np.sum(np.abs(np.fft.fft2(wave, axes=(2, 3))) ** 2, axis=1) / n**2
        return np.asarray(np.sqrt(np.fft.fftshift(intensity, axes=(1, 2))))

    def scale(self, psi: Array | None, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            return {"scale": float(learned), "source": "learned"}
        if psi is not None:
            power = np.mean(np.sum(np.abs(self._cast(psi)) ** 2, axis=(1, 2, 3)))
            return {"scale": float(np.sqrt(nphotons / power)), "source": "data"}
        return {"scale": float(np.sqrt(nphotons) / (size / 2)), "source": "closed"}

    def observe(self, amplitude: Array, scale: float, seed: int) -> Array:
        rate = (scale * np.asarray(amplitude, np.float64)) ** 2
        return np.random.default_rng(seed).poisson(rate).astype(np.float64)

    def network(self, amplitude: Array, probe: Array, scale: float, weights: Array) -> Array:
        return oracle_network.network(self._cast(amplitude), np.asarray(probe, self.complex), scale, weights)

    def translate(
        self, images: Array, offsets: Array, interpolation: str | None = None, *, halves: str = "up"
    ) -> Array:
        stack = self._cast(images)
        out = np.zeros_like(stack)
        for b in range(len(stack)):
            x, y = offsets[b * len(offsets) // len(stack)].astype(np.float64)
            if interpolation == "nearest":
                x, y = (np.rint(v) if halves == "even" else np.floor(v) + (v - np.floor(v) >= 0.5) for v in (x, y))
            out[b, :, :, 0] = self._sample(stack[b, :, :, 0], -y, -x, stack.shape[1:3])
        return out

    def reassemble(
        self,
        patches: Array,
        positions: Array,
        centre: Array,
        canvas: tuple[int, int],
        batch: int | None = None,
    ) -> Mapping[str, Array]:
        tiles = self._cast(patches)
        groups, n, _, channels = tiles.shape
        own = centre.ndim > 1
        numerator = np.zeros((groups if own else 1, *canvas), tiles.dtype)
        count = np.zeros(numerator.shape, self.real)
        for b in range(groups):
            middle = (centre[b, 0, :, 0] if own else centre).astype(np.float64)
            for c in range(channels):
                x, y = positions[b, 0, :, c].astype(np.float64) - middle + np.array(canvas[::-1]) // 2 - n // 2
                tile, one = tiles[b, :, :, c], np.ones((n, n), self.real)
                numerator[b if own else 0] += self._sample(tile, -y, -x, canvas)
                count[b if own else 0] += self._sample(one, -y, -x, canvas)
        covered = count >= COVER_THRESHOLD
        filled = np.where(covered, numerator / np.where(covered, count, 1), 0)
        result = {"numerator": numerator, "count": count, "canvas": filled}
        return result if own else {name: value[0] for name, value in result.items()}

    def loss(
        self,
        amplitude: Array,
        counts: Array,
        scale: float,
        patches: Array,
        *,
        nll_mean: str = "batch",
        log_factorial: bool = False,
        mae_mean: str = "pixels",
        variation_norm: str = "modulus",
        variation_mean: str = "batch",
    ) -> Mapping[str, float]:
        a, o = self._cast(amplitude), self._cast(patches)
        rate = np.maximum((scale * a) ** 2, RATE_FLOOR)
        nll = np.sum(rate - counts * np.log(rate))
        if log_factorial:
            nll += fsum(lgamma(n + 1) for n in np.ravel(counts).tolist())
        mae = np.sum(np.abs(scale * a - np.sqrt(counts)))
        variation = sum(np.sum(_size(np.diff(o, axis=axis), variation_norm)) for axis in (1, 2))
        return {
            "poisson_nll": float(nll / divisor(nll_mean, a)),
            "amplitude_mae": float(mae / divisor(mae_mean, a)),
            "total_variation": float(variation / divisor(variation_mean, o)),
        }

    def objective(
        self,
        counts: Array,
        positions: Array,
        centres: Array,
        probe: Array,
        scale: float,
        weights: Array,
        canvas: tuple[int, int],
        object_big: bool,
        power: float | None = None,
        *,
        nll_mean: str = "batch",
        log_factorial: bool = False,
    ) -> Mapping[str, Any]:
        p = np.asarray(probe, self.complex)
        if power is not None:
            p = p * np.sqrt(self.real.type(power) / np.sum(np.abs(p) ** 2))
        patches = self.network(np.sqrt(counts), p, scale, weights)
        if object_big:
            canvases = self.reassemble(patches, positions, centres, canvas)["canvas"]
            places = positions - centres + np.array(canvas[::-1]).reshape(1, 1, 2, 1) // 2
            cut = [self.extract(one, places[b : b + 1], p.shape[-1]) for b, one in enumerate(canvases)]
            patches = np.concatenate(cut)
        amplitude = self.diffract(self.illuminate(patches, p))
        loss = self.loss(amplitude, counts, scale, patches, nll_mean=nll_mean, log_factorial=log_factorial)
        return {"amplitude": amplitude, "poisson_nll": loss["poisson_nll"]}

    def stats(self, patches: Array, *, std_ddof: int = 0) -> Mapping[str, Array]:
        batch, rows, columns, channels = patches.shape
        # Each patch contiguous: only then does NumPy sum it pairwise, and the oracle is better than what it judges.
        x = np.ascontiguousarray(np.moveaxis(np.abs(self._cast(patches)), 3, 1))
        x = x.reshape(batch, channels, rows * columns)
        mean = x.mean(axis=2)
        variance = np.mean((x - mean[:, :, None]) ** 2, axis=2)
        return {
            "mean": mean,
            "std": np.sqrt(variance if std_ddof == 0 else variance * (rows * columns / (rows * columns - std_ddof))),
            "minimum": x.min(axis=2),
            "maximum": x.max(axis=2),
            "var_zero_mean": variance,
        }

    def _sample(self, image: Array, top: float, left: float, shape: tuple[int, ...]) -> Array:
        """``out[r, c] = image(top + r, left + c)``, bilinear, zero outside the image."""
        row, column = int(np.floor(top)), int(np.floor(left))
        fy, fx = self.real.type(top - row), self.real.type(left - column)
        out = np.zeros(shape, image.dtype)
        for dy, wy in ((0, 1 - fy), (1, fy)):
            for dx, wx in ((0, 1 - fx), (1, fx)):
                out += wy * wx * _window(image, row + dy, column + dx, shape)
        return out


def disk(n: int, centre: str = "pixel", softness: float = 0.0) -> Array:
    """The mask (n, n) of a probe: a disk of radius n/4 around a ``pixel`` n//2, the ``middle`` (n - 1)/2 or the
    ``corner`` n//2 - 1/2; softened by a Gaussian of so many pixels, cut off at three of them, to a greatest value of 1.
    """
    away = np.arange(n) - {"pixel": n // 2, "middle": (n - 1) / 2, "corner": n // 2 - 0.5}[centre]
    mask = (away[:, None] ** 2 + away**2 <= (n / 4) ** 2).astype(np.float64)
    if softness:
        reach = ceil(3 * softness)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / softness) ** 2)
        for _ in (0, 1):
            mask = np.array([np.convolve(line, kernel)[reach : reach + n] for line in mask]).T
        mask = mask / np.max(mask)
    return mask


def divisor(mean: str, array: Array) -> int:
    """What a sum over (B, ..) is divided by: its items, all its numbers, or nothing."""
    return {"batch": len(array), "pixels": array.size, "none": 1}[mean]


def _size(steps: Array, norm: str) -> Array:
    """The sizes of complex differences: moduli, their squares, or those of real and imaginary part together."""
    if norm == "parts":
        return np.asarray(np.abs(steps.real) + np.abs(steps.imag))
    return np.asarray(np.abs(steps) if norm == "modulus" else steps.real**2 + steps.imag**2)


def _window(image: Array, top: int, left: int, shape: tuple[int, ...]) -> Array:
    """The part of ``image`` that starts at a whole pixel, zero where the image ends."""
    out = np.zeros(shape, image.dtype)
    first = max(0, -top), max(0, -left)
    last = min(shape[0], image.shape[0] - top), min(shape[1], image.shape[1] - left)
    if first[0] < last[0] and first[1] < last[1]:
        out[first[0] : last[0], first[1] : last[1]] = image[
            top + first[0] : top + last[0], left + first[1] : left + last[1]
        ]
    return out
