"""The record of a run: findings, environment, commit, and digests of every input, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.plain_json import json_text, plain
from parity_suite.contracts.stored import MOST_TEXT
from parity_suite.contracts.written import assert_conforms
from parity_suite.core.by_convention import all_apart
from parity_suite.core.commit import commit_of
from parity_suite.core.finding import Finding
from parity_suite.core.run_facts import RunFacts
from parity_suite.core.writing import write_whole
from parity_suite.laws.mending import told_to_mend
from parity_suite.report.terminal import denominator

FORMAT: Final = 5
_UNNAMED: Final = RunFacts()
#: No text is cut to less, however many findings there are.
_SHORT: Final = 300


def contract_changes(root: Path) -> list[str]:
    """How the contracts of a tree differ from their snapshots, a line each; none where it has not both."""
    from parity_suite.contracts.difference import all_differences
    from parity_suite.contracts.revisions import load_side

    sides = ("snapshots/contracts", "contracts")
    if not all((root / side).is_dir() for side in sides):
        return []
    try:
        old, new = (load_side(side, root) for side in sides)
    except ValueError as error:
        return [str(error)]
    return [str(change) for change in all_differences(old, new)]


def write_record(
    folder: Path,
    root: Path,
    findings: Sequence[Finding],
    environment: Mapping[str, Any],
    inputs: Mapping[str, str],
    ledger: Sequence[Mapping[str, Any]] | None = None,
    within: Path | None = None,
    partial: str = "",
    facts: RunFacts = _UNNAMED,
    commit: str | None = None,
) -> Path:
    """Writes ``record.json`` into ``folder`` and returns its path; ``ledger`` is what became of each entry,
    and ``partial`` what the run left out, empty where it is whole. The commit is that of ``root`` unless it is given.

    No link is followed below ``within``.
    """
    said: dict[str, Any] = {
        "format": FORMAT,
        **facts.to_json(version("parity-suite")),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of(root) if commit is None else commit,
        "environment": environment,
        "inputs": dict(sorted(inputs.items())),
        "denominator": denominator(findings),
        "causes": [mend.to_json() for mend in told_to_mend(findings)],
        "conventions": [one.to_json() for one in all_apart(findings)],
    }
    if ledger is not None:
        said["ledger"] = list(ledger)
    if partial:
        said["partial"] = partial
    record = {**plain(said), "findings": _plain_findings(findings)}
    assert_conforms(record, "record")
    _require_once(findings)
    path = folder / "record.json"
    write_whole(path, json_text(record), within=within)
    return path


def _plain_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings by their checks, none with a text so long that a reader could not hold as many side by side."""
    most = max(_SHORT, MOST_TEXT // 4 // max(1, len(findings)))
    return [
        {name: _cut(value, most) if isinstance(value, str) else value for name, value in one.to_json().items()}
        for one in sorted(findings, key=lambda one: one.check)
    ]


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    more = f" ... ({len(text)} characters)"
    return f"{text[: most - len(more)]}{more}"


def _require_once(findings: Sequence[Finding]) -> None:
    """What the contract cannot say of two fields together; ContractError where one check is there twice."""
    counts = Counter((finding.check, finding.machine) for finding in findings)
    twice = [check for (check, _), count in counts.items() if count > 1]
    if twice:
        raise ContractError([Violation("findings[].check", "unique", repr(twice[0]), "each once a machine")], "record")
