"""Checks that fail on wrong backends in plain NumPy, and the folders that they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import PROBING
from parity_suite.replay.folder import Kept, read_folder
from parity_suite.replay.keeper import FailureWriter, folder_name

CONTEXT = RunContext()

CASES = {case.name: case for case in PROBING}


def spec(member: str) -> BackendSpec:
    """A member of ``replayed_backends``; its name stands in the check's id."""
    return BackendSpec(member, "replayed_backends", member)


def check_of(member: str, stage: str, law: str, case: str, precision: str = "float32") -> Check:
    return Check(stage, law, CASES[case], (spec(member),), "cpu", precision)


def keeper_in(folder: Path, context: RunContext = CONTEXT) -> FailureWriter:
    return FailureWriter(context, folder / "failures", folder, folder)


def written(check: Check, folder: Path) -> tuple[Finding, Kept]:
    """Runs a check, which must fail, and reads what it leaves."""
    finding = Runner(CONTEXT).run(check)
    assert not finding.passed
    settled = keeper_in(folder).settle(check, finding)
    assert settled.replay.folder.startswith("failures/"), settled.replay
    return finding, read_folder(folder / "failures" / folder_name(check.id))


def script(folder: Path) -> subprocess.CompletedProcess[str]:
    """The script of a folder in a process of its own, with the suite on Python's path alone."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.run(
        [sys.executable, "replay.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
