"""The repository's own configuration of pytest; the suite itself needs none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: Whether the compiler knows the instructions of this processor PyTorch tries in every process, by a program for each
#: kind of them that imports it anew: seconds, and a compiler of the last years knows them.
os.environ.setdefault("TORCHINDUCTOR_VEC_ISA_OK", "1")

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent / "tests"
#: The only test file of this repository that has parity checks.
CHECKS = TESTS / "test_parity.py"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the checks alone imports no other test file, nor what prepares a folder of them: some import a
    framework, which costs seconds.
    """
    checks_alone = config.option.markexpr.startswith("parity")
    return True if checks_alone and TESTS in collection_path.parents and collection_path != CHECKS else None
