"""Recorded runs, as a ledger is made of them and held against them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.check import check_file
from parity_suite.contracts.versions import require_version
from parity_suite.core.finding import Finding
from parity_suite.core.journal import unfinished


@dataclass(frozen=True)
class Run:
    """What one run found, and in words what it left out; empty where it is whole."""

    findings: tuple[Finding, ...]
    partial: str = ""


def read_run(path: Path) -> Run:
    """The run of a record; ContractError where it is not one."""
    if path.is_file() and (said := unfinished(path)):
        raise ContractError([Violation("", "unfinished", said, "the record of a run that ended")], str(path))
    checked = check_file(path, "record")
    require_version(checked, "make the record again")
    checked.require()
    document = json.loads(path.read_text("utf-8"))
    return Run(tuple(map(Finding.from_json, document["findings"])), document.get("partial", ""))
