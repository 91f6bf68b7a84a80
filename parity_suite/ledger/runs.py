"""Recorded runs: what a ledger is made of and held against, and what several of are merged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.check import check_file
from parity_suite.contracts.versions import require_version
from parity_suite.core.finding import Finding
from parity_suite.core.journal import unfinished
from parity_suite.core.run_facts import RunFacts


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


def read_run(path: Path) -> Run:
    """The run of a record; ContractError where it is not one."""
    if path.is_file() and (said := unfinished(path)):
        raise ContractError([Violation("", "unfinished", said, "the record of a run that ended")], str(path))
    checked = check_file(path, "record")
    require_version(checked, "make the record again")
    checked.require()
    return run_of(json.loads(path.read_text("utf-8")))


def run_of(document: Mapping[str, Any]) -> Run:
    """The run of the document of a record, which keeps its contract."""
    return Run(
        tuple(map(Finding.from_json, document["findings"])),
        document.get("partial", ""),
        RunFacts.from_json(document),
        accounts=tuple(document.get("ledger", ())),
        **{name: document[name] for name in ("commit", "time", "suite", "denominator", "environment", "inputs")},
    )
