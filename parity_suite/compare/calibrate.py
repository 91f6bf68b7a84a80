"""Budgets beside what records of runs have measured, and ``budgets.toml`` written anew from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, Final

from parity_suite.compare.allowance import FACTOR, Worst, allowance
from parity_suite.compare.budgets import Budget, ProvenanceError, read_budgets
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
    """The greatest error of every ``stage.law`` in units of ``eps * growth``; bounds and exact values are left out."""
    worst: dict[str, float] = {}
    for record in records:
        for finding in record["findings"]:
            for one in finding["measured"]:
                if not one["bound"] and number(one["budget"]):
                    key = f"{finding['stage']}.{finding['law']}"
                    worst[key] = max(worst.get(key, 0.0), number(one["units"]))
    return worst


def spreads(records: Iterable[Record]) -> dict[str, Spread]:
    """The spread of every ``stage.law`` over the records that measured it."""
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
    return {
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
    this run alone. ``ProvenanceError`` where a named entry was not measured, and where others stand on a run of
    this name, whose machines and dates would no longer be its own.
    """
    runs, entries = read_budgets(text)
    named = {key for key in entries if any(fnmatch(key, pattern) for pattern in only)}
    for key, entry in entries.items():
        if key in named and key not in measured:
            raise ProvenanceError(f"{key}: no record has measured it")
        if name in entry["runs"] and not (key in named and anew):
            raise ProvenanceError(f"{name}: budgets stand on a run of this name already")
    entries |= {key: _merged(entries[key], measured[key], name, anew) for key in named}
    worst = {key: Worst(entry["worst"], entry["growth"]) for key, entry in entries.items()}
    # What is twice another k moves with it.
    entries = {key: {**entry, "k": allowance(key, worst).k} for key, entry in entries.items()}
    return render({**runs, name: facts}, entries)


def render(runs: Mapping[str, Any], entries: Mapping[str, Any]) -> str:
    """The text of ``budgets.toml``; runs on which nothing stands are left out."""
    lines = [
        "# The error that a check allows is k * eps(precision) * growth(terms); worst is the worst case measured, in",
        "# the same units, over both precisions, all backends and all records of its runs; least is that of the record",
        f"# in which it is least. k is {FACTOR:g} times worst, with the floors, the ceilings and the doubles of",
        "# allowance.py. Written by `parity calibrate RECORD... --write NAME`; see docs/budgets.md.",
    ]
    used = {run for entry in entries.values() for run in entry["runs"]}
    for name, facts in runs.items():
        if name in used:
            lines += ["", f"[measured.{name}]", *_assignments(facts, sorted(facts))]
    for key, entry in sorted(entries.items()):
        lines += ["", f"[{key}]", *_assignments(entry, ("k", "growth", "least", "worst", "runs"))]
    return "\n".join(lines) + "\n"


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
