"""What a fresh process is asked of a failure's folder; it is forked from one that has imported this."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

# Reading a folder holds it to its contract, and every process would import this anew.
import jsonschema  # noqa: F401

from parity_suite.cases.world import Datasets
from parity_suite.replay.folder import read_folder
from parity_suite.replay.rerun import Wish, rerun


def answer_verdict(given: Mapping[str, str], place: Path) -> str:
    """The verdict on a failure's folder; the measured dataset of its case lies in ``place``."""
    datasets = Datasets()
    if (place / "measured").is_file():
        # Written by the process that asks, into a directory of its own.
        datasets.add(pickle.loads((place / "measured").read_bytes()))
    return str(rerun(read_folder(Path(given["folder"])), Wish(), datasets).finding.verdict)
