"""Makes the calls on which a backend fails as small and plain as they can be, by trying."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.core.finding import Verdict
from parity_suite.replay.evaluate import Answer, Call, ask
from parity_suite.replay.steps import PASSES, Inputs, Step

#: An error that another meaning made keeps at least this share of its budgets: it must not end as round-off.
_KEPT: Final = 0.1


@dataclass(frozen=True, eq=False)
class Failure:
    """Calls of which the last one fails on a new instance, and how; ``tried`` counts the questions until here."""

    calls: tuple[Call, ...]
    answer: Answer
    tried: int = 0

    @property
    def size(self) -> int:
        return sum(call.size for call in self.calls)


def shrink(subject: Subject, failure: Failure, law: str, deadline: float) -> Failure:
    """The smallest failure of the same kind that was found until the ``deadline`` of ``time.perf_counter``."""
    search = _Search(subject, failure, law, deadline)
    search.fewer_calls()
    while any(search.any_step(one) for one in PASSES):
        pass
    return replace(search.best, tried=search.tried)


class _Search:
    """Greedy: the first simpler calls that fail in the same way become the next to be made simpler."""

    def __init__(self, subject: Subject, start: Failure, law: str, deadline: float) -> None:
        self._subject = subject
        self._law = law
        self._deadline = deadline
        self._first = start.answer
        self._finite = math.isfinite(start.answer.of_budget)
        semantic = start.answer.verdict is Verdict.SEMANTIC and self._finite
        self._least = max(1.0, _KEPT * start.answer.of_budget) if semantic else 0.0
        self.best = start
        self.tried = 0

    def fewer_calls(self) -> None:
        """Leaves out what was asked before, one call after the other."""
        for call in self.best.calls[:-1]:
            self._take(tuple(one for one in self.best.calls if one is not call))

    def any_step(self, make: Callable[[str, Inputs], Iterator[Step]]) -> bool:
        """Tries all steps, each on the calls as they then are; whether one was taken."""
        last = self.best.calls[-1]
        taken = False
        for step in make(last.stage, last.inputs):
            if time.perf_counter() > self._deadline:
                return False
            taken = self._take(self._changed(step, last.stage)) or taken
        return taken

    def _changed(self, step: Step, stage: str) -> tuple[Call, ...]:
        """Each call of the stage with the step taken, since what is asked in one shape depends on the other."""
        changed: list[Call] = []
        for call in self.best.calls:
            inputs = step(call.inputs) if call.stage == stage else call.inputs
            if inputs is None:
                return ()
            changed.append(replace(call, inputs=inputs))
        return tuple(changed)

    def _take(self, calls: Sequence[Call]) -> bool:
        if not calls or time.perf_counter() > self._deadline:
            return False
        self.tried += 1
        try:
            answer = ask(self._subject, calls, self._law, self._first.verdict)
        except NotProvided:
            return False
        if answer is None or not answer.is_like(self._first):
            return False
        # Where zero is wanted any error is infinite, and says less.
        if answer.of_budget < self._least or (self._finite and not math.isfinite(answer.of_budget)):
            return False
        self.best = Failure(tuple(calls), answer)
        return True
