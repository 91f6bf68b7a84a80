"""How many errors lie how far from their budgets, by powers of ten."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from parity_suite.core.finding import Finding

#: Powers of ten; what lies beyond is counted at the ends.
_LOWEST: Final = -4
_HIGHEST: Final = 8


@dataclass(frozen=True)
class Decade:
    """The errors from ``10**power`` budgets to ten times that: of checks that fail, and of such that hold."""

    power: int
    failing: int
    holding: int

    @property
    def total(self) -> int:
        return self.failing + self.holding

    @property
    def tick(self) -> str:
        """What stands below the line where it begins; the first decade begins nowhere."""
        return "" if self.power == _LOWEST else f"1e{self.power}" if self.power else "1"


def histogram(failing: Iterable[Finding], holding: Iterable[Finding]) -> list[Decade]:
    """All decades between the first and the last that have any, and around the budget; none where nothing that was
    measured has a budget.
    """
    red, green = _powers(failing), _powers(holding)
    if not (red or green):
        return []
    powers = [*red, *green, -1, 0]
    return [Decade(power, red[power], green[power]) for power in range(min(powers), max(powers) + 1)]


def _powers(findings: Iterable[Finding]) -> Counter[int]:
    """Of what has a distance to its budget: neither what must be exact nor what is held to a bound."""
    ratios = (one.of_budget for finding in findings for one in finding.measured if one.budget and not one.bound)
    return Counter(_power(ratio) for ratio in ratios)


def _power(ratio: float) -> int:
    if not math.isfinite(ratio):
        return _HIGHEST
    return min(max(math.floor(math.log10(ratio)), _LOWEST), _HIGHEST) if ratio > 0 else _LOWEST
