"""Right ways to write the stages of the optics: probe, exit waves, patterns, scale, counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.fft
from right_base import Right


class OrthoTransform(Right):
    """The transform in its orthonormal form, and the power of the modes without a modulus."""

    def diffract(self, psi: Any) -> Any:
        wave = np.fft.fft2(self.cast(psi), axes=(2, 3), norm="ortho")
        power = (wave.real**2 + wave.imag**2).sum(axis=1)
        return np.sqrt(np.fft.fftshift(power, axes=(1, 2))).astype(self.real)


class ForwardTransform(Right):
    """The transform that divides by N^2 itself, scaled up afterwards; the norm over the modes."""

    def diffract(self, psi: Any) -> Any:
        side = psi.shape[2]
        wave = np.fft.fftn(self.cast(psi), axes=(2, 3), norm="forward") * self.real.type(side)
        return np.fft.fftshift(np.linalg.norm(wave, axis=1), axes=(1, 2)).astype(self.real)


class TwoTransforms(Right):
    """Columns, then rows, each divided by sqrt(N); each mode shifted before it is squared and added in a loop."""

    def diffract(self, psi: Any) -> Any:
        root = np.sqrt(self.real.type(psi.shape[2]))
        wave = np.fft.fft(np.fft.fft(self.cast(psi), axis=2) / root, axis=3) / root
        power = np.zeros((len(psi), *psi.shape[2:]), self.real)
        for mode in range(psi.shape[1]):
            one = np.fft.fftshift(wave[:, mode], axes=(1, 2))
            power += np.abs(one).astype(self.real) ** 2
        return np.sqrt(power)


class PreciseTransform(Right):
    """SciPy's transform, in float32 where float32 is asked, of waves whose last two axes are those of the image."""

    def diffract(self, psi: Any) -> Any:
        waves = np.moveaxis(self.cast(psi), 4, 2)
        power = np.square(np.abs(scipy.fft.fft2(waves))).sum(axis=1) / self.real.type(psi.shape[2] ** 2)
        return np.moveaxis(np.sqrt(np.roll(power, psi.shape[2] // 2, axis=(2, 3))), 1, 3).astype(self.real)


class WideTransform(Right):
    """NumPy's transform in float64 of whatever was given, rounded once at the end."""

    def diffract(self, psi: Any) -> Any:
        wave = np.fft.fft2(psi.astype(np.complex128), axes=(2, 3)) / psi.shape[2]
        power = np.einsum("bmrkc,bmrkc->brkc", wave, wave.conj()).real
        return np.sqrt(np.fft.fftshift(power, axes=(1, 2))).astype(self.real)


class InverseTransform(Right):
    """The conjugate of the inverse transform of the conjugate, multiplied up."""

    def diffract(self, psi: Any) -> Any:
        wave = np.fft.ifft2(self.cast(psi).conj(), axes=(2, 3)).conj() * self.real.type(psi.shape[2])
        power = np.sum((wave * wave.conj()).real, axis=1)
        return np.fft.fftshift(np.sqrt(power), axes=(1, 2)).astype(self.real)


class MatrixTransform(Right):
    """The transform as two products in float64 with the matrix of its roots of unity. In float32 a product of 256 terms
    is as far off as the order in which a processor's library adds them up.
    """

    def diffract(self, psi: Any) -> Any:
        side = psi.shape[2]
        places = np.arange(side)
        roots = np.exp(-2j * np.pi * (np.outer(places - side // 2, places) % side) / side) / np.sqrt(side)
        wave = roots @ np.moveaxis(psi.astype(complex), 4, 2) @ roots.T
        return np.sqrt(np.moveaxis((wave.real**2 + wave.imag**2).sum(axis=1), 1, 3)).astype(self.real)


class PhasedTransform(Right):
    """The zero frequency in the middle by a phase on the wave, and not by moving what comes out."""

    def diffract(self, psi: Any) -> Any:
        side = psi.shape[2]
        ramp = np.exp(2j * np.pi * (side // 2) * np.arange(side) / side).astype(self.complex)
        wave = self.cast(psi) * (ramp[:, None] * ramp)[:, :, None] / self.real.type(side)
        power = np.abs(np.fft.fft2(wave, axes=(2, 3))) ** 2
        return np.sqrt(np.add.reduce(power, axis=1)).astype(self.real)


class SeparateParts(Right):
    """A complex product from three real ones, and a transform of each part by itself."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        o, p = self.cast(patches)[:, None], self.cast(probe)[None, ..., None]
        first = p.real * (o.real + o.imag)
        second, third = o.real * (p.imag - p.real), o.imag * (p.real + p.imag)
        return (first - third + 1j * (first + second)).astype(self.complex)

    def diffract(self, psi: Any) -> Any:
        wave = self.cast(psi) / self.real.type(psi.shape[2])
        real, imag = (np.fft.fft2(part, axes=(2, 3)) for part in (wave.real, wave.imag))
        power = ((real.real - imag.imag) ** 2 + (real.imag + imag.real) ** 2).sum(axis=1)
        return np.fft.fftshift(np.sqrt(power), axes=(1, 2)).astype(self.real)


class SummedProduct(Right):
    """The product as an Einstein sum; the probe by a sum over a count, and by its reciprocal."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        return np.einsum("brkc,mrk->bmrkc", self.cast(patches), self.cast(probe))

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        values = self.cast(probe)
        side = values.shape[-1]
        if masked:
            line = np.arange(side, dtype=self.real) - side // 2
            values = np.where(np.hypot(line[:, None], line) <= side / 4, values, 0)
        factor = (
            self.real.type(probe_scale) * np.abs(values).sum(axis=0).sum(axis=1).sum() / self.real.type(values.size)
        )
        return {"probe": values * (1 / factor), "factor": factor}


class PartsOfPrecision(Right):
    """The real and the imaginary part of a product by themselves; the probe divided by its mean, then by the scale."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        out = np.empty((len(patches), len(probe), *patches.shape[1:]), self.complex)
        for k, mode in enumerate(self.cast(probe)):
            m, o = mode[None, :, :, None], self.cast(patches)
            out[:, k].real = o.real * m.real - o.imag * m.imag
            out[:, k].imag = o.real * m.imag + o.imag * m.real
        return out

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        values = self.cast(probe)
        if masked:
            side = values.shape[-1]
            rows, columns = np.ogrid[:side, :side]
            away = (rows - side // 2) ** 2 + (columns - side // 2) ** 2
            values = values * (16 * away <= side**2).astype(self.real)
        mean = np.hypot(values.real, values.imag).mean(axis=(1, 2)).mean()
        scale = self.real.type(probe_scale)
        return {"probe": (values / mean / scale).astype(self.complex), "factor": self.real.type(mean * scale)}


class AveragedProbe(Right):
    """The mean of the moduli of all that is lit, mode by mode, in float64."""

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Mapping[str, Any]:
        values, side = probe.astype(np.complex128), probe.shape[-1]
        away = np.indices((side, side)) - side // 2
        lit = (away**2).sum(axis=0) <= side**2 / 16 if masked else np.ones((side, side), bool)
        means = [np.average(np.abs(mode), weights=None if not masked else lit) for mode in values]
        factor = probe_scale * np.mean(means) * lit.mean()
        return {"probe": (values * lit / factor).astype(self.complex), "factor": float(factor)}


class ScaleOfNorm(Right):
    """The scale of the data from the norm of all its waves at once."""

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            return {"scale": learned, "source": "learned"}
        if psi is not None:
            patterns = psi.shape[0] * psi.shape[4]
            found = np.sqrt(nphotons * patterns) / np.linalg.norm(self.cast(psi).ravel())
            return {"scale": float(found), "source": "data"}
        return {"scale": float(2 / size * np.sqrt(nphotons)), "source": "closed"}


class ScalarOfItsPrecision(Right):
    """A scale in the precision of the backend, from sums in float64."""

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        if learned is not None:
            return {"scale": self.real.type(learned), "source": "learned"}
        if psi is not None:
            power = (np.abs(psi.astype(np.complex128)) ** 2).sum(axis=(1, 2, 3))
            return {"scale": self.real.type(np.sqrt(nphotons / power.mean())), "source": "data"}
        return {"scale": self.real.type(np.sqrt(nphotons) / (size / 2)), "source": "closed"}


class ScaleInItsPrecision(Right):
    """Nothing but the precision of the backend: sums along strided axes, a quotient of roots."""

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Mapping[str, Any]:
        photons = np.sqrt(self.real.type(nphotons))
        if learned is not None:
            return {"scale": self.real.type(learned), "source": "learned"}
        if psi is not None:
            wave = self.cast(psi)
            power = (wave.real**2 + wave.imag**2).mean(axis=(0, 4)).sum(axis=0).sum(axis=0).sum()
            return {"scale": photons / np.sqrt(power), "source": "data"}
        return {"scale": 2 * photons / self.real.type(size), "source": "closed"}


class CountsOfItsPrecision(Right):
    """Counts drawn by the generator of old, pattern by pattern, of rates squared after the product."""

    def observe(self, amplitude: Any, scale: float, seed: int) -> Any:
        bits = np.random.RandomState(seed)
        drawn = [bits.poisson(scale**2 * one.astype(np.float64) ** 2) for one in amplitude]
        return np.array(drawn, np.float64).reshape(amplitude.shape)
