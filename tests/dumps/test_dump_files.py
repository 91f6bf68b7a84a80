"""Which files a dump writes, what it refuses, and that the same input gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.dumps import PatchDump

Array = np.ndarray[Any, Any]

ALL = ["canvas.json", "canvas.png", "offsets.json", "patches.png", "stats.json"]


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def make(folder: Path, scan: tuple[Array, Array], stitched: dict[str, Array]) -> dict[str, bytes]:
    dump = PatchDump(folder, "training", 2)
    dump.batch(*scan)
    dump.close(stitched, scan[1].mean(axis=(0, 1, 3)))
    return {path.name: path.read_bytes() for path in (folder / "training").iterdir()}


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, scan: tuple[Array, Array], stitched: dict[str, Array]
) -> None:
    first = make(tmp_path / "a", scan, stitched)
    assert sorted(first) == ALL
    assert make(tmp_path / "b", scan, stitched) == first


def test_kinds_lie_side_by_side(tmp_path: Path, two_patches: Array, two_positions: Array) -> None:
    for kind in ("training", "inference"):
        dump = PatchDump(tmp_path, kind, 1)
        dump.batch(two_patches, two_positions)
        dump.close(None, None)
    assert written(tmp_path) == ["inference", "training"]
    for kind in ("training", "inference"):
        assert written(tmp_path / kind) == ["offsets.json", "patches.png", "stats.json"]


def test_no_file_outlives_the_run_it_shows(
    tmp_path: Path, scan: tuple[Array, Array], stitched: dict[str, Array]
) -> None:
    make(tmp_path, scan, stitched)
    (tmp_path / "training" / "notes.txt").write_text("mine")
    PatchDump(tmp_path, "inference", 2)
    assert written(tmp_path / "training") == sorted([*ALL, "notes.txt"])
    PatchDump(tmp_path, "training", 2)
    assert written(tmp_path / "training") == ["notes.txt"]


@pytest.mark.parametrize(
    ("kind", "limit", "field"), [("Training", 1, "kind"), ("../up", 1, "kind"), ("training", 0, "limit")]
)
def test_what_is_no_dump(tmp_path: Path, kind: str, limit: int, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        PatchDump(tmp_path, kind, limit)
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    ("patches", "positions", "field"),
    [
        ((2, 4, 5, 1), (2, 1, 2, 1), "patches"),
        ((2, 4, 4), (2, 1, 2, 1), "patches"),
        ((2, 0, 0, 1), (2, 1, 2, 1), "patches"),
        ((2, 4, 4, 4), (2, 1, 2, 1), "positions"),
        ((2, 4, 4, 1), (2, 2, 1, 1), "positions"),
        ((2, 4, 4, 1), (2, 2), "positions"),
    ],
)
def test_a_batch_of_wrong_shape_is_not_recorded(
    tmp_path: Path, read: Any, patches: tuple[int, ...], positions: tuple[int, ...], field: str
) -> None:
    dump = PatchDump(tmp_path, "training", 2)
    with pytest.raises(ValueError, match=f"^{field}: "):
        dump.batch(np.ones(patches, complex), np.ones(positions))
    dump.close(None, None)
    assert read(tmp_path / "training" / "stats.json")["batches"]["seen"] == 0


def test_a_centre_of_wrong_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^centre: "):
        PatchDump(tmp_path, "training", 2).close(None, np.zeros((1, 2)))
    assert written(tmp_path / "training") == []


ALONE = """
import sys
import parity_suite.ptychography.dumps
assert not {"numpy", "matplotlib"} & set(sys.modules), "importing the package imports nothing heavy"
import numpy as np, pathlib
dump = parity_suite.ptychography.dumps.PatchDump(pathlib.Path(sys.argv[1]), "training", 1)
dump.batch(np.ones((1, 4, 4, 1), complex), np.zeros((1, 1, 2, 1)))
assert "matplotlib" not in sys.modules, "matplotlib is imported when a picture is drawn"
import matplotlib
before = dict(matplotlib.rcParams)
one = np.ones((4, 4))
dump.close({"numerator": one, "count": one, "canvas": one}, None)
assert "matplotlib.figure" in sys.modules
assert "matplotlib.pyplot" not in sys.modules, "pyplot is global state"
assert dict(matplotlib.rcParams) == before
"""


def test_nothing_is_imported_early_and_nothing_global_is_changed(tmp_path: Path) -> None:
    # With no backend named, reading all of rcParams is what would import pyplot.
    named = {**os.environ, "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], check=True, timeout=120, env=named)
    assert (tmp_path / "training" / "canvas.png").is_file()
