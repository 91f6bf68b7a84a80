"""The matrix as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from parity_suite.contracts.tables import markdown_table
from parity_suite.faults import Fault
from parity_suite.selftest.choice import Origin
from parity_suite.selftest.matrix import Row, kills_by_law
from parity_suite.selftest.text import summary

_HEAD: Final = """# Faults

Each fault is a copy of a backend that is wrong in one way. The laws named beside it are green on the right backend and
red on the copy, in its stage on the CPU, in the precision that the fault shows in: on made data alone (probing cases
and recipes) and on measured data alone, with the number of checks that saw it out of those that ran. `snapshot` is left
out of both: an anchor says of the recipes what the oracle says.
A fault of `train`, `bundle` or `infer` is sought on the small lessons; `pair` is the copy beside the backend that it is
a copy of.
"""
_WRITTEN: Final = (
    "Written by `{command}`; the same command tells which mistakes in a backend of your own would go unnoticed "
    "([selftest.md](selftest.md))."
)

_COLUMNS: Final = ("stage", "fault", "what it does", "history", "on made data", "on measured data")


def render(rows: Sequence[Row], command: str) -> str:
    """The whole page; ``command`` is what writes it anew."""
    placed = [row for row in rows if row.outcome != "no place"]
    parts = [
        _HEAD,
        *wrap(_WRITTEN.format(command=command), 120, break_long_words=False, break_on_hyphens=False),
        "",
        *(f"{summary(rows, backend)}." for backend in sorted({row.backend for row in rows})),
        "",
        *markdown_table(_COLUMNS, (_cells(row) for row in placed if not row.fault.equivalent)),
    ]
    for title, lines in _sections(rows):
        parts += ["", f"## {title}", "", *(lines or ["None."])]
    return "\n".join(parts) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    made, measured = (_seen(row, origin) for origin in ("made", "measured"))
    return (row.fault.stage, f"`{row.fault.name}`", row.fault.line(), ", ".join(row.fault.history), made, measured)


def _seen(row: Row, origin: Origin) -> str:
    sighting = row.by_origin.get(origin)
    if sighting is None:
        return ""
    if sighting.witnesses:
        return f"{len(sighting.witnesses)}/{sighting.ran}: {', '.join(sighting.laws)}"
    return "**nothing**" if sighting.survived else _why_not(row.fault)


def _why_not(fault: type[Fault]) -> str:
    needs = sorted(need.value for need in fault.needs)
    return f"needs {' and '.join(needs)}" if needs else ""


def _sections(rows: Sequence[Row]) -> Iterator[tuple[str, list[str]]]:
    yield "Survived", [f"- `{row.fault.name}` of {row.fault.stage}: {row.failed}" for row in rows if row.failed]
    yield (
        "Equivalent",
        [f"- `{r.fault.name}` of {r.fault.stage}: {r.fault.equivalent}" for r in rows if r.outcome == "equivalent"],
    )
    yield (
        "Seen by one check alone",
        [f"- `{r.fault.name}` of {r.fault.stage}: {r.witnesses[0].name}; {r.fault.single}" for r in rows if r.lonely],
    )
    yield "Seen by one law alone", list(single_lines(rows))
    yield (
        "Blamed on another stage",
        [f"- `{r.fault.name}` of {r.fault.stage}: `{k.check}` blames {k.blame}" for r in rows for k in r.misplaced],
    )
    killed = ((name, str(count or "**none**")) for name, count in kills_by_law(rows).items())
    yield "Faults killed by each law", markdown_table(("law", "faults"), killed)
    yield (
        "Without a place",
        [f"- `{r.fault.name}` of {r.fault.stage}: {r.reason}" for r in rows if r.outcome == "no place"],
    )


def single_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The faults that only one law sees."""
    for row in rows:
        if len(row.laws) == 1:
            yield f"- `{row.fault.name}` of {row.fault.stage}: {row.laws[0]}"
