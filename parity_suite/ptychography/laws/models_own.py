"""The law of surroundings for a training: its model is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.generators import seeded_generators
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.laws.surroundings import of_thread, written_over
from parity_suite.ptychography.laws.learned import arrays_of, own_weights, state_of
from parity_suite.ptychography.lessons import lesson


@law(stages=("train",), cases="taught", needs=("state",), precisions=("float32",))
def surroundings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Who writes over what a training was given, what it returned, or a state that was handed out, changes no model;
    from another thread the losses are the same; no global random generator is seeded, and what is set for the whole
    process is as it was.
    """
    given = lesson(subject.context, case)
    subject.require_within(stage, given.inputs(subject.rounding))
    backend = subject.fresh()
    inputs = _owned(given.inputs(subject.rounding, **own_weights(backend, given, {}), order=given.order[:2]))
    with changed_settings() as changed:
        outputs = backend.train(**subject.without_options(stage, inputs))
        state = state_of(backend)
    here, ask = np.array(outputs["losses"]), partial(_losses, subject, stage, inputs)
    with ThreadPoolExecutor(1) as thread:
        there = thread.submit(ask).result()
    yield of_thread(deviation("losses in another thread", there, here, terms=given.counts.size), there, here, ask)
    held = {name: value.copy() for name, value in arrays_of(state).items()}
    with written_over(inputs), written_over(outputs), written_over(state):
        for name, value in arrays_of(state_of(backend)).items():
            yield exactly(f"{name}, what was handed out written over", value.copy(), held[name])
    # Layers draw weights, which are then those that were given.
    yield exactly("global generators seeded", ", ".join(seeded_generators(ask)), "")
    left = lasting(changed, lambda: backend.train(**subject.without_options(stage, inputs)))
    yield exactly("settings of the process changed", ", ".join(left), "")


def _losses(subject: Subject, stage: str, inputs: Mapping[str, Any]) -> Array:
    """The losses (S,) of a new instance."""
    return np.array(subject.fresh().train(**subject.without_options(stage, _owned(inputs)))["losses"])


def _owned(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays of one's own, which may be written over."""
    return {name: np.array(value) if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
