"""Recorded runs: what a ledger is made of and held against, and what several of are merged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.check import check_file
from parity_suite.contracts.holding import plain
from parity_suite.contracts.versions import require_version
from parity_suite.core.finding import SUSPECT_DATA, Finding
from parity_suite.core.journal import unfinished
from parity_suite.core.run_facts import RunFacts

#: What of an environment a report reads, each a table, and those of tables.
_TABLES: Final = ("machine", "run", "backends", "classes", "budgets")
_TABLES_OF_TABLES: Final = ("backends", "budgets")


@dataclass(frozen=True)
class Run:
    """What one run found, and in words what it left out; empty where it is whole."""

    findings: tuple[Finding, ...]
    partial: str = ""
    facts: RunFacts = field(default_factory=RunFacts)
    commit: str = ""
    #: when it ended, ISO 8601
    time: str = ""
    #: version of the suite
    suite: str = ""
    denominator: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    #: sha256 of each dataset's arrays
    inputs: Mapping[str, str] = field(default_factory=dict)
    #: what became of each entry of the ledger
    accounts: tuple[Mapping[str, Any], ...] = ()

    @property
    def suspicions(self) -> tuple[str, ...]:
        """What is odd about real data that findings are about, each once."""
        told = (one.facts.get(SUSPECT_DATA) for one in self.findings)
        return tuple(dict.fromkeys(one for one in told if isinstance(one, str)))


def read_run(path: Path) -> Run:
    """The run of a record; ContractError where it is not one."""
    if path.is_file() and (said := unfinished(path)):
        raise ContractError([Violation("", "unfinished", said, "the record of a run that ended")], str(path))
    checked = check_file(path, "record")
    require_version(checked, "make the record again")
    checked.require()
    document = json.loads(path.read_text("utf-8"))
    if found := list(_off_in_environment(document["environment"])):
        raise ContractError(found, str(path))
    return run_of(document)


def _off_in_environment(environment: Mapping[str, Any]) -> Iterator[Violation]:
    """What is read of an environment and is something else than a run writes there; the contract leaves it open."""
    tables = {name: environment.get(name, {}) for name in _TABLES}
    tables |= {
        f"{name}.{plain(key)}": one
        for name in _TABLES_OF_TABLES
        if isinstance(tables[name], Mapping)
        for key, one in tables[name].items()
    }
    for name, one in tables.items():
        if not isinstance(one, Mapping):
            yield Violation(f"environment.{name}", "table", repr(one)[:60], "a table")
        elif name.startswith("budgets.") and (
            set(one) != {"times", "reason"} or type(one["reason"]) is not str or type(one["times"]) not in (int, float)
        ):
            yield Violation(f"environment.{name}", "budget", repr(one)[:60], "times, a number, and reason, a text")


def run_of(document: Mapping[str, Any]) -> Run:
    """The run of the document of a record, which keeps its contract."""
    return Run(
        tuple(map(Finding.from_json, document["findings"])),
        document.get("partial", ""),
        RunFacts.from_json(document),
        accounts=tuple(document.get("ledger", ())),
        **{name: document[name] for name in ("commit", "time", "suite", "denominator", "environment", "inputs")},
    )
