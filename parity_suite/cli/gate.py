"""The gate of a pull request: a run of all parity checks, and whether its record can be believed.

Usage: ``python -m parity_suite.cli.gate FOLDER [pytest arguments]``, from the root of the repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.core.commit import commit_of
from parity_suite.core.id_list import FILE_NAME, TornList, read_list
from parity_suite.core.journal import NONCE, RECORD, put_aside, unfinished
from parity_suite.core.writing import NotWritten

#: What would have pytest do something else than the gate asks for.
_NOT_ASKED: Final = ("PYTEST_ADDOPTS",)


def main(arguments: Sequence[str]) -> int:
    """Runs pytest and prints what is wrong; 0 where nothing is."""
    root, folder = Path.cwd(), Path(arguments[0])
    try:
        put_aside(folder / RECORD, folder)
    except NotWritten as error:
        print(f"gate: {error}")
        return 1
    nonce, commit = uuid4().hex, commit_of(root)
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_ASKED}
    # A hundred examples of each search instead of the eight of a quick look.
    environment |= {NONCE: nonce, "CI": "true", "PARITY_HYPOTHESIS": os.environ.get("PARITY_HYPOTHESIS", "parity-ci")}
    command = [sys.executable, "-m", "pytest", "-m", "parity", "-n", "2", "-q", "--parity-report", str(folder)]
    status = subprocess.run([*command, *arguments[1:]], env=environment, check=False).returncode
    wrong = list(doubts(folder / RECORD, Path("snapshots") / FILE_NAME, nonce, commit, status))
    for one in wrong or [_green(folder / RECORD)]:
        print(f"gate: {one}")
    return int(bool(wrong))


def _green(record: Path) -> str:
    return f"{json.loads(record.read_text('utf-8'))['denominator']}; no listed check is lost"


def doubts(record: Path, ids: Path, nonce: str, commit: str, status: int) -> Iterator[str]:
    """Why a run is not green: its exit status, a record that is not whole or not its own, and lost checks."""
    if status:
        yield f"pytest ended with {status}"
    if not record.is_file():
        yield f"{record}: there is no record"
        return
    if said := unfinished(record):
        yield said
        return
    checked = check_file(record, "record", role="writer")
    try:
        checked.require()
    except ContractError as error:
        yield str(error)
        return
    document = json.loads(record.read_text("utf-8"))
    for name, found, wanted in (
        ("run", document["run"], nonce),
        ("commit", document["commit"], commit),
        ("exit_status", document["exit_status"], status),
    ):
        if found != wanted:
            yield f"{record} is of another run: its {name} is {found!r}, not {wanted!r}"
    yield from _lost(ids, {finding["check"] for finding in document["findings"]}, document["denominator"])


def _lost(ids: Path, found: set[str], denominator: str) -> Iterator[str]:
    try:
        stored = read_list(ids)
    except TornList as torn:
        yield f"{ids} is torn: {torn}"
        return
    if stored is None:
        yield f"there is no {ids}"
    elif lost := stored.checks - found:
        yield f"{denominator}; {len(lost)} of {len(stored.checks)} listed checks are lost"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
