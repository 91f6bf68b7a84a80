"""A known gauge put in comes out again, to stated accuracies; what is none stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage
from thinning import thinned

from parity_suite.ptychography.evaluation.alignment import Removed, align

Array = npt.NDArray[Any]
Pair = tuple[float, float]

RAMPS: list[Pair] = [(0.0, 0.0), (0.31, -0.17), (-2.5, 1.2)]
SHIFTS: list[Pair] = [(0.0, 0.0), (0.5, -0.5), (2.37, -4.61), (-9.0, 6.25)]


def gauged(truth: Array, ramp: Pair, shift: Pair, phase: float, scale: float) -> Array:
    """``truth(r - shift) exp(i (phase + ramp . (r - c))) / scale``, moved by SciPy, periodic."""
    moved = np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(truth), shift[::-1]))
    y, x = np.mgrid[: truth.shape[0], : truth.shape[1]]
    turn = ramp[0] * (x - truth.shape[1] // 2) + ramp[1] * (y - truth.shape[0] // 2) + phase
    return np.asarray(moved * np.exp(1j * turn) / scale)


def waves(shift: Pair = (0.0, 0.0), size: tuple[int, int] = (120, 131)) -> Array:
    """A sum of plane waves up to 0.35 cycles per pixel, none periodic on the canvas: its shift is known in closed form.

    Their amplitudes fall as 1/f, as those of an object do, and are small enough for the modulus to stay smooth.
    """
    rng = np.random.default_rng(5)
    y, x = np.mgrid[: size[0], : size[1]]
    out = np.ones(size, complex)
    for kx, ky, turn in zip(*rng.uniform(-0.25, 0.25, (2, 40)), rng.uniform(0, 6.28, 40), strict=True):
        cycles = kx * (x - shift[0]) + ky * (y - shift[1])
        out += 0.008 / np.hypot(kx, ky) * np.exp(2j * np.pi * cycles + 1j * turn)
    return out


def wrapped(angle: float) -> float:
    return float(np.angle(np.exp(1j * angle)))


@pytest.mark.parametrize("scale", [1e-170, 0.4, 3.1e9])
@pytest.mark.parametrize("phase", [-3.0, 0.7, 2.9])
def test_phase_and_scale(truth: Array, covered: Array, phase: float, scale: float) -> None:
    canvas = np.where(covered, gauged(truth, (0, 0), (0, 0), phase, scale), 0)
    found = align(canvas, truth, covered)
    assert found.removed.phase == pytest.approx(phase, abs=1e-12)
    assert found.removed.scale == pytest.approx(scale, rel=1e-12)
    assert (found.removed.ramp, found.removed.shift) == ((0, 0), (0, 0))
    np.testing.assert_array_equal(found.covered, covered)
    np.testing.assert_allclose(found.canvas, np.where(covered, truth, 0), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("shift", "ramp"), thinned([(shift, ramp) for ramp in RAMPS for shift in SHIFTS], 4))
def test_ramp_and_shift(truth: Array, covered: Array, ramp: Pair, shift: Pair) -> None:
    """To 1e-3 of a pixel and 1e-4 rad over 10 pixels; the canvas then differs by what interpolation cannot know."""
    canvas = np.where(covered, gauged(truth, ramp, shift, 0.7, 3.1), 0)
    found = align(canvas, truth, covered, probe_free=True)
    np.testing.assert_allclose(found.removed.shift, shift, rtol=0, atol=1e-3)
    np.testing.assert_allclose(found.removed.ramp, ramp, rtol=0, atol=1e-5)
    assert wrapped(found.removed.phase - 0.7) == pytest.approx(0, abs=1e-3)
    assert found.removed.scale == pytest.approx(3.1, rel=1e-3)
    assert 0.8 * covered.sum() < found.covered.sum() < covered.sum()
    error = np.linalg.norm((found.canvas - truth)[found.covered]) / np.linalg.norm(truth[found.covered])
    assert error < 0.025
    assert not found.canvas[~found.covered].any()


@pytest.mark.parametrize("shift", thinned([(one,) for one in SHIFTS], 3))
@pytest.mark.parametrize("kind", ["both", "phase", "amplitude"])
def test_a_shift_in_closed_form(shift: Pair, kind: str) -> None:
    """Pure phase and pure amplitude objects too: neither the amplitudes nor the phases alone are relied on."""
    change = {"both": lambda o: o, "phase": lambda o: np.exp(1j * o.real), "amplitude": lambda o: abs(o) + 0j}[kind]
    truth, moved = change(waves()), change(waves(shift))
    covered = np.zeros(truth.shape, bool)
    covered[15:-15, 12:-18] = True
    canvas = np.where(covered, gauged(moved, (0.4, -0.9), (0, 0), -2.0, 0.2), 0)
    found = align(canvas, truth, covered, probe_free=True)
    np.testing.assert_allclose(found.removed.shift, shift, rtol=0, atol=2e-3)
    np.testing.assert_allclose(found.removed.ramp, (0.4, -0.9), rtol=0, atol=2e-5)
    error = np.linalg.norm((found.canvas - truth)[found.covered]) / np.linalg.norm(truth[found.covered])
    assert error < 0.01


@pytest.mark.parametrize("shift", thinned([(one,) for one in SHIFTS], 3))
@pytest.mark.parametrize("contrast", [0.02, 1.0])
def test_a_small_and_faint_part_is_enough(shift: Pair, contrast: float) -> None:
    """Of 30 x 30 pixels neither the border, nor the frame of zeros around them, is taken for structure."""
    truth, moved = (np.exp(1j * contrast * waves(s).real) for s in ((0.0, 0.0), shift))
    covered = np.zeros(truth.shape, bool)
    covered[35:65, 40:70] = True
    canvas = np.where(covered, gauged(moved, (0.4, -0.9), (0, 0), -2.0, 0.2), 0)
    found = align(canvas, truth, covered, probe_free=True)
    np.testing.assert_allclose(found.removed.shift, shift, rtol=0, atol=2e-3)
    np.testing.assert_allclose(found.removed.ramp, (0.4, -0.9), rtol=0, atol=2e-5)


@pytest.mark.parametrize("shift", [(0.5, 0.0), (2.37, -4.61), (-9.0, 6.25)])
def test_what_is_compared_has_seen_covered_pixels_alone(truth: Array, covered: Array, shift: Pair) -> None:
    """All within three pixels of where a compared pixel came from were covered; wherever all are, it is compared."""
    canvas = np.where(covered, gauged(truth, (0, 0), shift, 0, 1), 0)
    found = align(canvas, truth, covered, probe_free=True).covered
    whole = np.ones(truth.shape, bool)
    for down in range(int(np.floor(shift[1])) - 3, int(np.ceil(shift[1])) + 4):
        for right in range(int(np.floor(shift[0])) - 3, int(np.ceil(shift[0])) + 4):
            whole &= np.roll(covered, (-down, -right), axis=(0, 1))
    assert not np.any(found & ~whole)
    assert found.sum() > 0.95 * whole.sum()


def test_noise_moves_it_little(truth: Array, covered: Array) -> None:
    """At 5 % of noise a hundredth of a pixel and 1e-4 rad a pixel."""
    canvas = gauged(truth, (0.31, -0.17), (2.37, -4.61), 0.7, 3.1)
    noise = np.random.default_rng(0).normal(size=(2, *truth.shape)) * 0.05 / np.sqrt(2) / 3.1
    found = align(np.where(covered, canvas + noise[0] + 1j * noise[1], 0), truth, covered, probe_free=True)
    np.testing.assert_allclose(found.removed.shift, (2.37, -4.61), rtol=0, atol=0.01)
    np.testing.assert_allclose(found.removed.ramp, (0.31, -0.17), rtol=0, atol=1e-4)


def test_noise_that_drowns_the_edges_leaves_the_canvas_in_its_place(truth: Array, covered: Array) -> None:
    noise = np.random.default_rng(3).normal(size=(2, *truth.shape))
    found = align(np.where(covered, truth + noise[0] + 1j * noise[1], 0), truth, covered, probe_free=True)
    np.testing.assert_allclose(found.removed.shift, (0, 0), rtol=0, atol=0.25)
    np.testing.assert_allclose(found.removed.ramp, (0, 0), rtol=0, atol=2e-3)


def test_a_known_probe_leaves_ramp_and_shift(truth: Array, covered: Array) -> None:
    """They are errors there, not gauge."""
    canvas = np.where(covered, gauged(truth, (0.31, 0), (2, 0), 0, 1), 0)
    found = align(canvas, truth, covered)
    assert (found.removed.ramp, found.removed.shift) == ((0, 0), (0, 0))
    factor = found.canvas[covered] / canvas[covered]
    np.testing.assert_allclose(factor, factor[0], rtol=1e-12)
    assert np.linalg.norm((found.canvas - truth)[covered]) > 0.5 * np.linalg.norm(truth[covered])


def test_the_scale_is_that_of_least_squares(truth: Array, covered: Array) -> None:
    """Against ``numpy.linalg.lstsq``, on a canvas that no factor makes equal to the truth."""
    canvas = np.where(covered, truth[::-1] * 2j, 0)
    found = align(canvas, truth, covered)
    (factor,), *_ = np.linalg.lstsq(canvas[covered][:, None], truth[covered], rcond=None)
    assert found.removed.scale == pytest.approx(abs(factor), rel=1e-10)
    assert found.removed.phase == pytest.approx(-np.angle(factor), abs=1e-10)


def test_pixels_that_are_not_covered_do_not_count(truth: Array, covered: Array) -> None:
    spoilt = np.where(covered, truth, 1e6 * (1 - 1j))
    for probe_free in (False, True):
        found = align(spoilt, truth, covered, probe_free=probe_free)
        assert found.removed == Removed(*_nearly(found.removed, 0, 1, (0, 0), (0, 0)))


def _nearly(removed: Removed, phase: float, scale: float, ramp: Pair, shift: Pair) -> tuple[Any, ...]:
    return (
        pytest.approx(phase, abs=1e-6),
        pytest.approx(scale, rel=1e-6),
        pytest.approx(ramp, abs=1e-9),
        pytest.approx(shift, abs=1e-9),
    )


@pytest.mark.parametrize("probe_free", [False, True])
def test_a_flat_canvas_is_aligned_without_a_pass(truth: Array, covered: Array, probe_free: bool) -> None:
    """A constant is a canvas like any other: it keeps its error."""
    found = align(np.where(covered, 1 + 0j, 0), truth, covered, probe_free=probe_free)
    assert np.isfinite(found.canvas).all()
    assert np.linalg.norm((found.canvas - truth)[found.covered]) > 0.05 * np.linalg.norm(truth[found.covered])


OBJECT = waves(size=(24, 20))
MASK = np.ones((24, 20), bool)
NAN = np.where(np.arange(20) == 3, np.nan, OBJECT)


@pytest.mark.parametrize(
    ("message", "canvas", "truth", "covered"),
    [
        ("canvas: shape", OBJECT[None], OBJECT, MASK),
        ("truth: shape", OBJECT, OBJECT[:-1], MASK),
        ("covered: shape", OBJECT, OBJECT, MASK.T),
        ("canvas: dtype", OBJECT.real, OBJECT, MASK),
        ("truth: dtype", OBJECT, OBJECT.real, MASK),
        ("covered: dtype", OBJECT, OBJECT, MASK.astype(float)),
        ("canvas: not finite", NAN, OBJECT, MASK),
        ("truth: not finite", OBJECT, np.where(MASK, np.inf, OBJECT), MASK),
        ("covered: .*nothing to align", OBJECT, OBJECT, ~MASK),
        ("canvas: .*nothing to align", 0 * OBJECT, OBJECT, MASK),
        ("canvas: .*nothing to align", OBJECT * (np.arange(20) > 9), OBJECT, MASK & (np.arange(20) < 9)),
        ("truth: .*nothing to align", OBJECT, 0 * OBJECT, MASK),
        ("canvas: shape", np.zeros((0,)), OBJECT, MASK),
        ("covered: .*nothing to align", np.zeros((0, 4), complex), np.zeros((0, 4), complex), np.zeros((0, 4), bool)),
    ],
)
@pytest.mark.parametrize("probe_free", [False, True])
def test_refusals(message: str, canvas: Array, truth: Array, covered: Array, probe_free: bool) -> None:
    with pytest.raises(ValueError, match=f"^{message}"), np.errstate(all="ignore"):
        align(canvas, truth, covered, probe_free=probe_free)


def test_too_little_for_a_ramp_and_a_shift() -> None:
    few = np.zeros(MASK.shape, bool)
    few[10:14, 9:14] = True
    assert align(OBJECT, OBJECT, few).removed.scale == pytest.approx(1)
    with pytest.raises(ValueError, match=r"^covered: 20 pixels off the border, too few"):
        align(OBJECT, OBJECT, few, probe_free=True)
    few[10:16, 9:15] = True
    with pytest.raises(ValueError, match=r"^covered: no pixel is after the shift"):
        align(OBJECT, OBJECT, few, probe_free=True)
