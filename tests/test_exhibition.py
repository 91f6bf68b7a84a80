"""Where exhibits go: facts into the notes; pictures and dumps into the report folder, and nowhere without one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.engine.artifacts import ArtifactWriter
from parity_suite.ptychography.dumps import PatchDump
from parity_suite.ptychography.dumps.exhibits import CanvasPicture, PatchExhibit
from parity_suite.ptychography.sizes import GUARDED

SPECS = (BackendSpec("mine", "mymodule", "Mine"),)
CHECK = Check("infer", "guard", GUARDED[1], SPECS, "cpu", "float32")
BOUND = Bound("mean", 1.0, 2.0, "contract")
DRAWN = "reconstruction.lesson32.g2.mine.cpu.float32.png"
DUMP = Path("dumps", "lesson32.g2", "mine.cpu.float32", "inference")


def _given() -> list[Outcome | Artifact]:
    bits = np.random.default_rng(5)
    canvas = bits.uniform(0.5, 1, (12, 14)) * np.exp(1j * bits.uniform(0, 1, (12, 14)))
    patches = np.exp(1j * bits.uniform(0, 1, (5, 8, 8, 4)))
    stitched = {"numerator": canvas, "count": np.ones((12, 14)), "canvas": canvas}
    return [
        Fact("metrics", {"correlation": 0.5}),
        BOUND,
        CanvasPicture("reconstruction", (("mine", canvas), ("object", canvas[::-1]))),
        PatchExhibit("inference", patches, bits.uniform(0, 4, (5, 1, 2, 4)), 2, stitched, np.array([2.0, 2.0])),
        Fact("seconds", 3),
    ]


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_outcomes_alone_come_back_and_facts_are_noted() -> None:
    notes: dict[str, Any] = {"before": 1}
    assert ArtifactWriter().take(CHECK, iter(_given()), notes) == [BOUND]
    assert notes == {"before": 1, "metrics": {"correlation": 0.5}, "seconds": 3}


@pytest.mark.parametrize("dumps", [0, 2])
def test_without_a_folder_nothing_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dumps: int) -> None:
    monkeypatch.chdir(tmp_path)
    ArtifactWriter(None, dumps).take(CHECK, _given(), {})
    assert _files(tmp_path) == set()


def test_a_fork_that_comes_back_draws_nothing(tmp_path: Path) -> None:
    writer = ArtifactWriter(tmp_path / "out", 2)
    child = os.fork()
    if not child:
        try:
            writer.take(CHECK, _given(), {})
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert _files(tmp_path) == set()
    writer.take(CHECK, _given(), {})
    assert Path("out", DRAWN) in _files(tmp_path)


def test_with_a_folder_pictures_are_drawn_and_without_a_limit_nothing_is_dumped(tmp_path: Path) -> None:
    ArtifactWriter(tmp_path / "made" / "out").take(CHECK, _given(), {})
    assert _files(tmp_path) == {Path("made", "out", DRAWN)}
    assert (tmp_path / "made" / "out" / DRAWN).read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """The length and first position of every batch that a dump was fed."""
    seen: list[tuple[int, float]] = []
    plain = PatchDump.batch

    def batch(self: PatchDump, patches: Any, positions: Any) -> None:
        seen.append((len(patches), float(positions[0, 0, 0, 0])))
        plain(self, patches, positions)

    monkeypatch.setattr(PatchDump, "batch", batch)
    return seen


def test_with_a_limit_patches_are_dumped_batch_by_batch(tmp_path: Path, batches: list[tuple[int, float]]) -> None:
    given = _given()
    ArtifactWriter(tmp_path, 2).take(CHECK, given, {})
    names = ("stats.json", "offsets.json", "canvas.json", "patches.png", "canvas.png")
    assert _files(tmp_path) == {Path(DRAWN), *(DUMP / name for name in names)}
    positions = given[3].positions  # type: ignore[union-attr]
    assert batches == [(2, positions[0, 0, 0, 0]), (2, positions[2, 0, 0, 0]), (1, positions[4, 0, 0, 0])]


def test_two_subjects_of_a_case_do_not_share_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Path] = []
    monkeypatch.setattr("parity_suite.ptychography.dumps.object_figure", lambda path, panels: drawn.append(path))
    for check in (CHECK, replace(CHECK, precision="float64"), replace(CHECK, device="cuda")):
        ArtifactWriter(tmp_path).take(check, _given()[2:3], {})
    ArtifactWriter(tmp_path).take(replace(CHECK, specs=(BackendSpec("theirs", "m", "T"),)), _given()[2:3], {})
    assert len(set(drawn)) == 4
