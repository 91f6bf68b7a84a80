"""stats.json and offsets.json against values computed by hand and by the oracle."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.dumps import PatchDump
from parity_suite.ptychography.oracle import Oracle

Array = np.ndarray[Any, Any]
Read = Callable[[Path], Any]

#: of amplitudes 5 0 0 5
FIRST = {"mean": 2.5, "std": 2.5, "min": 0.0, "max": 5.0, "var_zero_mean": 6.25, "non_finite": 0}
#: of amplitudes 2 2 2 2
SECOND = {"mean": 2.0, "std": 0.0, "min": 2.0, "max": 2.0, "var_zero_mean": 0.0, "non_finite": 0}
#: of both: mean 18 / 8, mean square 66 / 8
BOTH = {"mean": 2.25, "std": 3.1875**0.5, "min": 0.0, "max": 5.0, "var_zero_mean": 3.125, "non_finite": 0}


def test_patches_batch_and_run_by_hand(tmp_path: Path, read: Read, two_patches: Array, two_positions: Array) -> None:
    dump = PatchDump(tmp_path, "training", 4)
    dump.batch(two_patches, two_positions)
    dump.close(None, None)
    stats = read(tmp_path / "training" / "stats.json")
    assert (stats["format"], stats["kind"], stats["limit"], stats["drawn"]) == (1, "training", 4, 2)
    assert stats["batches"] == {"seen": 1, "recorded": 1}
    assert stats["patches"] == {"seen": 2, "recorded": 2, "not_finite": 0, "first_not_finite": None}
    first, second = stats["per_patch"]
    assert first == {"batch": 0, "group": 0, "channel": 0, **FIRST}
    assert second == {"batch": 0, "group": 0, "channel": 1, **SECOND}
    assert stats["per_batch"] == [pytest.approx({"batch": 0, "groups": 1, "channels": 2, **BOTH})]
    assert stats["whole"] == pytest.approx(BOTH)
    assert stats["quietest_patch"] == second
    assert stats["loudest_patch"] == first


def test_every_patch_is_in_the_order_of_groups_then_channels(tmp_path: Path, read: Read) -> None:
    """Amplitude 10 b + c + 1 everywhere, in batches of 2 and 1 groups; nothing the same under a swap."""
    dump = PatchDump(tmp_path, "inference", 9)
    level = 10 * np.arange(3)[:, None] + np.arange(3) + 1
    patches = np.broadcast_to(level[:, None, None, :], (3, 2, 2, 3)).astype(complex)
    positions = np.stack([level, -level], axis=1)[:, None].astype(float)
    dump.batch(patches[:2], positions[:2])
    dump.batch(patches[2:], positions[2:])
    dump.close(None, None)
    listed = read(tmp_path / "inference" / "stats.json")["per_patch"]
    assert [(p["batch"], p["group"], p["channel"], p["mean"]) for p in listed] == [
        (0, 0, 0, 1), (0, 0, 1, 2), (0, 0, 2, 3), (0, 1, 0, 11), (0, 1, 1, 12), (0, 1, 2, 13),
        (1, 0, 0, 21), (1, 0, 1, 22), (1, 0, 2, 23),
    ]  # fmt: skip
    values = read(tmp_path / "inference" / "offsets.json")["positions"]["values"]
    assert values == [[p["mean"], -p["mean"]] for p in listed]


def test_patch_statistics_are_those_of_the_oracle(tmp_path: Path, read: Read, scan: tuple[Array, Array]) -> None:
    dump = PatchDump(tmp_path, "inference", 12)
    dump.batch(*scan)
    dump.close(None, None)
    want = Oracle().stats(scan[0])
    listed = read(tmp_path / "inference" / "stats.json")["per_patch"]
    assert len(listed) == 12
    for ours, theirs in (("mean", "mean"), ("std", "std"), ("min", "minimum"), ("var_zero_mean", "var_zero_mean")):
        assert [p[ours] for p in listed] == pytest.approx(want[theirs][:, 0].tolist(), rel=1e-14)


def test_batches_beyond_the_limit_are_in_the_run_and_not_listed(
    tmp_path: Path, read: Read, scan: tuple[Array, Array]
) -> None:
    patches, positions = scan
    dump = PatchDump(tmp_path, "inference", 2)
    for start in range(0, 12, 5):
        dump.batch(patches[start : start + 5], positions[start : start + 5])
    dump.close(None, None)
    stats = read(tmp_path / "inference" / "stats.json")
    assert stats["batches"] == {"seen": 3, "recorded": 2}
    assert (stats["patches"]["seen"], stats["patches"]["recorded"], stats["drawn"]) == (12, 2, 2)
    assert [b["groups"] for b in stats["per_batch"]] == [5, 5]
    assert len(stats["per_patch"]) == 2
    x = np.abs(patches)
    variances = x.var(axis=(1, 2))
    whole = stats["whole"]
    assert (whole["mean"], whole["std"]) == pytest.approx((x.mean(), x.std()), rel=1e-12)
    assert (whole["min"], whole["max"]) == (x.min(), x.max())
    assert whole["var_zero_mean"] == pytest.approx(variances.mean(), rel=1e-12)
    batch, group = divmod(int(variances.argmin()), 5)
    assert batch == 2, "the quietest patch must lie beyond the limit for this test to say anything"
    assert (stats["quietest_patch"]["batch"], stats["quietest_patch"]["group"]) == (batch, group)
    offsets = read(tmp_path / "inference" / "offsets.json")
    assert offsets["patches"] == {"seen": 12, "recorded": 2}
    assert offsets["positions"]["max"] == positions.max(axis=(0, 1, 3)).tolist()


def test_offsets_by_hand(tmp_path: Path, read: Read, two_patches: Array, two_positions: Array) -> None:
    dump = PatchDump(tmp_path, "inference", 1)
    dump.batch(two_patches, two_positions)
    dump.close(None, np.array([12.0, 17.0]))
    offsets = read(tmp_path / "inference" / "offsets.json")
    assert offsets["centre"] == [12, 17]
    assert offsets["positions"] == {"min": [10, 16], "max": [13.5, 20], "mean": [11.75, 18], "values": [[10, 20]]}
    assert offsets["offsets"] == {"min": [-2, -1], "max": [1.5, 3], "mean": [-0.25, 1], "values": [[-2, 3]]}


def test_without_a_centre_there_are_no_offsets(
    tmp_path: Path, read: Read, two_patches: Array, two_positions: Array
) -> None:
    dump = PatchDump(tmp_path, "inference", 1)
    dump.batch(two_patches, two_positions)
    dump.close(None, None)
    offsets = read(tmp_path / "inference" / "offsets.json")
    assert (offsets["centre"], offsets["offsets"]) == (None, None)


@pytest.mark.parametrize("bad", [np.nan, np.inf, complex(0, np.nan)])
def test_pixels_that_are_not_finite_are_null_and_counted(
    tmp_path: Path, read: Read, two_patches: Array, two_positions: Array, bad: complex
) -> None:
    dump = PatchDump(tmp_path, "inference", 8)
    dump.batch(two_patches, two_positions)
    spoilt = two_patches.copy()
    spoilt[0, 0, :, 1] = bad
    dump.batch(spoilt, np.full_like(two_positions, np.nan))
    dump.batch(spoilt, two_positions)
    dump.close(None, None)
    stats = read(tmp_path / "inference" / "stats.json")
    sound, sick = stats["per_patch"][2:4]
    assert sound == {"batch": 1, "group": 0, "channel": 0, **FIRST}
    assert sick["non_finite"] == 2
    assert (sick["mean"], sick["std"], sick["max"], sick["var_zero_mean"]) == (None, None, None, None)
    assert stats["per_batch"][1]["mean"] is None
    assert stats["whole"]["mean"] is None
    assert stats["whole"]["non_finite"] == 4
    assert stats["patches"]["not_finite"] == 2
    assert stats["patches"]["first_not_finite"] == {"batch": 1, "group": 0, "channel": 1}
    assert stats["quietest_patch"]["var_zero_mean"] == 0
    assert read(tmp_path / "inference" / "offsets.json")["non_finite"] == 4


def test_squares_that_overflow_are_null(tmp_path: Path, read: Read, two_patches: Array, two_positions: Array) -> None:
    dump = PatchDump(tmp_path, "inference", 8)
    dump.batch(two_patches.astype(complex) * 1e200, two_positions)
    dump.close(None, None)
    first = read(tmp_path / "inference" / "stats.json")["per_patch"][0]
    assert first["mean"] == pytest.approx(2.5e200)
    assert (first["std"], first["var_zero_mean"], first["non_finite"]) == (None, None, 0)


def test_an_empty_batch_counts_as_a_batch(tmp_path: Path, read: Read, two_patches: Array, two_positions: Array) -> None:
    dump = PatchDump(tmp_path, "inference", 8)
    dump.batch(two_patches[:0], two_positions[:0])
    dump.batch(two_patches, two_positions)
    dump.close(None, None)
    stats = read(tmp_path / "inference" / "stats.json")
    assert stats["batches"] == {"seen": 2, "recorded": 2}
    assert stats["per_batch"][0]["groups"] == 0
    assert stats["per_batch"][0]["mean"] is None
    assert stats["per_patch"][0]["batch"] == 1
    assert stats["whole"] == pytest.approx(BOTH)


def test_no_batch_at_all(tmp_path: Path, read: Read) -> None:
    PatchDump(tmp_path, "inference", 8).close(None, None)
    stats = read(tmp_path / "inference" / "stats.json")
    assert stats["patches"]["seen"] == 0
    assert stats["whole"]["mean"] is None
    assert read(tmp_path / "inference" / "offsets.json")["positions"]["min"] == [None, None]
    assert (tmp_path / "inference" / "patches.png").is_file()


def test_memory_is_bounded_by_the_limit(tmp_path: Path) -> None:
    dump = PatchDump(tmp_path, "inference", 3)
    source = np.random.default_rng(1)

    def held_after(batches: int) -> int:
        for _ in range(batches):
            dump.batch(source.normal(size=(4, 32, 32, 4)).astype(complex), source.normal(size=(4, 1, 2, 4)))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        few, many = held_after(5), held_after(100)
    finally:
        tracemalloc.stop()
    # Three patches of 32 x 32 complex128 are 48 KiB; one batch is 256 KiB.
    assert few < 150_000
    assert many - few < 60_000
