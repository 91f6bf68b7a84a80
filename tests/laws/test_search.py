"""What hypothesis finds is told as it is: several failures at once, and one that does not come again, hide nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from plain import finding_of
from whole import Whole

from parity_suite.core.cause import Cause
from parity_suite.core.finding import Verdict


class WrongAndCrashing(Whole):
    """Half as much again as it should be, and a crash where there is nothing to transform."""

    def diffract(self, psi: Any) -> Any:
        if not len(psi):
            raise ZeroDivisionError("no items")
        return (super().diffract(psi) * 1.5).astype(self.real)


class WrongOnce(Whole):
    calls: ClassVar[int] = 0

    def diffract(self, psi: Any) -> Any:
        type(self).calls += 1
        return (super().diffract(psi) * (1.5 if self.calls == 5 else 1)).astype(self.real)


class CrashingOnce(Whole):
    calls: ClassVar[int] = 0

    def diffract(self, psi: Any) -> Any:
        type(self).calls += 1
        if self.calls == 3:
            raise OSError("lost connection")
        return super().diffract(psi)


def test_a_wrong_answer_is_not_hidden_by_a_crash_for_other_inputs() -> None:
    found = finding_of(WrongAndCrashing, "diffract", "search")
    assert (found.verdict, found.cause) == (Verdict.SEMANTIC, Cause.OFF_BUDGET)
    assert found.reason.endswith("; ZeroDivisionError: no items, for other inputs")
    assert found.worst is not None
    assert found.worst.of_budget > 1


def test_a_wrong_answer_that_does_not_come_again_is_shown_and_said_so() -> None:
    WrongOnce.calls = 0
    found = finding_of(WrongOnce, "diffract", "search")
    assert found.verdict is Verdict.SEMANTIC
    assert "what failed held when it was asked again" in found.reason
    assert any(not one.within for one in found.measured)


def test_a_crash_that_does_not_come_again_is_the_backends_own() -> None:
    CrashingOnce.calls = 0
    found = finding_of(CrashingOnce, "diffract", "search")
    assert (found.verdict, found.cause) == (Verdict.ERROR, Cause.EXCEPTION)
    assert (found.raised.type, found.raised.message) == ("OSError", "lost connection")
    assert found.raised.function == "CrashingOnce.diffract"
