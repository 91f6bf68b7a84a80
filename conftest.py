"""The repository's own configuration of pytest; the suite itself needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

#: The only test file of this repository that has parity checks.
CHECKS = "test_parity.py"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the checks alone imports no other test file: some of them import a framework, which costs seconds."""
    checks_alone = config.option.markexpr.startswith("parity")
    other = collection_path.suffix == ".py" and collection_path.name != CHECKS
    return True if checks_alone and other and "tests" in collection_path.parts else None
