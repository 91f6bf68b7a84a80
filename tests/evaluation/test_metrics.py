"""Every metric against a closed form where there is one, and seen to change under the fault that it is for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from parity_suite.ptychography.evaluation.alignment import Aligned, Removed, align
from parity_suite.ptychography.evaluation.measure import Measure
from parity_suite.ptychography.evaluation.metrics import Metrics, compare_canvases

Array = npt.NDArray[Any]

NOTHING_REMOVED = Removed(0.0, 1.0, (0.0, 0.0), (0.0, 0.0))
#: Metrics that are 1 for equal images and fall with every fault.
LIKENESS = ("correlation", "ssim_amplitude", "ssim_phase", "ms_ssim_amplitude", "ms_ssim_phase")
ERRORS = ("mae_amplitude", "mae_phase", "mae_complex")


def measured(canvas: Array, truth: Array, covered: Array) -> Metrics:
    """Compared as it is, nothing aligned."""
    return compare_canvases(Aligned(np.where(covered, canvas, 0), covered, NOTHING_REMOVED), truth)


def measures(metrics: Metrics) -> dict[str, Measure]:
    found = {f.name: getattr(metrics, f.name) for f in fields(metrics)}
    found |= {name: getattr(metrics.frc, name) for name in ("resolution_half_bit", "resolution_one_seventh")}
    return {name: value for name, value in found.items() if isinstance(value, Measure)}


def noisy(truth: Array, level: float) -> Array:
    noise = np.random.default_rng(3).normal(size=(2, *truth.shape)) * level / math.sqrt(2)
    return truth + noise[0] + 1j * noise[1]


def blurred(truth: Array, sigma: float = 1.5) -> Array:
    real, imaginary = (ndimage.gaussian_filter(part, sigma) for part in (truth.real, truth.imag))
    return np.asarray(real + 1j * imaginary)


def transposed(truth: Array) -> Array:
    n = min(truth.shape)
    out = truth.copy()
    out[:n, :n] = truth[:n, :n].T
    return out


FAULTS: dict[str, Callable[[Array], Array]] = {
    "flip x": lambda o: o[:, ::-1],
    "flip y": lambda o: o[::-1],
    "turn": lambda o: o[::-1, ::-1],
    "transpose": transposed,
    "conjugate": np.conj,
    "shift x": lambda o: np.roll(o, 1, axis=1),
    "shift y": lambda o: np.roll(o, 1, axis=0),
    "blur": blurred,
    "noise": lambda o: noisy(o, 0.2),
    "no amplitude": lambda o: o / np.abs(o),
    "no phase": lambda o: np.abs(o) + 0j,
}


def test_identical_images(truth: Array, covered: Array) -> None:
    found = measured(truth, truth, covered)
    for name in LIKENESS:
        assert measures(found)[name].value == pytest.approx(1, abs=1e-12), name
    for name in ERRORS:
        assert measures(found)[name].value == pytest.approx(0, abs=1e-15), name
    np.testing.assert_allclose(found.frc.correlation, 1, rtol=1e-12)
    side = 2 * len(found.frc.frequencies) + 1
    assert found.frc.resolution_half_bit.value == pytest.approx(2 * side / (side - 1), abs=0.02)
    assert all(value.ok for value in measures(found).values())
    assert found.covered == covered.mean()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_metric_sees_every_fault_it_can(truth: Array, covered: Array, fault: str) -> None:
    canvas = FAULTS[fault](truth)
    found = measures(measured(align(canvas, truth, covered).canvas, truth, covered))
    blind = {"conjugate": "amplitude", "no phase": "amplitude", "no amplitude": "phase"}.get(fault, "nothing")
    for name in LIKENESS:
        assert blind in name or found[name].value < 0.99, (name, found[name])
    for name in ERRORS:
        if blind not in name:
            assert found[name].value > 0.01, (name, found[name])


@pytest.mark.parametrize("fault", ["conjugate", "no phase"])
def test_amplitudes_alone_stay_right(truth: Array, covered: Array, fault: str) -> None:
    """A fault of the phase is told from one of the amplitude."""
    found = measures(measured(FAULTS[fault](truth), truth, covered))
    for name in ("ssim_amplitude", "ms_ssim_amplitude"):
        assert found[name].value == pytest.approx(1, abs=1e-9)
    assert found["mae_amplitude"].value == pytest.approx(0, abs=1e-12)


def test_more_noise_is_worse(truth: Array, covered: Array) -> None:
    rows = [measures(measured(noisy(truth, level), truth, covered)) for level in (0.01, 0.05, 0.2, 0.8)]
    for name in LIKENESS:
        values = [row[name].value for row in rows]
        assert values == sorted(values, reverse=True), (name, values)
        assert values[0] - values[-1] > 0.1, (name, values)
    for name in (*ERRORS, "resolution_half_bit"):
        values = [row[name].value for row in rows]
        assert values == sorted(values), (name, values)
        assert values[0] < values[-1], (name, values)


def test_errors_in_closed_form(truth: Array, covered: Array) -> None:
    """A factor 1.25 exp(0.4i) adds a quarter to the amplitude and 0.4 rad to the phase."""
    found = measured(truth * 1.25 * np.exp(0.4j), truth, covered)
    mean = float(np.abs(truth[covered]).mean())
    assert found.mae_amplitude.value == pytest.approx(0.25 * mean, rel=1e-12)
    assert found.mae_phase.value == pytest.approx(0.4, rel=1e-12)
    assert found.mae_complex.value == pytest.approx(abs(1.25 * np.exp(0.4j) - 1) * mean, rel=1e-12)
    assert found.correlation.value == pytest.approx(1, rel=1e-12)


def test_correlation_is_that_of_numpy(truth: Array, covered: Array) -> None:
    """Also of a canvas that has nothing but its mean in common with the truth: about zero, not nearly one."""
    canvas = noisy(truth, 0.3)
    expected = abs(np.corrcoef(canvas[covered], truth[covered])[0, 1])
    assert measured(canvas, truth, covered).correlation.value == pytest.approx(expected, rel=1e-10)
    unrelated = truth.mean() + np.where(np.indices(truth.shape).sum(axis=0) % 2, 0.1, -0.1)
    assert measured(unrelated, truth, covered).correlation.value < 0.02


def test_a_wrapped_phase_is_no_error(covered: Array) -> None:
    """A phase that crosses pi in one of two images by 0.02 rad: the error is 0.02, not 2 pi."""
    y, x = np.mgrid[: covered.shape[0], : covered.shape[1]]
    phase = 0.5 * np.sin(x / 7) + 0.4 * np.cos(y / 5 + x / 11) + np.pi - 0.01
    truth = (1 + 0.1 * np.sin(x / 3)) * np.exp(1j * phase)
    canvas = truth * np.exp(0.02j)
    jumps = np.abs(np.angle(canvas) - np.angle(truth)) > 6
    assert 0 < jumps[covered].sum() < covered.sum()
    found = measured(canvas, truth, covered)
    assert found.mae_phase.value == pytest.approx(0.02, rel=1e-9)
    assert found.ssim_phase.value > 0.99
    assert found.ms_ssim_phase.value > 0.99


def test_what_is_not_covered_does_not_count(truth: Array, covered: Array) -> None:
    """Neither what lies there nor the windows that see it."""
    rubbish = 1e3 * noisy(truth, 1.0)
    clean = measured(noisy(truth, 0.1), truth, covered)
    spoilt = compare_canvases(
        Aligned(np.where(covered, noisy(truth, 0.1), rubbish), covered, NOTHING_REMOVED),
        np.where(covered, truth, -rubbish),
    )
    for name, value in measures(clean).items():
        assert measures(spoilt)[name].value == pytest.approx(value.value, rel=1e-9), name
    np.testing.assert_allclose(spoilt.frc.correlation, clean.frc.correlation, rtol=0, atol=1e-9)


def status_of(metrics: Metrics) -> dict[str, str]:
    for name, value in measures(metrics).items():
        assert math.isnan(value.value) == (not value.ok), name
    return {name: value.status for name, value in measures(metrics).items()}


def test_nothing_covered(truth: Array) -> None:
    found = measured(truth, truth, np.zeros(truth.shape, bool))
    assert set(status_of(found).values()) == {"blocked_nothing_covered"}
    assert (found.covered, found.ms_ssim_scales, found.frc.correlation) == (0, (0, 0), ())


def test_a_small_area(truth: Array) -> None:
    """Ten by ten pixels hold no window of 11 and no eight rings; errors and correlation are there."""
    mask = np.zeros(truth.shape, bool)
    mask[60:70, 50:60] = True
    found = status_of(measured(noisy(truth, 0.1), truth, mask))
    small = {name for name, status in found.items() if status == "blocked_area_small"}
    assert small == {name for name in found if "ssim" in name or "resolution" in name}
    assert {found[name] for name in (*ERRORS, "correlation")} == {"ok"}


def test_flat_images_have_no_correlation(truth: Array, covered: Array) -> None:
    """A constant canvas, also one that is constant but for round-off, correlates with nothing."""
    for canvas in (
        np.full_like(truth, 0.8),
        0.8 + 1e-15 * truth,
        align(np.full_like(truth, 3j), truth, covered).canvas,
    ):
        found = status_of(measured(canvas, truth, covered))
        flat = {name for name, status in found.items() if status == "blocked_canvas_constant"}
        assert flat == {"correlation", "resolution_half_bit", "resolution_one_seventh"}
    found = status_of(measured(truth, np.full_like(truth, 0.8), covered))
    flat = {name for name, status in found.items() if status == "blocked_truth_constant"}
    assert flat == set(found) - set(ERRORS)


def test_a_pure_amplitude_object_has_no_phase_structure(truth: Array, covered: Array) -> None:
    pure = np.abs(truth) * np.exp(0.7j)
    found = status_of(measured(noisy(pure, 0.05), pure, covered))
    assert {name for name, status in found.items() if status != "ok"} == {"ssim_phase", "ms_ssim_phase"}


def test_a_dead_pixel_has_no_phase(truth: Array, covered: Array) -> None:
    """Its angle, 0, would be the right answer for any truth with a mean phase of 0."""
    canvas = truth.copy()
    canvas[80, 90] = 0
    assert covered[80, 90]
    found = status_of(measured(canvas, truth, covered))
    undefined = {name for name, status in found.items() if status == "blocked_phase_undefined"}
    assert undefined == {"mae_phase", "ssim_phase", "ms_ssim_phase"}
    dark = np.where(truth == truth[80, 90], 0, truth)
    found = status_of(measured(np.where(dark == 0, 0, noisy(truth, 0.1)), dark, covered))
    assert set(found.values()) == {"ok"}, "where the truth is zero no phase is asked for"


def test_json_is_strict(truth: Array, covered: Array) -> None:
    """With what was removed; nan is null beside its reason."""
    aligned = align(np.where(covered, truth * 2j, 0), truth, covered)
    found = json.loads(json.dumps(compare_canvases(aligned, truth).to_json(), allow_nan=False))
    assert found["removed"] == {
        "phase": pytest.approx(np.pi / 2),
        "scale": pytest.approx(0.5),
        "ramp": [0, 0],
        "shift": [0, 0],
    }
    assert found["correlation"] == {"value": pytest.approx(1), "status": "ok"}
    gap = replace(measured(truth, truth, covered).frc, correlation=(1.0, math.nan))
    assert replace(measured(truth, truth, covered), frc=gap).to_json()["frc"]["correlation"] == [1.0, None]
    assert len(found["frc"]["correlation"]) == len(found["frc"]["frequencies"]) > 20
    nothing = measured(truth, truth, np.zeros(truth.shape, bool)).to_json()
    assert json.loads(json.dumps(nothing, allow_nan=False))["mae_phase"] == {
        "value": None,
        "status": "blocked_nothing_covered",
    }


def test_refusals(truth: Array, covered: Array) -> None:
    good = Aligned(truth, covered, NOTHING_REMOVED)
    for message, aligned, other in (
        ("truth: shape", good, truth[1:]),
        ("truth: dtype", good, truth.real),
        ("truth: not finite", good, truth * np.where(covered, np.nan, 1)),
        ("aligned: canvas", Aligned(truth, covered[1:], NOTHING_REMOVED), truth),
        ("aligned: covered of dtype", Aligned(truth, covered * 1.0, NOTHING_REMOVED), truth),
        ("aligned: dtype", Aligned(truth.real, covered, NOTHING_REMOVED), truth),
        ("aligned: not finite", Aligned(truth * np.where(covered, np.inf, 1), covered, NOTHING_REMOVED), truth),
    ):
        with pytest.raises(ValueError, match=f"^{message}"), np.errstate(invalid="ignore"):
            compare_canvases(aligned, other)
