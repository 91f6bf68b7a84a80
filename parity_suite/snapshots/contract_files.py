"""The contracts as they were released, one file each: what a change of them is held against."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from parity_suite.contracts import Contract
from parity_suite.contracts.face import face_bytes
from parity_suite.core.writing import write_whole


def write_faces(folder: Path, contracts: Iterable[Contract]) -> list[Path]:
    """One file ``<name>.json`` for each contract; what is there already under other names is left alone."""
    written = []
    for contract in contracts:
        path = folder / f"{contract.name}.json"
        write_whole(path, face_bytes(contract))
        written.append(path)
    return written
