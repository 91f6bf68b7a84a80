"""What a run was, beside what it found: what it set out to ask, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

_NAMES: Final = ("backends", "required", "failed")


@dataclass(frozen=True)
class HeldTest:
    """A test that holds baselines of its own, whose checks are known only where it ran."""

    #: its node id
    test: str
    #: ``passed``, ``failed`` or ``skipped``; empty where it did not run
    outcome: str = ""
    #: the ids of what it found
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """What a record says of its run beyond findings."""

    #: what the caller named it by, else drawn
    run: str = "unnamed"
    exit_status: int = 0
    #: what made it red although its tests may have passed
    errors: Sequence[str] = ()
    #: stored numbers that it replaced
    snapshot_changes: Sequence[str] = ()
    #: how the contracts of the tree under test differ from their snapshots
    contract_changes: Sequence[str] = ()
    selected: int = 0
    deselected: int = 0
    #: checks that there are, selected or not
    collected: int = 0
    #: the expressions of ``-k`` and ``-m``
    keywords: str = ""
    markers: str = ""
    #: K/N of each part that this is of; none for the whole
    shards: Sequence[str] = ()
    #: whether files or backends were named or left out
    named: bool = False
    #: whether it ended before all that was selected
    cut_short: bool = False
    backends: Sequence[str] = ()
    #: backends, devices and datasets that must have run
    required: Sequence[str] = ()
    tests: Sequence[HeldTest] = ()
    #: checks that are not red, and whose tests failed all the same
    failed: Sequence[str] = ()
    #: seen from the root of the tree under test; the ledger is empty where there is none
    snapshots: str = "snapshots"
    ledger: str = ""

    def to_json(self, suite: str) -> dict[str, Any]:
        """The part of a record, of that version of the suite, that this is."""
        selection = ("selected", "deselected", "collected", "keywords", "markers", "shards", "named", "cut_short")
        return {
            "run": self.run,
            "suite": suite,
            "exit_status": self.exit_status,
            "run_errors": list(self.errors),
            "changes": {"snapshots": list(self.snapshot_changes), "contracts": list(self.contract_changes)},
            "selection": {name: getattr(self, name) for name in (*selection, *_NAMES)},
            "tests": [asdict(one) for one in self.tests],
            "places": {"snapshots": self.snapshots, "ledger": self.ledger},
        }

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> RunFacts:
        """That part of a record which keeps its contract."""
        return RunFacts(
            run=raw["run"],
            exit_status=raw["exit_status"],
            errors=raw["run_errors"],
            snapshot_changes=raw["changes"]["snapshots"],
            contract_changes=raw["changes"]["contracts"],
            tests=[HeldTest(one["test"], one["outcome"], tuple(one["checks"])) for one in raw.get("tests", ())],
            **raw["places"],
            **raw["selection"],
        )


def missing_shards(shards: Sequence[str]) -> list[str]:
    """Of the parts that these say there are, those that are not among them."""
    counts = {int(one.partition("/")[2]) for one in shards}
    return [f"{k}/{count}" for count in sorted(counts) for k in range(1, count + 1) if f"{k}/{count}" not in shards]
