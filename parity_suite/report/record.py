"""The record of a run: findings, environment, commit, and digests of every input, as JSON."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.finding import Finding
from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.plain_json import json_text, plain
from parity_suite.contracts.written import require_kept
from parity_suite.report.terminal import denominator
from parity_suite.writing import write_whole

FORMAT: Final = 2


def write_record(
    folder: Path,
    root: Path,
    findings: Sequence[Finding],
    environment: Mapping[str, Any],
    inputs: Mapping[str, str],
    ledger: Sequence[Mapping[str, Any]] | None = None,
    within: Path | None = None,
    partial: str = "",
) -> Path:
    """Writes ``record.json`` into ``folder`` and returns its path; ``ledger`` is what became of each entry,
    and ``partial`` what the run left out, empty where it is whole.

    No link is followed below ``within``.
    """
    record: dict[str, Any] = {
        "format": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of(root),
        "environment": environment,
        "inputs": dict(sorted(inputs.items())),
        "denominator": denominator(findings),
        "findings": [finding.to_json() for finding in sorted(findings, key=lambda f: f.check)],
    }
    if ledger is not None:
        record["ledger"] = list(ledger)
    if partial:
        record["partial"] = partial
    record = plain(record)
    require_kept(record, "record")
    _require_once(findings)
    path = folder / "record.json"
    write_whole(path, json_text(record), within=within)
    return path


def _require_once(findings: Sequence[Finding]) -> None:
    """What the contract cannot say of two fields together; ContractError where one check is there twice."""
    counts = Counter((finding.check, finding.machine) for finding in findings)
    twice = [check for (check, _), count in counts.items() if count > 1]
    if twice:
        raise ContractError([Violation("findings[].check", "unique", repr(twice[0]), "each once a machine")], "record")


def commit_of(root: Path) -> str:
    """The commit of the tree under test, with ``+changes`` where it is not clean; empty outside a repository."""
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        return ""
    return head + ("+changes" if _git(root, "status", "--porcelain") else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
