"""Budgets beside what records of runs have measured, and ``budgets.toml`` written anew from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import groupby
from typing import Any, Final

from parity_suite.compare.allowance import FACTOR, base_in_stage
from parity_suite.compare.budgets import UNCALIBRATED, Budget, BudgetTables, ProvenanceError, due, read_budgets
from parity_suite.contracts.plain_json import number

#: A worst case beyond this share of k is near failing where a machine rounds a little worse.
TIGHT: Final = 0.5
#: A k of more than so many times the worst case would let an error pass that is far beyond round-off.
LOOSE: Final = 2 * FACTOR

#: How the checks of a record may have ended for its errors to be round-off.
_ROUND_OFF: Final = frozenset({"ok", "not-run", "numerical"})

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Spread:
    """The worst cases of several records: that of the record in which it is least, and that of all."""

    least: float
    worst: float


@dataclass(frozen=True)
class Row:
    """A budget beside what was measured; ``verdicts`` are none or some of ``exceeded``, ``tight``, ``loose`` and
    ``unmeasured``.
    """

    key: str
    budget: Budget
    measured: Spread | None

    @property
    def share(self) -> float:
        """Of k, what the worst case uses."""
        return self.measured.worst / self.budget.k if self.measured else 0.0

    @property
    def verdicts(self) -> tuple[str, ...]:
        return tuple(self._verdicts())

    def _verdicts(self) -> Iterator[str]:
        if self.measured is None:
            yield "unmeasured"
            return
        if self.share > 1:
            yield "exceeded"
        elif self.share > TIGHT or _kept(self.measured.worst) > self.budget.worst:
            yield "tight"
        if self.budget.k > LOOSE * self.measured.worst:
            yield "loose"


def worst_units(records: Iterable[Record]) -> dict[str, float]:
    """The greatest error of every ``stage.law.precision`` in units of ``eps * growth``, of what has a budget."""
    worst: dict[str, float] = {}
    for record in records:
        for finding in record["findings"]:
            for one in finding["measured"]:
                if not one["bound"] and number(one["budget"]):
                    key = f"{finding['stage']}.{finding['law']}.{finding['precision']}"
                    worst[key] = max(worst.get(key, 0.0), number(one["units"]))
    return worst


def spreads(records: Iterable[Record]) -> dict[str, Spread]:
    """The spread of every ``stage.law.precision`` over the records that measured it."""
    out: dict[str, Spread] = {}
    for record in records:
        for key, units in worst_units([record]).items():
            known = out.get(key, Spread(units, units))
            out[key] = Spread(min(known.least, units), max(known.worst, units))
    return out


def rows(budgets: Mapping[str, Budget], measured: Mapping[str, Spread]) -> list[Row]:
    """Every budget beside its spread, the one that is used up most first."""
    found = (Row(key, budget, measured.get(key)) for key, budget in sorted(budgets.items()))
    return sorted(found, key=lambda row: -row.share)


def provenance(records: Sequence[Record], command: str = "") -> dict[str, Any]:
    """What ``[measured.NAME]`` says of these records; ``ProvenanceError`` where one does not say it, or has checks that
    failed by more than round-off, whose errors no budget may allow.
    """
    for record in records:
        _require_sound(record)
    runs = [record["environment"]["run"] for record in records]
    backends = {name for record in records for name in record["environment"]["backends"]}
    return {
        "backends": sorted(backends),
        "commands": [command] if command else _distinct(_command(record) for record in records),
        "dates": _distinct(record["time"][:10] for record in records),
        "factor": FACTOR,
        "machines": _distinct(_machine(record["environment"]["machine"]) for record in records),
        "records": len(records),
        "searches": _distinct(run["hypothesis"] for run in runs),
        "seeds": _distinct(run["seed"] for run in runs),
        "threads": _distinct(int(run["threads"]) for run in runs if run["threads"]),
    }


def rewritten(
    text: str, measured: Mapping[str, Spread], name: str, facts: Mapping[str, Any], only: Sequence[str], anew: bool
) -> str:
    """``budgets.toml`` after a measurement called ``name``; entries that no pattern of ``only`` names stay.

    The run joins those that an entry stands on, and the worst of all of them counts; with ``anew`` the entry stands on
    this run alone. What was measured and has no entry gets one, of the growth of the default or of the oracle's
    law that it leans on. ``ProvenanceError`` where
    a named entry was not measured, and where others stand on a run of this name, whose machines and dates would no
    longer be its own.
    """
    tables = read_budgets(text)
    named = {key for key in {*tables.entries, *measured} if any(fnmatch(key, pattern) for pattern in only)}
    for key, entry in tables.entries.items():
        if key in named and key not in measured:
            raise ProvenanceError(f"{key}: no record has measured it")
        if name in entry["runs"] and not (key in named and anew):
            raise ProvenanceError(f"{name}: budgets stand on a run of this name already")
    entries = {**tables.entries}
    entries |= {key: _merged(entries.get(key, _unmeasured(key, entries)), measured[key], name, anew) for key in named}
    new = BudgetTables({**tables.runs, name: facts}, tables.promised, entries)
    # What is twice another k moves with it.
    return render(replace(new, entries={key: {**entries[key], "k": one.k} for key, one in due(new).items()}))


def _unmeasured(key: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of what was never measured before, of the growth in which its errors were."""
    known = entries.get(base_in_stage(key))
    growth = known["growth"] if known else UNCALIBRATED[key.rpartition(".")[2]].growth
    return {"growth": growth, "least": math.inf, "worst": 0.0, "runs": []}


