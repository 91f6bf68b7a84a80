"""The finding of a check: data, not prose. Terminal, HTML and JSON are renderings of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from parity_suite.contracts.plain_json import plain
from parity_suite.core.cause import COULD_NOT_ASK, Cause
from parity_suite.core.evidence import NO_EVIDENCE, Basis, Evidence
from parity_suite.core.explained import ExplainedEnum
from parity_suite.core.kinds import Kind
from parity_suite.core.measured import Measured, worst_of
from parity_suite.core.value import Value, from_json, to_json
from parity_suite.core.way import NOTHING_RAISED, Raised, Rule, Way, way_of

__all__ = ["Finding", "Measured", "Verdict", "worst_of"]


#: The fact of a finding about real data that did not stand its trial.
SUSPECT_DATA: Final = "suspect data"


class Verdict(ExplainedEnum):
    """How a check ended, and what that means."""

    OK = "ok", "within the budget"
    NUMERICAL = (
        "numerical",
        "arithmetic: the error shrinks by at least 1e4 when the check is run again in float64",
    )
    SEMANTIC = (
        "semantic",
        "meaning: the error stays in float64, or looks like a mistake that no rounding makes; the two compute "
        "different things",
    )
    CONTRACT = "contract", "wrong shape, dtype, names, or something accepted that must be refused"
    ERROR = "error", "what was asked for could not be had or crashed"
    NOT_RUN = (
        "not-run",
        "not asked, with the reason; a run in which nothing ran, or a backend ran nothing, is red",
    )


class LedgerOutcome(StrEnum):
    """What became of a check that an entry of the ledger is about."""

    NONE = ""
    AS_SAID = "failed as said"
    PASSED = "passed"
    OTHERWISE = "failed otherwise"
    EXPIRED = "expired"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class LedgerNote:
    """The entry about a check, and what became of it; both empty where there is none."""

    entry: str = ""
    outcome: LedgerOutcome = LedgerOutcome.NONE
    #: where none is about it, the entry of the cause of which it fails
    looks_like: str = ""


@dataclass(frozen=True)
class Stored:
    """Where a failure was written, as seen from where the run was started, or why it was not; both empty where that was
    not tried.
    """

    folder: str = ""
    refused: str = ""
    #: whether a process that was asked nothing before fails too: ``yes``, ``no`` or ``unknown``
    alone: str = ""

    def __bool__(self) -> bool:
        return bool(self.folder or self.refused)


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
    #: the cause in words
    reason: str = ""
    #: the stage that is wrong, which for a chain is found by tracing
    blame: str = ""
    #: what numerical was told from semantic by
    evidence: Evidence = NO_EVIDENCE
    measured: tuple[Measured, ...] = ()
    #: why it is not ok; None where it is
    cause: Cause | None = None
    #: what is compared in ``decided_by`` has the error that is the verdict's; empty where nothing that was measured has
    decided_by: str = ""
    #: rules that were broken
    rules: tuple[Rule, ...] = ()
    raised: Raised = NOTHING_RAISED
    #: which of several implementations failed, where not the default one did
    implementation: str = ""
    #: the recipe, lesson or file that the case is made from; empty where it is made for itself
    dataset: str = ""
    #: the kind of mistake that explains what failed; None where none does or it was not asked
    kind: Kind | None = None
    #: kinds that explain it as well, as they do where little was asked; without a ``kind`` those that do so together
    other_kinds: tuple[Kind, ...] = ()
    looks_like: str = ""
    #: the error of each stage of what is composed, from the oracle's input, in budgets
    trace: Mapping[str, float] = field(default_factory=dict)
    #: the greatest error of each side of a pair against the oracle, and the side that is wrong where one is
    distances: Mapping[str, float] = field(default_factory=dict)
    culprit: str = ""
    #: what the oracle has where the two sides of a pair lie farthest apart
    oracle_has: Value = None
    #: the method, stage or option that the backend lacks, as ``reason`` names it
    lacks: str = ""
    #: why part of what the law asks was not asked
    not_asked: str = ""
    #: what went wrong while culprit and blame were looked for
    not_located: str = ""
    ledger: LedgerNote = LedgerNote()
    replay: Stored = Stored()
    #: where it was asked, in words; empty where all of a run was asked on one machine
    machine: str = ""
    #: what the law shows beside what it measures, by names of its own; no program decides by it
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def worst(self) -> Measured | None:
        """The comparison that decides the verdict, else the one that is farthest beyond its budget."""
        return worst_of(self.measured, self.decided_by)

    @property
    def way(self) -> Way:
        """How it failed, by which two failures are the same or not."""
        return way_of(self.cause, self.measured, self.rules, self.raised)

    @property
    def backends(self) -> tuple[str, ...]:
        """The names of the backends, or implementations of them, that it is about: two of a pair."""
        return tuple(self.subject.split("+"))

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.OK

    @property
    def ran(self) -> bool:
        """Whether the check asked the backend anything."""
        return self.verdict is not Verdict.NOT_RUN and self.cause not in COULD_NOT_ASK

    @property
    def red(self) -> bool:
        """Whether the check did not hold."""
        return self.verdict not in (Verdict.OK, Verdict.NOT_RUN)

    @property
    def known(self) -> bool:
        """Whether it failed as an entry of the ledger says."""
        return self.ledger.outcome is LedgerOutcome.AS_SAID

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not finite as text, since JSON has no word for it."""
        # What was measured has a form of its own, and is most of it.
        raw: dict[str, Any] = plain(asdict(replace(self, measured=())))
        raw["measured"] = [one.to_json() for one in self.measured]
        raw["oracle_has"] = to_json(self.oracle_has)
        return raw | {name: raw[name] or "" for name in ("cause", "kind")}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Finding:
        evidence, ledger = raw["evidence"], raw["ledger"]
        size = None if evidence["size"] is None else float(evidence["size"])
        known = {
            "verdict": Verdict(raw["verdict"]),
            "evidence": Evidence(**{**evidence, "basis": Basis(evidence["basis"]), "size": size}),
            "measured": tuple(Measured.from_json(one) for one in raw["measured"]),
            "cause": Cause(raw["cause"]) if raw["cause"] else None,
            "rules": tuple(Rule(**one) for one in raw["rules"]),
            "raised": Raised(**raw["raised"]),
            "kind": Kind(raw["kind"]) if raw["kind"] else None,
            "other_kinds": tuple(map(Kind, raw.get("other_kinds", ()))),
            "trace": {name: float(one) for name, one in raw["trace"].items()},
            "distances": {name: float(one) for name, one in raw["distances"].items()},
            "oracle_has": from_json(raw["oracle_has"]),
            "ledger": LedgerNote(**{**ledger, "outcome": LedgerOutcome(ledger["outcome"])}),
            "replay": Stored(**raw["replay"]),
        }
        return Finding(**{**raw, **known})
