"""The law of surroundings for a model that infers: from another thread, after an answer was written over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.generators import moved_generators
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.laws.surroundings import of_thread, written_over
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.lessons import TrainingTask, lesson


@law(stages=("infer",), cases="taught", needs=("train", "state"), precisions=("float32",))
def surroundings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """From another thread, and after patches were written over: the same patches, and the same canvas; and the global
    random generators, and what is set for the whole process, as they were.
    """
    model, given = learned(subject, case), lesson(subject.context, case)
    amplitude = given.amplitude[:4].astype(subject.rounding)
    with moved_generators() as moved, changed_settings() as changed:
        first = infer(model, amplitude)
        kept = first.copy()
        with written_over({"patches": first}):
            again = infer(model, amplitude).copy()
        with ThreadPoolExecutor(1) as thread:
            there = thread.submit(infer, model, amplitude).result()
        stitched = list(_stitched(model, amplitude, given)) if subject.provides("infer_stream") else []
    yield from stitched
    yield deviation("patches, the first ones written over", again, kept)
    ask = partial(infer, model, amplitude)
    yield of_thread(deviation("patches in another thread", there, kept), there, kept, ask)
    yield exactly("global generators moved", ", ".join(moved), "")
    left = lasting(changed, partial(_all, model, amplitude, given))
    yield exactly("settings of the process changed", ", ".join(left), "")


def _all(model: TrainedModel, amplitude: Array, given: TrainingTask) -> None:
    """Asks each door that is watched."""
    infer(model, amplitude)
    if model.subject.provides("infer_stream"):
        _numerator(model, amplitude, given)


def _numerator(model: TrainedModel, amplitude: Array, given: TrainingTask) -> Array:
    chunks = [(amplitude, given.positions[: len(amplitude)])]
    canvas = canvas_for(given.positions, given.centre, amplitude.shape[1])
    return np.array(inferred(model, chunks, given.centre, canvas)["numerator"])


def _stitched(model: TrainedModel, amplitude: Array, given: TrainingTask) -> Iterator[Outcome]:
    ask = partial(_numerator, model, amplitude, given)
    here = ask()
    with ThreadPoolExecutor(1) as thread:
        there = thread.submit(ask).result()
    yield of_thread(deviation("numerator in another thread", there, here, terms=len(amplitude)), there, here, ask)
