"""Budgets that a project makes wider for itself, each with a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, Final

from parity_suite.compare.budgets import load_budgets
from parity_suite.core.packs import BY_NAME

#: Where a wider budget comes from, in the words of a report.
USER_ORIGIN: Final = "[tool.parity.budgets]"
_PARTS: Final = {"times", "reason"}


class WideningError(ValueError):
    """A wider budget that names nothing, gives no reason or is none."""


@dataclass(frozen=True)
class Widening:
    """How many ``times`` as wide a budget is, and why."""

    times: float = 1.0
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.times:g} times as wide: {self.reason}"

    @property
    def origin(self) -> str:
        """Where the budget comes from that it makes; empty where it makes none."""
        return f"{USER_ORIGIN}, {self}" if self.times > 1 else ""


AS_IT_IS: Final = Widening()


class Widenings:
    """Those of a run, by patterns of ``stage.law`` or ``stage.law.precision``."""

    def __init__(self) -> None:
        self.given: dict[str, Widening] = {}

    def take(self, given: Mapping[str, Any]) -> None:
        """Puts these in the place of earlier ones; ``WideningError`` naming what is wrong with them."""
        for pattern, value in given.items():
            _require(pattern, value)
        self.given = {pattern: Widening(float(one["times"]), one["reason"].strip()) for pattern, one in given.items()}

    def of(self, stage: str, law: str, precision: str) -> Widening:
        """The widest of a budget."""
        names = (f"{stage}.{law}", f"{stage}.{law}.{precision}")
        found = [one for pattern, one in self.given.items() if any(fnmatch(name, pattern) for name in names)]
        return max(found, key=lambda one: one.times, default=AS_IT_IS)

    def to_json(self) -> dict[str, Any]:
        """As they were given."""
        return {pattern: vars(one) for pattern, one in self.given.items()}


def _require(pattern: str, value: Any) -> None:
    where = f"{USER_ORIGIN}: {pattern}"
    if not isinstance(value, Mapping) or set(value) != _PARTS:
        raise WideningError(f"{where} wants times and reason, and nothing else")
    times, reason = value["times"], value["reason"]
    if isinstance(times, bool) or not isinstance(times, int | float) or not 1 < times < math.inf:
        raise WideningError(f"{where}.times is {times!r}, not a number above 1: no budget is narrowed")
    if not isinstance(reason, str) or not reason.strip():
        raise WideningError(f"{where}.reason is empty")
    stages = {*BY_NAME, *(key.partition(".")[0] for key in load_budgets())}
    known = {name for key in load_budgets() for name in (key, key.rpartition(".")[0])}
    uncalibrated = {stage for stage in stages if not any(key.startswith(f"{stage}.") for key in known)}
    if not any(fnmatch(name, pattern) for name in known) and pattern.partition(".")[0] not in uncalibrated:
        raise WideningError(f"{where} is no pattern of any stage.law that has a budget")
