"""The ramp and the sub-pixel shift between two complex images, one of them known only in part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.ptychography.evaluation.windows import tapered

Pair = tuple[float, float]

#: The least part of the covered pixels that must lie on the truth for a shift to be tried.
_OVERLAP: Final = 0.5
#: Six real unknowns want three complex numbers; ten times that, so that a ramp and a shift are more than noise.
_LEAST_PIXELS: Final = 30
#: Pixels along the border of the truth that are left out, where its shift has seen its own mirror image.
_BORDER: Final = 3


def tilted(image: Array, ramp: Pair) -> Array:
    """(H, W) complex times ``exp(i ramp . (r - c))``, ramp [x, y] in rad per pixel, c the pixel (H//2, W//2)."""
    y, x = _grid(image.shape)
    return np.asarray(image * np.exp(1j * (ramp[0] * x + ramp[1] * y)))


def shifted(image: Array, shift: Pair) -> Array:
    """``out(r) = image(r - shift)``, band-limited (a factor in Fourier space), [x, y] in pixels: +x moves right.

    The image goes on beyond its border as its own mirror image, so that no step there can ring.
    """
    return _Spectrum(image).shifted(shift)


def find_gauge(canvas: Array, truth: Array, covered: Array) -> tuple[Pair, Pair]:
    """Ramp and shift [x, y] for which ``a exp(i ramp . (r - c)) truth(r - shift)`` comes nearest to the canvas.

    Coarse: either candidate shift is given the ramp at the peak of the spectrum of ``conj(truth(r - shift)) canvas``,
    and the pair that explains more is kept. Fine: least squares in ramp, shift and the complex factor a, over the
    covered pixels (Levenberg-Marquardt with the exact derivatives, scipy.optimize).

    Raises ``ValueError`` where too few covered pixels lie off the border.
    """
    usable = int(np.sum(covered & _inside(truth.shape, (0.0, 0.0))))
    if usable < _LEAST_PIXELS:
        raise ValueError(f"covered: {usable} pixels off the border, too few to find a ramp and a shift")
    spectrum = _Spectrum(truth)
    canvas = canvas / np.abs(canvas[covered]).max()
    shifts = _candidate_shifts(canvas, truth, covered)
    starts = [_Start(canvas, spectrum, covered & _inside(truth.shape, shift), shift) for shift in shifts]
    return _refined(canvas, spectrum, max(starts, key=lambda start: start.score))


class _Start:
    """A shift with its ramp and factor, over the pixels where canvas and shifted truth are both known."""

    def __init__(self, canvas: Array, spectrum: _Spectrum, mask: Array, shift: Pair) -> None:
        self.mask, self.shift = mask, shift
        model = np.where(mask, spectrum.shifted(shift), 0)
        self.ramp = _peak_ramp(np.conj(model) * canvas)
        model = tilted(model, self.ramp)
        inner, norm = np.vdot(model, canvas), float(np.linalg.norm(model))
        usable = norm > 0 and int(mask.sum()) >= _LEAST_PIXELS
        #: the length of the part of the canvas that the model explains: it falls with the overlap, too
        self.score = float(abs(inner)) / norm if usable else -1.0
        self.factor = complex(inner / norm**2) if usable else 0j


def _candidate_shifts(canvas: Array, truth: Array, covered: Array) -> Iterator[Pair]:
    """No shift, and that of the edges once the ramp is out: pure phase and pure amplitude objects both have edges."""
    yield 0.0, 0.0
    x, y = _spectral_ramp(canvas, truth, covered)
    level = tilted(canvas, (-x, -y))
    yield _whole_shift(_edges(level), _edges(truth), _inner(covered))


def _whole_shift(image: Array, truth: Array, mask: Array) -> Pair:
    """The shift of ``image`` in whole pixels, by masked normalised cross-correlation (Padfield 2012)."""
    from skimage.registration import phase_cross_correlation

    back, *_ = phase_cross_correlation(
        truth, image, reference_mask=np.ones_like(mask), moving_mask=mask, overlap_ratio=_OVERLAP
    )
    return -float(back[1]), -float(back[0])


def _spectral_ramp(canvas: Array, truth: Array, covered: Array) -> Pair:
    """The ramp by which the modulus of the spectrum is displaced, which no shift changes.

    To 1/32 of a bin: what is left of a ramp is an edge everywhere, and must be fainter than those of the object.
    """
    from skimage.registration import phase_cross_correlation

    window = tapered(covered)
    moduli = [np.abs(np.fft.fft2(window * image)) for image in (truth, canvas)]
    back, *_ = phase_cross_correlation(*moduli, upsample_factor=32, normalization=None)
    return -2 * np.pi * float(back[1]) / canvas.shape[1], -2 * np.pi * float(back[0]) / canvas.shape[0]


def _peak_ramp(product: Array) -> Pair:
    """The ramp at the peak of the spectrum, to a quarter of the width of that peak."""
    height, width = product.shape
    return _peak_frequency(np.fft.fft2(product, s=(2 * height, 2 * width)))


def _peak_frequency(values: Array) -> Pair:
    """Where the modulus is greatest, read as a frequency [x, y] in rad per pixel."""
    row, column = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    height, width = values.shape
    return float(2 * np.pi * np.fft.fftfreq(width)[column]), float(2 * np.pi * np.fft.fftfreq(height)[row])


def _refined(canvas: Array, spectrum: _Spectrum, start: _Start) -> tuple[Pair, Pair]:
    from scipy.optimize import least_squares

    mask = start.mask
    y, x = (np.broadcast_to(axis, mask.shape)[mask] for axis in _grid(mask.shape))
    target = canvas[mask]
    unknowns = np.array([*start.ramp, *start.shift, start.factor.real, start.factor.imag])

    def residual(p: Array) -> Array:
        wave = (p[4] + 1j * p[5]) * np.exp(1j * (p[0] * x + p[1] * y))
        return _parts(wave * spectrum.shifted((p[2], p[3]))[mask] - target)

    def jacobian(p: Array) -> Array:
        wave, factor = np.exp(1j * (p[0] * x + p[1] * y)), p[4] + 1j * p[5]
        moved, slope_x, slope_y = (wave * part[mask] for part in spectrum.with_slopes((p[2], p[3])))
        columns = (1j * factor * x * moved, 1j * factor * y * moved, -factor * slope_x, -factor * slope_y)
        return np.stack([_parts(column) for column in (*columns, moved, 1j * moved)], axis=1)

    found = least_squares(residual, unknowns, jacobian, method="lm", x_scale="jac", max_nfev=100).x
    return (float(found[0]), float(found[1])), (float(found[2]), float(found[3]))


class _Spectrum:
    """The Fourier transform of an image and its mirror images, ready to be shifted by any amount."""

    def __init__(self, image: Array) -> None:
        self.shape = height, width = image.shape
        # The mirrored image has no component at the Nyquist frequency, whose shift would be ambiguous.
        self.values = np.fft.fft2(np.pad(image, ((0, height), (0, width)), mode="symmetric"))
        self.y = 2 * np.pi * np.fft.fftfreq(2 * height)[:, None]
        self.x = 2 * np.pi * np.fft.fftfreq(2 * width)

    def shifted(self, shift: Pair) -> Array:
        return self._image(self._moved(shift))

    def with_slopes(self, shift: Pair) -> tuple[Array, Array, Array]:
        """The shifted image and its derivatives in x and y."""
        moved = self._moved(shift)
        return self._image(moved), self._image(1j * self.x * moved), self._image(1j * self.y * moved)

    def _moved(self, shift: Pair) -> Array:
        return np.asarray(self.values * np.exp(-1j * (self.x * shift[0] + self.y * shift[1])))

    def _image(self, values: Array) -> Array:
        return np.asarray(np.fft.ifft2(values)[: self.shape[0], : self.shape[1]])


def _inside(shape: tuple[int, ...], shift: Pair) -> Array:
    """The pixels that the truth reaches when it is moved, a little away from its border."""
    rows, columns = np.arange(shape[0])[:, None] - shift[1], np.arange(shape[1]) - shift[0]
    held = [(axis >= _BORDER) & (axis <= n - 1 - _BORDER) for axis, n in ((rows, shape[0]), (columns, shape[1]))]
    return np.asarray(held[0] & held[1])


def _edges(image: Array) -> Array:
    """The length of the gradient of a complex image: a global phase does not change it."""
    down, right = np.gradient(image)
    return np.asarray(np.hypot(np.abs(down), np.abs(right)))


def _inner(covered: Array) -> Array:
    """The covered pixels whose neighbours are covered too: the others have no gradient."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_erosion(covered, np.ones((3, 3))))


def _grid(shape: tuple[int, ...]) -> tuple[Array, Array]:
    return np.arange(shape[0])[:, None] - shape[0] // 2, np.arange(shape[1]) - shape[1] // 2


def _parts(values: Array) -> Array:
    return np.concatenate([values.real, values.imag])
