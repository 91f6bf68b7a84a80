"""The metrics of a stitched canvas against the true object, after alignment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.compare.ratio import OK
from parity_suite.contracts.plain_json import plain
from parity_suite.ptychography.evaluation.alignment import Aligned, Removed
from parity_suite.ptychography.evaluation.measure import (
    CANVAS_CONSTANT,
    NOTHING_COVERED,
    PHASE_UNDEFINED,
    TRUTH_CONSTANT,
    Measure,
    blocked,
)
from parity_suite.ptychography.evaluation.rings import RingCorrelation, ring_correlation, unavailable
from parity_suite.ptychography.evaluation.ssim import Similarity, similarity, undefined

#: A spread below this many round-offs of the largest value is none: an image computed to be flat is seldom exactly so.
_ROUND_OFF: Final = 1e4 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Metrics:
    """What :func:`compare_canvases` measured; a metric that cannot be computed is nan and says why."""

    #: ``|<a - mean a, t - mean t>| / (||a - mean a|| ||t - mean t||)``, complex, over the covered pixels
    correlation: Measure
    #: ``mean ||a| - |t||``
    mae_amplitude: Measure
    #: ``mean |angle(a conj t)|`` in rad, where the truth is not zero
    mae_phase: Measure
    #: ``mean |a - t|``
    mae_complex: Measure
    ssim_amplitude: Measure
    ssim_phase: Measure
    ms_ssim_amplitude: Measure
    ms_ssim_phase: Measure
    #: scales (of five) that MS-SSIM could use, for amplitude and phase: it is comparable only where they are equal
    ms_ssim_scales: tuple[int, int]
    frc: RingCorrelation
    #: the part of the canvas that was compared
    covered: float
    #: what the alignment took out before
    removed: Removed

    def numbers(self) -> dict[str, float | None]:
        """The measured numbers by name, None where there is none; the curve of the FRC left out."""
        found = {name: value for name, value in vars(self).items() if isinstance(value, Measure)}
        return {name: measure.value if measure.ok else None for name, measure in found.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain data for strict JSON: nan, which JSON does not have, becomes null beside its status."""
        document: dict[str, Any] = plain(asdict(self), gaps=True)
        return document


def compare_canvases(aligned: Aligned, truth: Array) -> Metrics:
    """Every metric of an aligned canvas against ``truth`` (H, W) complex, over the covered pixels.

    For SSIM both images are mapped linearly so that the truth spans 0 to 1 over the covered pixels. The phase of the
    canvas is that of the truth plus the wrapped difference, and the truth's is counted from its mean direction: a
    jump of 2 pi in one image alone is no difference.

    Raises ``ValueError`` naming the field for a wrong shape or dtype, and for what is not finite.
    """
    canvas, truth, covered = aligned.canvas, np.asarray(truth), aligned.covered
    _check(canvas, truth, covered)
    a, t = canvas[covered], truth[covered]
    amplitude, phase = _amplitude_similarity(canvas, truth, covered), _phase_similarity(canvas, truth, covered)
    reason = _without_structure(a, t)
    return Metrics(
        correlation=Measure(_correlation(a, t)) if reason == OK else blocked(reason),
        mae_amplitude=_mean(np.abs(np.abs(a) - np.abs(t))),
        mae_phase=_mae_phase(a, t),
        mae_complex=_mean(np.abs(a - t)),
        ssim_amplitude=amplitude.ssim,
        ssim_phase=phase.ssim,
        ms_ssim_amplitude=amplitude.ms_ssim,
        ms_ssim_phase=phase.ms_ssim,
        ms_ssim_scales=(amplitude.scales, phase.scales),
        frc=ring_correlation(canvas, truth, covered) if reason == OK else unavailable(reason),
        covered=float(covered.mean()),
        removed=aligned.removed,
    )


def _check(canvas: Array, truth: Array, covered: Array) -> None:
    if canvas.ndim != 2 or covered.shape != canvas.shape:
        raise ValueError(f"aligned: canvas {canvas.shape} and covered {covered.shape}, wanted one (H, W)")
    if covered.dtype != bool:
        raise ValueError(f"aligned: covered of dtype {covered.dtype}, wanted bool")
    if truth.shape != canvas.shape:
        raise ValueError(f"truth: shape {truth.shape}, wanted that of the canvas, {canvas.shape}")
    for name, array in (("aligned", canvas), ("truth", truth)):
        if not np.iscomplexobj(array):
            raise ValueError(f"{name}: dtype {array.dtype}, wanted a complex one")
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: not finite")


def _without_structure(a: Array, t: Array) -> str:
    """Why two sets of pixels cannot be correlated, or ``ok``."""
    if not a.size:
        return NOTHING_COVERED
    for values, reason in ((a, CANVAS_CONSTANT), (t, TRUTH_CONSTANT)):
        if np.abs(values - values.mean()).max() <= _ROUND_OFF * np.abs(values).max():
            return reason
    return OK


def _correlation(a: Array, t: Array) -> float:
    a, t = a - a.mean(), t - t.mean()
    return float(np.abs(np.vdot(t, a)) / (np.linalg.norm(a) * np.linalg.norm(t)))


def _mean(errors: Array) -> Measure:
    return Measure(float(errors.mean())) if errors.size else blocked(NOTHING_COVERED)


def _mae_phase(a: Array, t: Array) -> Measure:
    lit = t != 0
    if np.any(a[lit] == 0):
        return blocked(PHASE_UNDEFINED)
    return _mean(np.abs(np.angle(a[lit] * np.conj(t[lit]))))


def _amplitude_similarity(canvas: Array, truth: Array, covered: Array) -> Similarity:
    return _on_scale_of_truth(np.abs(canvas), np.abs(truth), covered, float(np.abs(truth[covered]).max(initial=0.0)))


def _phase_similarity(canvas: Array, truth: Array, covered: Array) -> Similarity:
    lit = covered & (truth != 0)
    if np.any(canvas[lit] == 0):
        return undefined(PHASE_UNDEFINED)
    phase = np.angle(truth * np.conj(truth[lit].sum()))
    return _on_scale_of_truth(phase + np.angle(canvas * np.conj(truth)), phase, lit, 1.0)


def _on_scale_of_truth(image: Array, truth: Array, known: Array, size: float) -> Similarity:
    """Both real images mapped so that the truth spans 0 to 1; what is not known becomes 0. ``size`` is that against
    which a span is nothing but round-off."""
    if not known.any():
        return undefined(NOTHING_COVERED)
    low, high = float(truth[known].min()), float(truth[known].max())
    if high - low <= _ROUND_OFF * size:
        return undefined(TRUTH_CONSTANT)
    image, truth = (np.where(known, (array - low) / (high - low), 0.0) for array in (image, truth))
    return similarity(image, truth, known)
