"""canvas.json against values computed by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.dumps import PatchDump

Array = np.ndarray[Any, Any]
Read = Callable[[Path], Any]


def dumped(folder: Path, read: Read, canvas: dict[str, Array]) -> Any:
    PatchDump(folder, "inference", 1).close(canvas, None)
    return read(folder / "inference" / "canvas.json")


@pytest.fixture
def canvas() -> dict[str, Array]:
    """2 x 3 pixels, 4 covered: 2, 4i, 0 and 2; a fifth is not covered but not 0."""
    return {
        "numerator": np.array([[4, 4j, 0], [0, 2, 0.01]]),
        "count": np.array([[2, 1, 1], [0, 1, 0.0005]]),
        "canvas": np.array([[2, 4j, 0], [0, 2, 20]]),
    }


def test_by_hand(tmp_path: Path, read: Read, canvas: dict[str, Array]) -> None:
    found = dumped(tmp_path, read, canvas)
    assert (found["format"], found["shape"]) == (1, [2, 3])
    assert (found["covered"], found["covered_fraction"]) == (4, pytest.approx(4 / 6))
    assert (found["non_zero"], found["non_finite"]) == (4, 0)
    assert found["amplitude"] == {"mean": 2, "std": pytest.approx(2**0.5), "min": 0, "max": 4, "var": 2}
    # 0, pi/2 and 0 of the three lit pixels
    quarter = math.pi / 2
    variance = 2 / 9 * quarter**2
    want = {"mean": quarter / 3, "std": variance**0.5, "min": 0, "max": quarter, "var": variance}
    assert found["phase"] == pytest.approx(want, abs=1e-15)
    assert found["numerator_energy"] == pytest.approx(16 + 16 + 4 + 1e-4)
    assert found["count_sum"] == pytest.approx(5.0005)


def test_a_global_phase_moves_the_mean_phase_and_nothing_else(
    tmp_path: Path, read: Read, canvas: dict[str, Array]
) -> None:
    """Turned by 3 rad, pi/2 + 3 lies beyond pi: a phase cut there would have another spread."""
    still = dumped(tmp_path, read, canvas)["phase"]
    turned = dumped(tmp_path, read, {**canvas, "canvas": canvas["canvas"] * np.exp(3j)})["phase"]
    assert turned["std"] == pytest.approx(still["std"])
    # Known up to whole turns.
    moved = np.array([turned[name] - still[name] for name in ("mean", "min", "max")])
    np.testing.assert_allclose(np.exp(1j * moved), np.exp(3j))
    np.testing.assert_allclose(moved, moved[0])


def test_nothing_covered(tmp_path: Path, read: Read) -> None:
    blank = np.zeros((5, 7))
    found = dumped(tmp_path, read, {"numerator": blank, "count": blank, "canvas": blank})
    assert (found["shape"], found["covered"], found["covered_fraction"], found["non_zero"]) == ([5, 7], 0, 0, 0)
    assert set(found["amplitude"].values()) == set(found["phase"].values()) == {None}
    assert (found["numerator_energy"], found["count_sum"]) == (0, 0)


def test_covered_and_all_zero(tmp_path: Path, read: Read) -> None:
    blank = np.zeros((5, 7))
    found = dumped(tmp_path, read, {"numerator": blank, "count": blank + 1, "canvas": blank})
    assert (found["covered"], found["covered_fraction"], found["non_zero"]) == (35, 1, 0)
    assert found["amplitude"] == {"mean": 0, "std": 0, "min": 0, "max": 0, "var": 0}
    assert found["phase"]["mean"] is None


def test_not_finite(tmp_path: Path, read: Read, canvas: dict[str, Array]) -> None:
    sick = canvas["canvas"].copy()
    sick[0, 0] = np.nan
    found = dumped(tmp_path, read, {**canvas, "canvas": sick})
    assert found["non_finite"] == 1
    assert (found["amplitude"]["mean"], found["phase"]["max"]) == (None, None)
    assert found["covered"] == 4


def test_a_count_that_is_not_finite_hides_nothing(tmp_path: Path, read: Read, canvas: dict[str, Array]) -> None:
    count = canvas["count"].copy()
    count[0, 0] = np.nan
    found = dumped(tmp_path, read, {**canvas, "count": count})
    assert (found["covered"], found["count_sum"]) == (4, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"count": np.zeros((3, 3))}, "one shape"), ({"count": None}, "count missing"), ({}, "one shape")],
)
def test_refusal_writes_nothing(tmp_path: Path, canvas: dict[str, Array], change: Any, message: str) -> None:
    broken = {**canvas, **change} if change else {name: value[None] for name, value in canvas.items()}
    broken = {name: value for name, value in broken.items() if value is not None}
    with pytest.raises(ValueError, match=rf"^canvas: .*{message}"):
        PatchDump(tmp_path, "inference", 1).close(broken, None)
    assert not (tmp_path / "inference").exists()
