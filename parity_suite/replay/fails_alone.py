"""What a fresh process is asked of a failure's folder; it is forked from one that has imported this."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

from parity_suite.cases.datasets import Datasets
from parity_suite.contracts.load import load_contract
from parity_suite.laws.registry import all_laws
from parity_suite.replay.folder import read_folder
from parity_suite.replay.rerun import ReplayOverrides, rerun

# Every process would parse the contract that a folder is held to, and import the laws, anew.
load_contract("replay")
all_laws()


def fails_alone(given: Mapping[str, str], place: Path) -> str:
    """In a fresh process: whether a folder fails as it did; the measured dataset of its case is in ``place``."""
    datasets = Datasets()
    if (place / "measured").is_file():
        # Written by the process that asks, into a directory of its own.
        datasets.add(pickle.loads((place / "measured").read_bytes()))
    kept = read_folder(Path(given["folder"]))
    finding = rerun(kept, ReplayOverrides(), datasets).finding
    if finding.passed:
        return "no"
    # Whatever else it is, as where there is no such backend in another process, says nothing of this failure.
    return "yes" if kept.is_shown_by(finding) else "unknown"
