"""The error that a check allows: ``k * eps(precision) * growth(terms)``, one k a stage and law, from ``budgets.toml``.

Growth laws: an FFT of N points accumulates log2 N roundings (Gentleman and Sande 1966; Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., section 24.1); pairwise summation of n terms log2 n (ibid., section 4.2),
independent roundings of n terms sqrt(n) in the mean square.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

#: Spacing of floating-point numbers above 1. TF32 and bfloat16 are another eps, not another budget.
EPS: Final[Mapping[str, float]] = {
    "float64": 2.0**-52,
    "float32": 2.0**-23,
    "tf32": 2.0**-10,
    "bfloat16": 2.0**-7,
}

BUDGETS_FILE: Final = Path(__file__).with_name("budgets.toml")

_GROWTH: Final = {
    "one": lambda terms: 1.0,
    "log2": lambda terms: max(1.0, math.log2(max(terms, 1))),
    "sqrt": lambda terms: math.sqrt(max(terms, 1)),
}


@dataclass(frozen=True)
class Budget:
    """One entry of ``budgets.toml``; ``worst`` is the worst case measured, in units of ``eps * growth``."""

    k: float
    growth: str
    worst: float
    source: str

    def allowed(self, precision: str, terms: int) -> float:
        """The largest error that is still round-off, for sums of ``terms`` terms."""
        return self.k * EPS[precision] * _GROWTH[self.growth](terms)

    def in_units(self, error: float, precision: str, terms: int) -> float:
        """An error in units of ``eps * growth``, to be set beside ``k`` and ``worst``."""
        return error / (EPS[precision] * _GROWTH[self.growth](terms))


@cache
def load_budgets() -> Mapping[str, Budget]:
    """All budgets by ``stage.law``."""
    raw = tomllib.loads(BUDGETS_FILE.read_text("utf-8"))
    machines = raw.pop("measured")
    budgets: dict[str, Budget] = {}
    for stage, laws in raw.items():
        for law, entry in laws.items():
            budgets[f"{stage}.{law}"] = _budget(f"{stage}.{law}", entry, machines)
    return budgets


def _budget(name: str, entry: Mapping[str, Any], measured: Mapping[str, Any]) -> Budget:
    if set(entry) != {"k", "growth", "worst", "run"}:
        raise ValueError(f"budgets.toml: {name} must give k, growth, worst and run, and nothing else")
    run = measured[entry["run"]]
    source = f"{run['command']} on {run['date']}, {run['machine']}"
    return Budget(float(entry["k"]), entry["growth"], float(entry["worst"]), source)


def budget_for(stage: str, law: str) -> Budget:
    """The budget of a stage under a law; KeyError naming both where ``budgets.toml`` has none."""
    budgets = load_budgets()
    if f"{stage}.{law}" not in budgets:
        raise KeyError(f"budgets.toml has no entry for {stage}.{law}")
    return budgets[f"{stage}.{law}"]
