"""The finding of a check: data, not prose. Terminal, HTML and JSON are renderings of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from parity_suite.contracts.plain_json import number, plain

#: What the note ``ledger`` of a finding says of a failure that a ledger in force expects.
KNOWN: Final = "failed as said"

#: The note of a finding whose check could not ask anything: no backend, no device, arithmetic that is off.
UNAVAILABLE: Final = "unavailable"

#: The note of a finding that names the output whose error is the verdict's.
DECIDED_BY: Final = "decided by"


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    NUMERICAL = "numerical"
    SEMANTIC = "semantic"
    CONTRACT = "contract"
    ERROR = "error"
    NOT_RUN = "not-run"


@dataclass(frozen=True)
class Measured:
    """One comparison beside the error its budget allows."""

    output: str
    norm: float
    peak: float
    budget: float
    place: tuple[int, ...]
    got: str
    want: str
    #: the error in units of ``eps * growth``, from which budgets are calibrated
    units: float = 0.0
    #: whether ``budget`` is a threshold rather than an allowance for round-off
    bound: bool = False

    @property
    def error(self) -> float:
        return max(self.norm, self.peak)

    @property
    def of_budget(self) -> float:
        if self.budget:
            return self.error / self.budget
        return math.inf if self.error else 0.0

    @property
    def within(self) -> bool:
        return self.of_budget <= 1


def worst_of(measured: Sequence[Measured], output: str = "") -> Measured | None:
    """The comparison that is farthest beyond its budget, of one output where that was measured."""
    those = [one for one in measured if one.output == output] or measured
    return max(those, key=lambda one: one.of_budget, default=None)


@dataclass(frozen=True)
class Finding:
    """What one check measured and what it means."""

    check: str
    stage: str
    law: str
    case: str
    subject: str
    device: str
    precision: str
    verdict: Verdict
    reason: str = ""
    #: the stage that is wrong, which for a chain is found by tracing
    blame: str = ""
    #: what numerical was told from semantic by
    evidence: str = ""
    measured: tuple[Measured, ...] = ()
    #: extra facts that a reader wants beside the errors (thresholds and their origin, distances of a pair to the
    #: oracle)
    notes: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def worst(self) -> Measured | None:
        """The comparison that decides the verdict, else the one that is farthest beyond its budget."""
        return worst_of(self.measured, str(self.notes.get(DECIDED_BY, "")))

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.OK

    @property
    def ran(self) -> bool:
        """Whether the check asked the backend anything."""
        return self.verdict is not Verdict.NOT_RUN and not self.notes.get(UNAVAILABLE)

    @property
    def red(self) -> bool:
        """Whether the check did not hold."""
        return self.verdict not in (Verdict.OK, Verdict.NOT_RUN)

    @property
    def known(self) -> bool:
        """Whether it failed as an entry of the ledger says."""
        note = self.notes.get("ledger")
        return isinstance(note, Mapping) and note.get("outcome") == KNOWN

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; infinities as text, since JSON has none."""
        raw: dict[str, Any] = plain(asdict(self))
        return {**raw, "verdict": str(self.verdict)}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Finding:
        measured = tuple(
            Measured(
                **{
                    **one,
                    "norm": number(one["norm"]),
                    "peak": number(one["peak"]),
                    "budget": number(one["budget"]),
                    "units": number(one["units"]),
                    "place": tuple(one["place"]),
                }
            )
            for one in raw["measured"]
        )
        return Finding(**{**raw, "verdict": Verdict(raw["verdict"]), "measured": measured})
