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

from parity_suite.compare.allowance import FACTOR, Worst, allowance

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

#: What no round-off of float32 makes, least of all times the factor.
_MOST: Final = 1e-3

_ENTRY: Final = frozenset({"k", "growth", "least", "worst", "runs"})
#: What is known of every run that budgets stand on, and what is known of some.
_FACTS: Final = frozenset({"commands", "dates", "factor", "machines", "records", "seeds"})
_MORE_FACTS: Final = frozenset({"searches", "threads"})


class ProvenanceError(ValueError):
    """A budget that does not say where it comes from, or is not what was measured there makes it."""


@dataclass(frozen=True)
class Budget:
    """One entry of ``budgets.toml``.

    ``worst`` is the worst case measured, in units of ``eps * growth``, over all records of its ``runs``; ``least`` is
    the worst case of the record in which that is least, so that the two say how far it spreads. ``rule`` decides k:
    ``factor``, ``floor``, ``ceiling``, or ``twice`` the k of another entry.
    """

    k: float
    growth: str
    least: float
    worst: float
    runs: tuple[str, ...]
    rule: str

    def allowed(self, precision: str, terms: int) -> float:
        """The largest error that is still round-off, for sums of ``terms`` terms."""
        return self.k * EPS[precision] * _GROWTH[self.growth](terms)

    def in_units(self, error: float, precision: str, terms: int) -> float:
        """An error in units of ``eps * growth``, to be set beside ``k`` and ``worst``."""
        return error / (EPS[precision] * _GROWTH[self.growth](terms))


#: Of a stage that nothing was measured of: a few roundings of each of so many independent terms.
UNCALIBRATED: Final = Budget(8.0, "sqrt", 0.0, 0.0, (), "default")

#: Laws that ask what the law of statelessness asks, in other forms, numbers or surroundings: that is their budget too.
AS_STATELESSNESS: Final = frozenset(
    {"digits", "form", "many", "mode_sizes", "repeats", "scalars", "shapes", "surroundings"}
)


@cache
def load_budgets() -> Mapping[str, Budget]:
    """All budgets by ``stage.law``; ``ProvenanceError`` where one is not what was measured."""
    runs, entries = read_budgets(BUDGETS_FILE.read_text("utf-8"))
    return budgets_of(runs, entries)


def budget_for(stage: str, law: str) -> Budget:
    """The budget of a stage under a law; KeyError naming both where ``budgets.toml`` has none, and knows the stage."""
    budgets, law = load_budgets(), "statelessness" if law in AS_STATELESSNESS else law
    if f"{stage}.{law}" in budgets:
        return budgets[f"{stage}.{law}"]
    if is_calibrated(stage):
        raise KeyError(f"budgets.toml has no entry for {stage}.{law}")
    return UNCALIBRATED


@cache
def is_calibrated(stage: str) -> bool:
    """Whether budgets of a stage stand on measurements."""
    return any(key.partition(".")[0] == stage for key in load_budgets())


def read_budgets(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables of the runs by name and of the entries by ``stage.law``, not held to anything yet."""
    raw = tomllib.loads(text)
    runs = raw.pop("measured", {})
    return runs, {f"{stage}.{law}": entry for stage, laws in raw.items() for law, entry in laws.items()}


def budgets_of(runs: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Budget]:
    """The budgets of these tables; ``ProvenanceError`` at the first fact that is missing or does not fit."""
    for name, facts in runs.items():
        _require_facts(name, facts)
    for key, entry in entries.items():
        _require_entry(key, entry, runs)
    idle = set(runs) - {run for entry in entries.values() for run in entry["runs"]}
    if idle:
        raise ProvenanceError(f"budgets.toml: no budget stands on the run {', '.join(sorted(idle))}")
    worst = {key: Worst(float(entry["worst"]), entry["growth"]) for key, entry in entries.items()}
    return {key: _budget(key, entry, worst) for key, entry in entries.items()}


def _require_facts(name: str, facts: Mapping[str, Any]) -> None:
    missing, other = sorted(_FACTS - set(facts)), sorted(set(facts) - _FACTS - _MORE_FACTS)
    if missing or other:
        raise ProvenanceError(f"budgets.toml: the run {name} lacks {missing} and has {other}")
    empty = sorted(fact for fact in facts if not facts[fact] and facts[fact] != 0)
    if empty or facts["records"] < 1:
        raise ProvenanceError(f"budgets.toml: the run {name} says nothing of {empty or ['records']}")
    if facts["factor"] != FACTOR:
        raise ProvenanceError(f"budgets.toml: the run {name} has the factor {facts['factor']:g}, which is {FACTOR:g}")


def _require_entry(key: str, entry: Mapping[str, Any], runs: Mapping[str, Any]) -> None:
    if set(entry) != _ENTRY:
        raise ProvenanceError(f"budgets.toml: {key} must give {', '.join(sorted(_ENTRY))}, and nothing else")
    if entry["growth"] not in _GROWTH:
        raise ProvenanceError(f"budgets.toml: {key} has the growth {entry['growth']!r}, none of {', '.join(_GROWTH)}")
    unknown = sorted(set(entry["runs"]) - set(runs))
    if unknown or not entry["runs"]:
        raise ProvenanceError(f"budgets.toml: {key} stands on {unknown or 'no run'}, which is not described")
    if (most := entry["worst"] * EPS["float32"]) > _MOST:
        raise ProvenanceError(f"budgets.toml: {key} stands on an error of {most:.2g} in float32, which is no round-off")
    if not 0 <= entry["least"] <= entry["worst"] <= entry["k"]:
        raise ProvenanceError(f"budgets.toml: {key} must have 0 <= least <= worst <= k")


def _budget(key: str, entry: Mapping[str, Any], worst: Mapping[str, Worst]) -> Budget:
    due = allowance(key, worst)
    k = float(entry["k"])
    if not math.isclose(k, due.k, rel_tol=1e-5):
        raise ProvenanceError(f"budgets.toml: {key} has k = {k:g}, and what was measured makes it {due.k:g}")
    return Budget(k, entry["growth"], float(entry["least"]), float(entry["worst"]), tuple(entry["runs"]), due.rule)
