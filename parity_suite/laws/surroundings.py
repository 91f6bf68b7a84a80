"""The law of surroundings: who asks, from where, and what becomes of an answer afterwards change no other answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity_suite.backends.generators import moved_generators
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, exactly, labelled
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law


@law(stages=lambda stage: True, cases="single")
@on_each_variant
def surroundings(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """From another thread, and after an answer was written over by whoever was given it: the same answer; and the
    global random generators as they were.
    """
    with moved_generators() as moved:
        first = subject(variant.stage, variant.inputs)
        kept = {name: np.array(value) for name, value in first.items()}
        with written_over(first):
            answer = subject(variant.stage, variant.inputs)
            again = {name: np.array(value) for name, value in answer.items()}
        with ThreadPoolExecutor(1) as thread:
            there = thread.submit(subject, variant.stage, variant.inputs).result()
    for name, got in (("the first answer written over", again), ("in another thread", there)):
        for one in compare(variant, got, kept):
            yield labelled(one, name)
    yield labelled(exactly("global generators moved", ", ".join(moved), ""), variant.name)


@contextmanager
def written_over(outputs: Mapping[str, Any]) -> Iterator[None]:
    """Zeros in every array that was handed out, which then holds again what it held."""
    arrays = [value for value in outputs.values() if isinstance(value, np.ndarray) and value.flags.writeable]
    held = [value.copy() for value in arrays]
    for value in arrays:
        value[...] = 0
    try:
        yield
    finally:
        for value, before in zip(arrays, held, strict=True):
            value[...] = before
