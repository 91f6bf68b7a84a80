"""The folder of a failure that several tests read, alter and ask again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from failed import check_of, written


@pytest.fixture(scope="module")
def of_a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folder of a translation with the wrong sign lies, as a run wrote it."""
    place = tmp_path_factory.mktemp("run")
    written(check_of("plain__offset_sign", "translate", "oracle", "n15.g1.b3"), place)
    return place


@pytest.fixture
def folder(of_a_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it; what it says of other folders is relative, and as deep."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(of_a_run, tmp_path, dirs_exist_ok=True)
    (copy,) = Path("failures").glob("*/")
    return copy
