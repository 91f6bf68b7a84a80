"""The matrix for a terminal: one line a fault, then what a maintainer must look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from parity_suite.contracts.tables import text_table
from parity_suite.core.check_id import CheckId
from parity_suite.selftest.matrix import Row, idle
from parity_suite.selftest.sighting import MutantResult

_RED: Final = "RED WITHOUT ANY FAULT, so these checks prove nothing; mend the backend, then ask again"
_HEADINGS: Final = ("stage", "fault", "made", "measured", "kind", "killed by")


def lines_of(rows: Sequence[Row], table: bool = True) -> Iterator[str]:
    """What makes the rest worthless, then the matrix, unless the ``table`` is not wanted, and the sections below it."""
    if spoilt := list(_spoilt(rows)):
        yield from (f"{_RED}:", *(f"  {line}" for line in spoilt), "")
    if table and (cells := [_cells(row) for row in rows if row.outcome != "no place"]):
        yield from text_table(_HEADINGS, cells)
    for title, found in _sections(rows):
        if found:
            yield from ("", f"{title}:", *(f"  {line}" for line in found))
    yield ""
    yield from (f"{summary(rows, name)}; {_kinds(rows, name)}" for name in sorted({row.backend for row in rows}))
    yield from unproved(rows)


def unproved(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each backend in which no fault had a place, and one where none was put in anywhere."""
    placed = {row.backend: False for row in rows}
    for row in rows:
        placed[row.backend] |= row.outcome != "no place"
    yield from (
        f"RED: {name}: no fault has a place in it, so nothing is proved" for name, any_ in placed.items() if not any_
    )
    if not rows:
        yield "RED: no fault was put in, so nothing is proved"


def summary(rows: Sequence[Row], backend: str) -> str:
    """The denominator of one backend in a line."""
    mine = [row for row in rows if row.backend == backend]
    by = Counter(row.outcome for row in mine)
    killed = [row for row in mine if row.outcome == "killed"]
    placed = sum(not row.misplaced for row in killed)
    return (
        f"{backend}: {len(mine)} fault{'s' * (len(mine) != 1)}: {by['killed']} killed, {by['survived']} survived, "
        f"{by['equivalent']} equivalent, {by['no place']} without a place in it; "
        f"{placed} of {len(killed)} blamed on the right stage alone{_spoilt_in_all(mine)}"
    )


def _spoilt_in_all(rows: Sequence[Row]) -> str:
    spoilt = {check for row in rows for check in row.spoilt}
    return f"; {len(spoilt)} checks RED WITHOUT ANY FAULT" if spoilt else ""


def _kinds(rows: Sequence[Row], backend: str) -> str:
    named = [row for row in rows if row.backend == backend and row.outcome == "killed" and row.kind]
    right = sum(row.kind is row.fault.kind for row in named)
    return f"kind of mistake named for {len(named)}, rightly for {right}"


def _cells(row: Row) -> tuple[str, ...]:
    made, measured = (_count(row.by_origin.get(origin)) for origin in ("made", "measured"))
    seen = ", ".join(row.laws) or ("(equivalent)" if row.outcome == "equivalent" else "NOTHING")
    return (row.fault.stage, row.fault.name, made, measured, row.kind or "", seen)


def _count(sighting: MutantResult | None) -> str:
    """Checks that saw it out of those that ran."""
    return f"{len(sighting.witnesses)}/{sighting.ran}" if sighting and sighting.ran else ""


def _sections(rows: Sequence[Row]) -> Iterator[tuple[str, list[str]]]:
    yield "survived, so that this mistake would go unnoticed", [_line(r) for r in rows if r.failed]
    yield (
        "blamed on another stage",
        [f"{r.fault.name} of {r.fault.stage}: {k.check} blames {k.blame}" for r in rows for k in r.misplaced],
    )
    yield (
        "seen by one check alone",
        [f"{r.fault.name}: {r.witnesses[0].check}; {r.fault.single or 'NO REASON GIVEN'}" for r in rows if r.lonely],
    )
    yield (
        "equivalent, so neither killed nor surviving",
        [f"{r.fault.name} of {r.fault.stage}: {r.fault.equivalent}" for r in rows if r.outcome == "equivalent"],
    )
    yield "laws that killed none of these faults", idle(rows)
    yield "faults without a place", [*_missing(rows), *_without_place(rows)]


def _line(row: Row) -> str:
    spoilt = f", and {len(row.spoilt)} more are red without it" if row.spoilt else ""
    mistake = f"{row.fault.name} of {row.fault.stage} in {row.backend} ({row.fault.line()})"
    return f"{mistake} {row.failed}; {row.ran} ran{spoilt}"


def _spoilt(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each law of a stage, with one of the checks by its id."""
    laws: dict[tuple[str, str], list[str]] = {}
    for backend, check in sorted({(row.backend, check) for row in rows for check in row.spoilt}):
        laws.setdefault((backend, CheckId.parse(check).law_of_stage), []).append(check)
    for (backend, law), checks in laws.items():
        more = f" and {len(checks) - 1} more of {law}" if len(checks) > 1 else ""
        yield f"{backend}: {checks[0]}{more}"


def _missing(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each backend that lacks methods, with the faults that each would have."""
    lacking: dict[str, Counter[str]] = {}
    for row in rows:
        if row.missing:
            lacking.setdefault(row.backend, Counter())[row.missing] += 1
    for backend, doors in lacking.items():
        yield f"{backend} does not define {', '.join(f'{door} ({n})' for door, n in doors.items())}"


def _without_place(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each other reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.outcome == "no place" and not row.missing:
            reasons.setdefault(f"{row.backend}: {row.reason}", []).append(row.fault.name)
    for reason, names in sorted(reasons.items()):
        yield f"{reason} ({len(names)}: {', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
