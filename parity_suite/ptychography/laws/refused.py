"""The law of refusal for models: what a function refuses, a training and an inference refuse too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import BrokenRule, Outcome, exactly
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.laws.refusals import damages, refuses, refusing
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.learned import own_weights, untrained
from parity_suite.ptychography.lessons import lesson


@law(stages=("train", "infer"), cases="taught", needs=("train", "state"), precisions=("float32",))
def refusal(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Wrong rank, dtype, axis, count, NaN, infinity, side: an error naming the field, before anything is computed."""
    held = refusing(subject, stage)
    backend, given = untrained(subject, case).backend, lesson(subject.context, case)
    if stage == "train":
        brief = {"order": given.order[:1], "watch": np.arange(1), **own_weights(backend, given, {})}
        good = given.inputs(subject.rounding, **brief)
    else:
        good = {"amplitude": given.amplitude[:2].astype(subject.rounding), "batch": None}
    wrong = [one for one in damages(stage, good) if one[0] in held]
    lacking = subject.lacks(stage)
    good = {name: value for name, value in good.items() if name not in lacking}
    subject(stage, good, instance=backend)
    tried = [(field, what, refuses(subject, stage, field, inputs, backend)) for field, what, inputs in wrong]
    for field, what, problem in tried:
        if problem:
            yield BrokenRule(f"{field} {what}: {problem}", "contract", what, field, Cause.NOT_REFUSED)
    yield exactly("damaged inputs refused", sum(not problem for *_, problem in tried), len(tried), "contract")
