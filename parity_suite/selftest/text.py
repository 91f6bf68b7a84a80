"""The matrix for a terminal: one line a fault, then what a maintainer must look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from parity_suite.selftest.matrix import Row, idle
from parity_suite.selftest.sighting import Sighting

_HEADINGS: Final = ("stage", "fault", "made", "measured", "kind", "killed by")


def lines_of(rows: Sequence[Row], table: bool = True) -> Iterator[str]:
    """The matrix, unless the ``table`` is not wanted, and the sections below it."""
    if table:
        yield from _table([_cells(row) for row in rows if row.outcome != "no place"])
    for title, found in _sections(rows):
        if found:
            yield ""
            yield f"{title}:"
            yield from (f"  {line}" for line in found)
    yield ""
    yield from (f"{summary(rows, name)}; {_kinds(rows, name)}" for name in sorted({row.backend for row in rows}))


def summary(rows: Sequence[Row], backend: str) -> str:
    """The denominator of one backend in a line."""
    mine = [row for row in rows if row.backend == backend]
    by = Counter(row.outcome for row in mine)
    killed = [row for row in mine if row.outcome == "killed"]
    placed = sum(not row.misplaced for row in killed)
    return (
        f"{backend}: {len(mine)} faults: {by['killed']} killed, {by['survived']} survived, "
        f"{by['equivalent']} equivalent, {by['no place']} without a place in it; "
        f"{placed} of {len(killed)} blamed on the right stage alone"
    )


def _kinds(rows: Sequence[Row], backend: str) -> str:
    named = [row for row in rows if row.backend == backend and row.outcome == "killed" and row.kind]
    right = sum(row.kind == str(row.fault.kind) for row in named)
    return f"kind of mistake named for {len(named)}, rightly for {right}"


def _cells(row: Row) -> tuple[str, ...]:
    made, measured = (_count(row.by_origin.get(origin)) for origin in ("made", "measured"))
    seen = ", ".join(row.laws) or ("(equivalent)" if row.outcome == "equivalent" else "NOTHING")
    return (row.fault.stage, row.fault.name, made, measured, row.kind, seen)


def _count(sighting: Sighting | None) -> str:
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
    spoilt = sorted({check for r in rows for one in r.by_origin.values() for check in one.spoilt})
    yield "checks that are red without any fault, and so prove nothing", spoilt
    yield "faults without a place", list(_without_place(rows))


def _line(row: Row) -> str:
    return f"{row.fault.name} of {row.fault.stage} in {row.backend} ({row.fault.line()}) {row.failed}; {row.ran} ran"


def _without_place(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.outcome == "no place":
            reasons.setdefault(f"{row.backend}: {row.reason}", []).append(row.fault.name)
    for reason, names in sorted(reasons.items()):
        yield f"{reason} ({len(names)}: {', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(len(row[k]) for row in (_HEADINGS, *rows)) for k in range(len(_HEADINGS) - 1)]
    for row in (_HEADINGS, *rows):
        yield "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]).rstrip()
