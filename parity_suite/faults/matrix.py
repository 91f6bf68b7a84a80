"""The table of faults and the laws that see them, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from parity_suite.faults.fault import Fault
from parity_suite.faults.sightings import Origin, Sighting

Sightings = Mapping[Origin, Sighting]

_TITLE = """# Faults

Each fault is a copy of a reference backend that is wrong in one way. The laws named beside it turn red in its stage on
the CPU, in float32 or in the one precision that the fault shows in, on made data alone (probing cases and recipes) and
on measured data alone (`siemens_star_128`).
A fault of `train`, `bundle` or `infer` is sought on the small lessons, with laws that hold in float64 alone among them;
`pair` is the copy beside the backend that it is a copy of.
Written by `python -m parity_suite.faults --dataset FILE`."""

_SINGLE = """## Seen by one law only

On made data one law stands between each of these and a green run."""


def render(sightings: Sequence[Sightings]) -> str:
    """The whole page."""
    rows = [row(one) for one in sightings]
    head = ["| stage | fault | what it does | history | on made data | on measured data |", "| --- " * 6 + "|"]
    return "\n".join([_TITLE, "", *head, *rows, "", _SINGLE, "", *single_lines(sightings), ""])


def row(sightings: Sightings) -> str:
    """One fault of the table."""
    made, measured = sightings["made"], sightings["measured"]
    fault = made.fault
    cells = (
        fault.stage,
        f"`{fault.name}`",
        fault.line(),
        ", ".join(fault.history),
        ", ".join(made.laws) or (_why_not(fault) if not made.ran else "**none**"),
        ", ".join(measured.laws) or _why_not(fault),
    )
    return "| " + " | ".join(cells) + " |"


def single_lines(sightings: Sequence[Sightings]) -> Iterator[str]:
    """The faults that only one law sees on made data."""
    for one in sightings:
        made = one["made"]
        if len(made.laws) == 1:
            yield f"- `{made.fault.name}` of {made.fault.stage}: {made.laws[0]}"


def _why_not(fault: type[Fault]) -> str:
    needs = sorted(need.value for need in fault.needs)
    return f"needs {' and '.join(needs)}" if needs else "**none**"
