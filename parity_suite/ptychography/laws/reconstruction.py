"""The law of truth for evaluation: what a trained network makes of a scan, stitched, is the object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import BrokenRule, Outcome
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.laws.registry import law
from parity_suite.ptychography.dumps.exhibits import CanvasPicture
from parity_suite.ptychography.evaluation.alignment import align
from parity_suite.ptychography.evaluation.metrics import Metrics, compare_canvases
from parity_suite.ptychography.laws.guards import held
from parity_suite.ptychography.laws.learned import learned
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.lessons import TrainingTask, lesson

#: Share of the brightest pixel's light under which a pixel of the object is not lit, so that nothing is known of it.
_LIT: Final = 0.1
#: Groups at a time: a divisor of nothing.
_BATCH: Final = 7


@law(stages=("infer",), cases="reconstructed", needs=("train", "state", "infer_stream"), precisions=("float32",))
def truth(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """The stitched canvas, its gauge removed, correlates with the object, and better than its mirror images and its
    conjugate; all metrics, and what was removed, go into the record.
    """
    given = lesson(subject.context, case)
    true = given.need_object()
    canvas, covered = _stitched(subject, case, given, true)
    if not np.any(canvas[covered]):
        yield BrokenRule("the canvas is zero wherever the object is lit")
        return
    aligned = align(canvas, true, covered, probe_free=given.settings.train_probe)
    metrics = compare_canvases(aligned, true)
    yield Fact("metrics", metrics.numbers())
    yield Fact("details", {"all": metrics.to_json()})
    yield CanvasPicture("reconstruction", ((f"{subject.name}, aligned", aligned.canvas), ("object", true)))
    mirrored = max(_anew(np.flip(aligned.canvas, axis), true).correlation.value for axis in (0, 1))
    conjugate = _anew(np.conj(aligned.canvas), true).mae_phase.value
    measured = {
        "canvas_correlation": metrics.correlation.value,
        "canvas_phase_error": metrics.mae_phase.value,
        "canvas_phase_ssim": metrics.ssim_phase.value,
        "canvas_upright": metrics.correlation.value / mirrored,
        "canvas_unconjugated": conjugate / metrics.mae_phase.value,
    }
    yield from held(subject, case, {name: np.array([[value]]) for name, value in measured.items()})


def _stitched(subject: Subject, case: Case, given: TrainingTask, true: Array) -> tuple[Array, Array]:
    """The canvas (H, W) of the trained network, pixel for pixel where the object is, and where both are known."""
    trained = learned(subject, case)
    # The middle of the object on the middle of the canvas: pixel for pixel the same place.
    centre = np.array(true.shape[::-1], np.float64) // 2
    chunks = (
        (given.amplitude[k : k + 16].astype(subject.rounding), given.positions[k : k + 16]) for k in _starts(given)
    )
    found = inferred(trained, chunks, centre, true.shape, _BATCH)
    return found["canvas"], _lit_area(subject.context, case) & (found["count"] >= 0.5)


def _starts(given: TrainingTask) -> range:
    return range(0, len(given.counts), 16)


@remembered(maxsize=8)
def _lit_area(context: RunContext, case: Case) -> Array:
    """Where the probe's light, added up at whole pixels over the scan, is more than a share of its greatest (H, W)."""
    given = lesson(context, case)
    light = np.sum(np.abs(given.probe) ** 2, axis=0)
    side = len(light)
    shape = given.need_object().shape
    total = np.zeros((shape[0] + 2 * side, shape[1] + 2 * side))
    for x, y in np.rint(np.moveaxis(given.positions[:, 0], 1, 2).reshape(-1, 2)).astype(int):
        top, left = (np.clip(p - side // 2 + side, 0, n - side) for p, n in ((y, total.shape[0]), (x, total.shape[1])))
        total[top : top + side, left : left + side] += light
    return np.asarray(total[side:-side, side:-side] >= _LIT * total.max())


def _anew(canvas: Array, true: Array) -> Metrics:
    """The metrics of another canvas, aligned where it is not zero."""
    return compare_canvases(align(canvas, true, canvas != 0), true)
