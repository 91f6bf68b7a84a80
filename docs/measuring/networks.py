"""Networks that have learned a lesson and networks that are ill, by what they put out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from measuring.row import number
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Bound, BrokenRule
from parity_suite.compare.judge import measure
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.ptychography.laws import reconstruction
from parity_suite.ptychography.laws.guards import within
from parity_suite.ptychography.laws.learned import TrainedModel, infer, train
from parity_suite.ptychography.learning.guards import quantities, train_eval
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.oracle import Oracle

CONTEXT = RunContext()

Array = np.ndarray[Any, Any]
BACKENDS: Final = (
    BackendSpec("torch", "parity_suite.ptychography.torch", "Torch"),
    BackendSpec("tensorflow", "parity_suite.ptychography.tensorflow", "TensorFlow"),
)
HEALTHY: Final = "healthy"
#: Groups at a time in evaluation: neither that of the training nor a divisor of the set.
_BATCH: Final = 7


@dataclass(frozen=True, eq=False)
class Network:
    """The patches (G, N, N, C) that a network put out for a lesson, beside those of its training path."""

    name: str
    origin: str
    mode: str
    patches: Array
    training: Array


def networks(spec: BackendSpec, case: Case) -> Iterator[Network]:
    """Of one backend: a healthy, an untrained, a misscaled and a scale-less one, in training and evaluation."""
    subject, given = Subject(spec, CONTEXT), lesson(CONTEXT, case)
    healthy, untrained = train(subject, given), train(subject, given, order=given.order[:0])
    for name, model in ((HEALTHY, healthy), ("untrained", untrained)):
        yield Network(name, spec.name, "training", model.patches, model.patches)
        yield Network(name, spec.name, "evaluation", _evaluated(model, given), model.patches)
    great = 1000 * healthy.patches
    yield Network("1000 times too large", spec.name, "training", great, great)
    yield Network("1000 times too large", spec.name, "evaluation", 1000 * _evaluated(healthy, given), great)
    healthy.backend.hold(replace(healthy.backend.model, scale=1.0))
    yield Network("scale 1 in evaluation", spec.name, "evaluation", _evaluated(healthy, given), healthy.patches)


def outputs(healthy: Array) -> Iterator[Network]:
    """Outputs that no backend need be asked for, in the shape of healthy patches; the same in either mode."""
    ones, pixel = np.ones_like(healthy), np.zeros_like(healthy)
    middle = healthy.shape[1] // 2
    pixel[:, middle, middle] = 1
    made = {
        "flat": ones,
        "zero": 0 * ones,
        "one pixel": pixel,
        "one pixel on a flat ground": ones + 7 * pixel,
        "NaN": np.nan * ones,
    }
    for name, patches in made.items():
        yield Network(name, "made", "either", patches, patches)


def _evaluated(model: TrainedModel, given: TrainingTask) -> Array:
    return infer(model, given.amplitude, _BATCH)


def measured(network: Network, case: Case) -> dict[str, Array]:
    """Every quantity of the patches, (G, C)."""
    values = quantities(network.patches, lesson(CONTEXT, case).need_truth())
    if network.mode != "training":
        values["train_eval"] = train_eval(network.training, network.patches)
    return values


def broken(network: Network, case: Case) -> list[str]:
    """The thresholds that the law of the guard finds broken, each once."""
    limits = CONTEXT.part(Thresholds).of(case.name)
    values = measured(network, case)
    return _broken([outcome for name in values for outcome in within(values, limits[name])])


def canvas(network: Network, case: Case) -> tuple[dict[str, float], list[str]]:
    """What the law of truth measures on the stitched canvas, and which of its thresholds are broken.

    Raises ``ValueError`` where there is nothing to align, as where the canvas is zero.
    """
    given = lesson(CONTEXT, case)

    def stream(chunks: Any, centre: Array, shape: tuple[int, int], batch: int) -> Mapping[str, Array]:
        return Oracle().reassemble(network.patches.astype(complex), given.positions, centre, shape)

    stub = SimpleNamespace(backend=SimpleNamespace(infer_stream=stream))
    with patch.object(reconstruction, "learned", lambda subject, case: stub):
        found = list(reconstruction.truth(Subject(BACKENDS[0], CONTEXT), "infer", case))
    if breaches := [one.message for one in found if isinstance(one, BrokenRule)]:
        raise ValueError("; ".join(breaches))
    outcomes = [one for one in found if isinstance(one, Bound)]
    return {one.output: one.value for one in outcomes}, _broken(outcomes)


def _broken(outcomes: list[Any]) -> list[str]:
    red = (one.output.split(" of ")[0] for one in measure("infer", "guard", "float32", outcomes) if not one.within)
    return list(dict.fromkeys(red))


def span(values: Array) -> str:
    """From least to greatest over all patches."""
    least, greatest = (number(float(f(values))) for f in (np.min, np.max))
    return least if least == greatest else f"{least} .. {greatest}"
