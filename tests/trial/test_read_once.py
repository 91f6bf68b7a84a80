"""``parity check`` reads the patterns of a scan once, for the contract and for the trial, and finds the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scans import Array, Arrays, blind

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import npz
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.commands.examination import ExaminedScan, ScanExaminer
from parity_suite.ptychography.datasets.frames import FrameJoiner
from parity_suite.ptychography.trial.scan import open_scan
from parity_suite.ptychography.trial.start import without_start
from parity_suite.ptychography.trial.survey import Survey, survey_of
from parity_suite.ptychography.trial.trial import try_file


def _counted(arrays: Arrays) -> Arrays:
    """The scan as unsigned counts with a mask, in raw 3."""
    arrays = {name: arrays[name] for name in ("xcoords", "ycoords", "probeGuess", "objectGuess", "diff3d")}
    counts = np.rint(arrays.pop("diff3d").astype(np.float64) ** 2).astype(np.uint32)
    mask = np.ones(counts.shape[1:], bool)
    mask[3, 4] = False
    counts[:, ~mask] = 0
    domain = {"measurement_domain": np.array("count_intensity"), "scale_contract_version": np.array(1)}
    return {**arrays, **domain, "diffraction": counts, "mask": mask}


def _started(arrays: Arrays) -> Arrays:
    return {**arrays, "objectGuess": np.ones_like(arrays["objectGuess"])}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The elements of the members that were read, each time to their end."""
    read: list[int] = []
    blocks = npz._blocks

    def counting(*args: Any) -> Iterator[Array]:
        read.append(0)
        for block in blocks(*args):
            read[-1] += block.size
            yield block

    monkeypatch.setattr(npz, "_blocks", counting)
    return read


def _examined(path: Path, limits: Limits) -> tuple[ExaminedScan, ScanExaminer]:
    examiner = ScanExaminer(None, {}, None, None)
    return examiner(check_file(path, limits=limits, onlookers=[examiner.look]), limits), examiner


def _parts(survey: Survey) -> list[Any]:
    frames, pixels = (list(vars(one).values()) for one in (survey.frames, survey.pixels))
    kept = [survey.kept[frame] for frame in sorted(survey.kept)]
    others = [survey.few, survey.broken, survey.at_peak, survey.light, survey.masked_power]
    return [*frames, *pixels, *kept, *others, sorted(survey.kept)]


@pytest.mark.parametrize("block_bytes", [1000, 2**18])
@pytest.mark.parametrize("made", [dict, blind, _started, _counted])
def test_patterns_are_read_once_and_tried_alike(
    middle: Arrays, written: Path, reads: list[int], made: Any, block_bytes: int
) -> None:
    arrays = made(middle)
    np.savez(written, **arrays)
    limits = Limits(block_bytes=block_bytes)
    found, _ = _examined(written, limits)
    patterns = arrays["diff3d" if "diff3d" in arrays else "diffraction"].size
    assert found.trial is not None
    assert found.trial.verdict == "believed"
    assert reads.count(patterns) == 1
    assert found.trial == try_file(written, limits)
    assert reads.count(patterns) == 2


@pytest.mark.parametrize("made", [dict, blind, _started, _counted])
def test_what_passed_by_is_what_a_survey_finds(middle: Arrays, written: Path, made: Any) -> None:
    np.savez(written, **made(middle))
    limits = Limits(block_bytes=5000)
    examiner = ScanExaminer(None, {}, None, None)
    assert check_file(written, limits=limits, onlookers=[examiner.look]).ok
    assert examiner._passed is not None
    passed = examiner._passed.survey()
    with open_scan(written, limits) as scan:
        wanted = survey_of(without_start(scan))
    for one, other in zip(_parts(passed), _parts(wanted), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_passes_by_where_another_field_is_wrong(middle: Arrays, written: Path) -> None:
    lost = np.where(np.arange(60) == 5, np.nan, middle["xcoords"])
    np.savez(written, **{**middle, "xcoords": lost})  # type: ignore[arg-type]
    examiner = ScanExaminer(None, {}, None, None)
    assert [one.field for one in check_file(written, onlookers=[examiner.look]).violations] == ["xcoords"]
    assert examiner._passed is None


def test_what_passed_by_of_a_broken_file_is_not_tried_nor_kept_for_the_next(middle: Arrays, written: Path) -> None:
    good = written.with_name("good.npz")
    np.savez(good, **middle)  # type: ignore[arg-type]
    lost = middle["diff3d"].copy()
    lost[7, 20, 20] = np.nan
    np.savez(written, **{**middle, "diff3d": lost})  # type: ignore[arg-type]
    broken, examiner = _examined(written, Limits())
    assert not broken.checked.ok
    assert broken.trial is None
    assert examiner(check_file(good), Limits()).trial == try_file(good)


def test_joined_frames_of_runs_that_end_anywhere() -> None:
    stack = np.arange(7 * 30 * 40, dtype=np.float32).reshape(7, 30, 40)
    for length in (1, 999, 1200, 1201, stack.size):
        joiner = FrameJoiner((30, 40))
        runs = (stack.ravel()[start : start + length] for start in range(0, stack.size, length))
        blocks = [*map(joiner.take, runs), joiner.rest()]
        np.testing.assert_array_equal(np.concatenate([one for one in blocks if one is not None]), stack)
