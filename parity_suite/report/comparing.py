"""The numbers of two runs beside each other: of records, or of files that a pack knows."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.ratio import OK, ratio
from parity_suite.core.journal import RECORD
from parity_suite.core.numbers_file import Numbers, numbers_files
from parity_suite.ledger.runs import read_run

#: Facts of findings that are numbers of what was learned, by name.
_FACTS: Final = ("statistics", "metrics")


class Incomparable(ValueError):
    """Why two files cannot be set beside each other."""


@dataclass(frozen=True)
class Measured:
    """The numbers of a file, and its digest."""

    path: Path
    digest: str
    numbers: Numbers


@dataclass(frozen=True)
class Row:
    """One number of the candidate beside that of the base. A ratio is nan exactly where ``status`` is not ``ok``."""

    label: str
    metric: str
    base: float
    candidate: float
    difference: float
    ratio: float
    status: str
    limit: float | None
    passes: bool

    def to_json(self) -> dict[str, Any]:
        """With null for what is not a number."""
        plain = asdict(self)
        return {name: None if isinstance(one, float) and not math.isfinite(one) else one for name, one in plain.items()}


def read_numbers(path: Path) -> Measured:
    """Those of a record, of a file that a pack knows, or of the one that lies in a folder.

    Raises ContractError where the file breaks its contract, Incomparable where it is neither or has no such numbers.
    """
    readers = {RECORD: _of_record, **{one.name: one.read for one in numbers_files()}}
    file = next((path / name for name in readers if (path / name).is_file()), path)
    if file.is_dir():
        raise Incomparable(f"{path}: there is no {' or '.join(readers)} in it")
    numbers = readers.get(file.name, _of_record)(file)
    if not numbers:
        raise Incomparable(f"{file}: it has no numbers of what was learned or measured")
    return Measured(file, hashlib.sha256(file.read_bytes()).hexdigest(), numbers)


def _of_record(path: Path) -> Numbers:
    numbers: Numbers = {}
    for one in read_run(path).findings:
        label = " ".join((one.stage, one.case, one.subject, one.device, one.precision))
        for name in _FACTS:
            for metric, value in one.facts.get(name, {}).items():
                numbers.setdefault(label, {})[metric] = _number(value)
    return numbers


def limits() -> dict[str, float]:
    """The largest ``|ratio - 1|`` that passes where nothing else is said, by the names of numbers."""
    return {name: most for one in numbers_files() for name, most in one.limits.items()}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def compared(
    base: Measured, candidate: Measured, labels: Sequence[str] = (), wanted: Mapping[str, float] | None = None
) -> list[Row]:
    """A row for each label and metric that either has, with the limits of the packs and those that are ``wanted``.

    Raises Incomparable where a label or a limited metric is named that neither has, or nothing is in both.
    """
    known = list(dict.fromkeys([*base.numbers, *candidate.numbers]))
    metrics = {metric for one in (base, candidate) for numbers in one.numbers.values() for metric in numbers}
    for what, named, there in (("label", labels, known), ("metric", wanted or (), metrics)):
        if unknown := sorted(set(named) - set(there)):
            raise Incomparable(f"no {what} {', '.join(unknown)}: there are {', '.join(sorted(there))}")
    if not set(base.numbers) & set(candidate.numbers):
        raise Incomparable(f"{base.path} and {candidate.path} have no label in common: {', '.join(known)}")
    most = {**limits(), **(wanted or {})}
    return [row for label in labels or known for row in _rows(label, base, candidate, most)]


def _rows(label: str, base: Measured, candidate: Measured, limits: Mapping[str, float]) -> Iterator[Row]:
    before, after = base.numbers.get(label, {}), candidate.numbers.get(label, {})
    for metric in dict.fromkeys([*before, *after]):
        old, new = before.get(metric, math.nan), after.get(metric, math.nan)
        quotient, status = _ratio(old, new)
        limit = limits.get(metric)
        passes = limit is None or (status == OK and abs(quotient - 1) <= limit)
        yield Row(label, metric, old, new, new - old, quotient, status, limit, passes)


def _ratio(old: float, new: float) -> tuple[float, str]:
    """``new / old``, nan where a value is missing or the base is zero, and why."""
    if not math.isfinite(old):
        return math.nan, "blocked_baseline_missing"
    if not math.isfinite(new):
        return math.nan, "blocked_value_missing"
    found = ratio(new, old)
    return found.ratio, found.status


def document(base: Measured, candidate: Measured, rows: Sequence[Row]) -> dict[str, Any]:
    """As the contract ``differences`` has it."""
    sides = {"base": base, "candidate": candidate}
    told = {name: {"path": str(one.path), "digest": one.digest} for name, one in sides.items()}
    return {"format": 1, "kind": "differences", **told, "rows": [row.to_json() for row in rows]}


def words(row: Row) -> str:
    """What became of a number, for the last column of a table."""
    if row.status != OK:
        return row.status if row.passes else f"FAILS: {row.status}"
    if row.limit is None:
        return ""
    return f"within {row.limit:.0%}" if row.passes else f"FAILS: beyond {row.limit:.0%}"
