"""The selftest as tests: one for each fault and backend, and the matrix at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.engine.asked import asked_of
from parity_suite.faults import FAULTS, Fault
from parity_suite.plugin.enumerated import resolved
from parity_suite.plugin.given import load_files
from parity_suite.selftest.choice import ORIGINS, files_of, of_its_packs
from parity_suite.selftest.matrix import Row, rows_of
from parity_suite.selftest.sighting import MutantResult
from parity_suite.selftest.text import lines_of

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession


class BoundFault:
    """``run`` passes where the checks see the fault, fails where it survives, and skips where it has no place."""

    def __init__(self, context: RunContext, fault: type[Fault], backend: BackendSpec, files: Sequence[str]) -> None:
        self._context = context
        self.fault, self.backend, self._files = fault, backend, tuple(files)
        self.sightings: list[MutantResult] = []

    def __repr__(self) -> str:
        return f"{self.fault.name} in {self.backend.name}"

    def run(self) -> None:
        """Raises what pytest needs to see."""
        __tracebackhide__ = True
        from parity_suite.selftest.sight import sight

        for origin in ORIGINS if self._files else ORIGINS[:1]:
            files = self._files if origin == "measured" else ()
            self.sightings.append(sight(self._context, self.backend, self.fault, origin, files))
        (row,) = rows_of(self.sightings)
        if row.failed:
            pytest.fail(_text(row), pytrace=False)
        if row.outcome == "no place":
            pytest.skip(f"no place: {row.reason}")


def parameters(session: ParitySession, backends: Sequence[str]) -> Iterator[Any]:
    """One ``pytest.param`` for each fault of each backend."""
    asked = [one for spec in resolved(session, backends) for one in asked_of(spec)]
    load_files(session)
    own = {one.spec: set(of_its_packs(one.spec, FAULTS.values())) for one in asked}
    for fault in FAULTS.values():
        files = files_of(session.context, fault)
        for spec in (one.spec for one in asked if one.takes(fault.stage) and fault in own[one.spec]):
            yield pytest.param(BoundFault(session.context, fault, spec, files), id=f"{fault.name}-{spec.name}")


def summarise(sightings: Sequence[MutantResult], terminal: Any) -> None:
    """Writes the matrix to pytest's terminal."""
    terminal.section("parity selftest")
    for line in lines_of(rows_of(sightings), table=terminal.config.get_verbosity() >= 0):
        terminal.line(line)


def _text(row: Row) -> str:
    fault = row.fault
    lines = [f"{fault.name} of {fault.stage} in {row.backend} {row.failed}", f"  the mistake: {fault.line()}"]
    green = {name: n for one in row.by_origin.values() for name, n in (one.green or {}).items()}
    lines.append("  green: " + (", ".join(f"{name} ({n})" for name, n in sorted(green.items())) or "nothing ran"))
    return "\n".join(lines)
