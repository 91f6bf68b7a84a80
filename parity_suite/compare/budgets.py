"""The error that a check allows: ``k * eps(precision) * growth(terms)``, one k a stage, law and precision.

They stand in the file ``budgets.toml`` among the resources of a pack; what has none there is allowed the default of the
rule. Growth laws: an FFT of N points accumulates log2 N roundings (Gentleman and Sande 1966; Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., section 24.1); pairwise summation of n terms log2 n (ibid., section 4.2),
independent roundings of n terms sqrt(n) in the mean square. In float64, where digits are not scarce, whatever may be
written as a plain sum, or samples places that were computed on the way, grows as sqrt(n).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.allowance import FACTOR, LEAST_IN_FLOAT64, Allowance, Worst, allowance, base_in_stage
from parity_suite.core.law_finder import traits_said
from parity_suite.core.pack import Pack
from parity_suite.core.packs import pack_of, packs
from parity_suite.core.stage import PRECISIONS

#: Spacing of floating-point numbers above 1. TF32 and bfloat16 are another eps, not another budget.
EPS: Final[Mapping[str, float]] = {
    "float64": 2.0**-52,
    "float32": 2.0**-23,
    "tf32": 2.0**-10,
    "bfloat16": 2.0**-7,
}

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
_MORE_FACTS: Final = frozenset({"backends", "searches", "threads"})


class ProvenanceError(ValueError):
    """A budget that does not say where it comes from, or is not what was measured there makes it."""


@dataclass(frozen=True)
class Budget:
    """One entry of ``budgets.toml``.

    ``worst`` is the worst case measured, in units of ``eps * growth``, over all records of its ``runs``; ``least`` is
    the worst case of the record in which that is least, so that the two say how far it spreads. ``rule`` decides k:
    ``factor``, ``floor``, ``ceiling``, or ``twice`` the k of another entry.
    """

    precision: str
    k: float
    growth: str
    least: float
    worst: float
    runs: tuple[str, ...]
    rule: str

    def allowed(self, terms: int) -> float:
        """The largest error that is still round-off, for sums of ``terms`` terms."""
        return self.k * _unit(self.precision, self.growth, terms)

    def in_units(self, error: float, terms: int) -> float:
        """An error in units of ``eps * growth``, to be set beside ``k`` and ``worst``."""
        return error / _unit(self.precision, self.growth, terms)


#: By precision, of what nothing was measured of: a few roundings of each of so many independent terms.
UNCALIBRATED: Final = {one: Budget(one, LEAST_IN_FLOAT64, "sqrt", 0.0, 0.0, (), "default") for one in PRECISIONS}


@dataclass(frozen=True)
class BudgetTables:
    """What ``budgets.toml`` holds, not held to anything yet: the runs by name, and by ``stage.law.precision`` the
    figures that a project promised and the entries.
    """

    runs: Mapping[str, Any]
    promised: Mapping[str, Any]
    entries: Mapping[str, Any]


def load_budgets() -> Mapping[str, Budget]:
    """The budgets of all packs by ``stage.law.precision``; ``ProvenanceError`` where one is not what was measured."""
    return {key: budget for pack in packs() for key, budget in _of_resources(pack.resources).items()}


def budget_for(stage: str, law: str, precision: str) -> Budget:
    """The budget of a stage under a law in a precision. Where its pack says none, that of a law which holds a backend
    to itself or to another is twice that of the stage's own oracle, and else the default.
    """
    budgets = _of_resources(pack_of(stage).resources)
    key = f"{stage}.{traits_said(law).budget_of or law}.{precision}"
    if key not in budgets and (base := base_in_stage(key)) in budgets:
        return replace(budgets[base], k=2 * budgets[base].k, least=0.0, worst=0.0, runs=(), rule=f"twice {base}")
    return budgets.get(key, UNCALIBRATED[precision])


def budgets_file(pack: Pack) -> Path:
    """Where the budgets of a pack stand, or would; ``ProvenanceError`` for one without resources."""
    if not pack.resources:
        raise ProvenanceError(f"pack {pack.name} names no resources, where its budgets could stand")
    return _file(pack.resources)


def _file(resources: str) -> Path:
    return Path(str(files(resources))) / "budgets.toml"


@cache
def _of_resources(resources: str) -> Mapping[str, Budget]:
    """The budgets in a package of resources; none where it has no such file."""
    if not resources or not _file(resources).is_file():
        return {}
    return budgets_of(read_budgets(_file(resources).read_text("utf-8")))


def read_budgets(text: str) -> BudgetTables:
    """The tables of a file."""
    raw = tomllib.loads(text)
    runs, promised = raw.pop("measured", {}), raw.pop("promised", {})
    return BudgetTables(runs, _flat(promised), _flat(raw))


def _flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{stage}.{law}.{precision}": entry
        for stage, laws in tables.items()
        for law, precisions in laws.items()
        for precision, entry in precisions.items()
    }


def budgets_of(tables: BudgetTables) -> dict[str, Budget]:
    """The budgets of these tables; ``ProvenanceError`` at the first fact that is missing or does not fit."""
    for name, facts in tables.runs.items():
        _require_facts(name, facts)
    for key, entry in tables.entries.items():
        _require_entry(key, entry, tables.runs)
    idle = set(tables.runs) - {run for entry in tables.entries.values() for run in entry["runs"]}
    if idle:
        raise ProvenanceError(f"budgets.toml: no budget stands on the run {', '.join(sorted(idle))}")
    found = due(tables)
    return {key: _budget(key, entry, found[key]) for key, entry in tables.entries.items()}


def due(tables: BudgetTables) -> dict[str, Allowance]:
    """What the entries are allowed by what was measured and promised."""
    worst = {key: Worst(float(entry["worst"]), entry["growth"]) for key, entry in tables.entries.items()}
    ceilings = {
        key: float(one["error"]) / _unit(key.rpartition(".")[2], worst[key].growth, one["terms"])
        for key, one in tables.promised.items()
        if key in worst
    }
    return {key: allowance(key, worst, ceilings) for key in worst}


def _unit(precision: str, growth: str, terms: int) -> float:
    return EPS[precision] * _GROWTH[growth](terms)


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
    precision = key.rpartition(".")[2]
    if precision not in PRECISIONS:
        raise ProvenanceError(f"budgets.toml: {key} is of none of {', '.join(PRECISIONS)}")
    if entry["growth"] not in _GROWTH:
        raise ProvenanceError(f"budgets.toml: {key} has the growth {entry['growth']!r}, none of {', '.join(_GROWTH)}")
    unknown = sorted(set(entry["runs"]) - set(runs))
    if unknown or not entry["runs"]:
        raise ProvenanceError(f"budgets.toml: {key} stands on {unknown or 'no run'}, which is not described")
    if (most := entry["worst"] * EPS["float32"]) > _MOST:
        raise ProvenanceError(f"budgets.toml: {key} stands on an error of {most:.2g} in float32, which is no round-off")
    if not 0 <= entry["least"] <= entry["worst"] <= entry["k"]:
        raise ProvenanceError(f"budgets.toml: {key} must have 0 <= least <= worst <= k")


def _budget(key: str, entry: Mapping[str, Any], due: Allowance) -> Budget:
    k = float(entry["k"])
    if not math.isclose(k, due.k, rel_tol=1e-5):
        raise ProvenanceError(f"budgets.toml: {key} has k = {k:g}, and what was measured makes it {due.k:g}")
    measured = float(entry["least"]), float(entry["worst"])
    return Budget(key.rpartition(".")[2], k, entry["growth"], *measured, tuple(entry["runs"]), due.rule)
