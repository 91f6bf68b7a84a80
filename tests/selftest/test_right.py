"""The right backend is asked here or in another process, and says the same."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import Any

import pytest

from parity_suite.backends.registry import BackendSpec
from parity_suite.cases.catalogue import SMALL
from parity_suite.checks import Check, enumerate_checks
from parity_suite.faults import FAULTS
from parity_suite.faults.specs import faulty_spec
from parity_suite.selftest.right import Right, RightAhead
from parity_suite.selftest.run import Task, run
from parity_suite.selftest.sight import sight

NUMPY = BackendSpec("reference", "parity_suite.diagnosis.measure", "Reference")


class Later(Executor):
    """Runs what was submitted when its answer is asked for, and counts both."""

    def __init__(self) -> None:
        self.submitted = 0
        self.futures: list[Future[Any]] = []

    def submit(self, task: Any, /, *given: Any, **named: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        answer = future.result

        def result(timeout: float | None = None) -> Any:
            if not future.done():
                future.set_result(task(*given, **named))
            return answer(timeout)

        future.result = result  # type: ignore[method-assign]
        self.futures.append(future)
        return future


def checks(spec: BackendSpec) -> list[Check]:
    return [c for c in enumerate_checks([spec]) if (c.stage, c.law) == ("diffract", "oracle") and c.case in SMALL[:2]]


def test_both_say_the_same_of_a_right_and_of_a_wrong_backend() -> None:
    wrong = faulty_spec(NUMPY, "fftshift_missing", "wrong")
    for spec, holds in ((NUMPY, True), (wrong, False)):
        for check in checks(spec)[:2]:
            ahead = RightAhead(Later())
            ahead.expect(check)
            assert ahead.holds(check) is Right().holds(check) is holds


def test_what_is_not_wanted_is_not_asked_and_may_be_wanted_again() -> None:
    later = Later()
    ahead, check = RightAhead(later), checks(NUMPY)[0]
    ahead.expect(check)
    ahead.expect(check)
    assert later.submitted == 1
    ahead.forget(check)
    assert later.futures[0].cancelled()
    ahead.expect(check)
    assert later.submitted == 2
    assert ahead.holds(check)


def test_a_sighting_is_the_same_whoever_asks() -> None:
    fault = FAULTS["probe_conjugated"]
    later = Later()
    here, there = (sight(NUMPY, fault, "made", right=right) for right in (Right(), RightAhead(later)))
    assert here.kills
    assert (here.kills, here.green, here.spoilt) == (there.kills, there.green, there.spoilt)
    assert later.submitted >= here.ran


@pytest.mark.parametrize("workers", [1, 2])
def test_one_fault_alone_is_asked_beside_the_right_backend(workers: int) -> None:
    told: list[int] = []
    (found,) = run([Task(NUMPY, "probe_conjugated", "made")], {}, workers, told.append)
    assert found.witnesses
    assert not found.spoilt
    assert told == [1]
