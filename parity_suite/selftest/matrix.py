"""What all sightings say together: which faults were killed and by which checks, and which checks kill nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from parity_suite.core.kinds import Kind
from parity_suite.core.packs import chains_with
from parity_suite.faults import FAULTS, Fault
from parity_suite.selftest.choice import Origin
from parity_suite.selftest.sighting import Kill, MutantResult

Outcome = Literal["killed", "survived", "equivalent", "no place"]


@dataclass(frozen=True)
class Row:
    """One fault in one backend, on all kinds of data."""

    backend: str
    fault: type[Fault]
    by_origin: Mapping[Origin, MutantResult]

    @property
    def outcome(self) -> Outcome:
        """``survived`` where it stayed unseen on any kind of data that can show it."""
        sightings = self.by_origin.values()
        if any(sighting.survived for sighting in sightings):
            return "survived"
        if self.witnesses:
            return "killed"
        return "equivalent" if self.fault.equivalent and self.ran else "no place"

    @cached_property
    def witnesses(self) -> tuple[Kill, ...]:
        """One kill of each check that counts."""
        found = {kill.check: kill for sighting in self.by_origin.values() for kill in sighting.witnesses}
        return tuple(found.values())

    @property
    def ran(self) -> int:
        return sum(sighting.ran for sighting in self.by_origin.values())

    @property
    def spoilt(self) -> tuple[str, ...]:
        """Checks that should see it and are red without it."""
        return tuple(sorted({check for sighting in self.by_origin.values() for check in sighting.spoilt}))

    @property
    def missing(self) -> str:
        """The method that the backend would need for it."""
        return next((one.missing for one in self.by_origin.values() if one.missing), "")

    @property
    def reason(self) -> str:
        """Why nothing ran."""
        return next((one.reason for one in self.by_origin.values() if one.reason), "")

    @property
    def laws(self) -> tuple[str, ...]:
        return tuple(sorted({law for sighting in self.by_origin.values() for law in sighting.laws}))

    @property
    def misplaced(self) -> tuple[Kill, ...]:
        """Kills that blame another stage."""
        return tuple(kill for sighting in self.by_origin.values() for kill in sighting.misplaced)

    @property
    def kind(self) -> Kind | None:
        """The kind of mistake that a check named; None where none did."""
        return next((one.kind for one in self.by_origin.values() if one.kind), None)

    @property
    def lonely(self) -> bool:
        """Whether one check alone stands between it and a green run."""
        return self.outcome == "killed" and len(self.witnesses) == 1

    @property
    def failed(self) -> str:
        """Why it fails the selftest; empty where it does not."""
        if broken := next((one.broken for one in self.by_origin.values() if one.broken), ""):
            return f"fails by itself, so that what saw it proves nothing: {broken}"
        if self.outcome == "survived":
            unseen = [origin for origin, one in self.by_origin.items() if one.survived]
            return f"survived: no check saw it on {' or '.join(unseen)} data"
        if self.fault.equivalent and self.witnesses:
            return f"is said to be equivalent, and {self.witnesses[0].check} sees it"
        return ""


def rows_of(sightings: Iterable[MutantResult]) -> list[Row]:
    """The sightings by backend and fault, in the order of the gallery."""
    grouped: dict[tuple[str, str], dict[Origin, MutantResult]] = {}
    for one in sightings:
        grouped.setdefault((one.backend, one.fault), {})[one.origin] = one
    found = [Row(backend, next(iter(by.values())).cls, by) for (backend, _), by in grouped.items()]
    return sorted(found, key=lambda row: (row.backend, _place(row.fault)))


def kills_by_law(rows: Sequence[Row]) -> Mapping[str, int]:
    """For every ``stage.law`` that ran on a fault, how many faults it killed; zero where it killed none."""
    killed: Counter[str] = Counter()
    for row in rows:
        sightings = row.by_origin.values()
        ran = {name for one in sightings for name in one.green or {}}
        red = {kill.name for one in sightings for kill in one.kills}
        killed.update(dict.fromkeys(ran - red, 0))
        killed.update(red)
    return dict(sorted(killed.items()))


def idle(rows: Sequence[Row]) -> list[str]:
    """Every ``stage.law`` that killed none of the faults, of stages all of whose faults were run."""
    ran = {row.fault.name for row in rows}
    short = {fault.stage for fault in FAULTS.values() if fault.name not in ran}
    short |= {chain for stage in short for chain in chains_with(stage)}
    return [name for name, count in kills_by_law(rows).items() if not count and name.partition(".")[0] not in short]


def _place(fault: type[Fault]) -> int:
    return list(FAULTS).index(fault.name)
