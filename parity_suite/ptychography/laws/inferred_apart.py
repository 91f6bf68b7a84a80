"""The law of surroundings for a model that infers: from another thread, after an answer was written over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from parity_suite.backends.generators import moved_generators
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.laws.surroundings import written_over
from parity_suite.ptychography.laws.learned import infer, learned
from parity_suite.ptychography.lessons import lesson


@law(stages=("infer",), cases="taught", needs=("train", "state"), precisions=("float32",))
def surroundings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """From another thread, and after patches were written over: the same patches, and the global random generators as
    they were.
    """
    model = learned(subject, case)
    amplitude = lesson(subject.context, case).amplitude[:4].astype(subject.rounding)
    with moved_generators() as moved:
        first = infer(model, amplitude)
        kept = first.copy()
        with written_over({"patches": first}):
            again = infer(model, amplitude).copy()
        with ThreadPoolExecutor(1) as thread:
            there = thread.submit(infer, model, amplitude).result()
    yield deviation("patches, the first ones written over", again, kept)
    yield deviation("patches in another thread", there, kept)
    yield exactly("global generators moved", ", ".join(moved), "")