def render(tables: BudgetTables) -> str:
    """The text of ``budgets.toml``; runs on which nothing stands are left out."""
    lines = [
        "# The error that a check allows is k * eps(precision) * growth(terms); worst is the worst case measured, in",
        "# these units, over all backends and all records of its runs; least is that of the record in which it is",
        f"# least. k is {FACTOR:g} times worst, with the floors and doubles of allowance.py, under what is promised.",
        "# Written by `parity calibrate RECORD... --write NAME`; see docs/budgets.md.",
    ]
    used = {run for entry in tables.entries.values() for run in entry["runs"]}
    for name, facts in tables.runs.items():
        if name in used:
            lines += ["", f"[measured.{name}]", *_assignments(facts, sorted(facts))]
    lines += _entries(tables.promised, ("error", "terms"), "promised.")
    lines += _entries(tables.entries, ("k", "growth", "least", "worst", "runs"))
    return "\n".join(lines) + "\n"


def _entries(entries: Mapping[str, Any], names: Sequence[str], prefix: str = "") -> Iterator[str]:
    """A table for each ``stage.law``, and a line in it for each precision."""
    for law, keys in groupby(sorted(entries), lambda key: key.rpartition(".")[0]):
        yield from ("", f"[{prefix}{law}]")
        for key in keys:
            told = ", ".join(_assignments(entries[key], names))
            yield f"{key.rpartition('.')[2]} = {{ {told} }}"


def _merged(entry: Mapping[str, Any], measured: Spread, name: str, anew: bool) -> dict[str, Any]:
    least, worst = _kept(measured.least), _kept(measured.worst)
    if anew:
        return {**entry, "least": least, "worst": worst, "runs": [name]}
    least, worst = min(least, entry["least"]), max(worst, entry["worst"])
    return {**entry, "least": least, "worst": worst, "runs": [*entry["runs"], name]}


def _kept(units: float) -> float:
    """With the three digits that the file has."""
    return float(f"{units:.3g}")


def _require_sound(record: Record) -> None:
    missing = {"command", "seed", "hypothesis", "threads"} - set(record["environment"].get("run", {}))
    if missing:
        raise ProvenanceError(f"the record of {record['time']} lacks {', '.join(sorted(missing))}")
    for finding in record["findings"]:
        if finding["verdict"] not in _ROUND_OFF:
            raise ProvenanceError(f"{finding['check']} is {finding['verdict']}, and its errors are no round-off")


def _command(record: Record) -> str:
    run = record["environment"]["run"]
    return f"PARITY_SEED={run['seed']} PARITY_HYPOTHESIS={run['hypothesis']} {run['command']}"


def _machine(machine: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {machine[name]}" for name in ("cpu", "simd", "cores", "os", "numpy"))


def _distinct(values: Iterable[Any]) -> list[Any]:
    return sorted(set(values))


def _assignments(table: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [f"{name} = {_plain(table[name])}" for name in names]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)
