"""The picture of a scan: y down, both axes to one scale, and what it says in its colours and its title."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.figure import Figure
from PIL import Image

from parity_suite.ptychography.datasets import OverlapSettings, overlap_metrics
from parity_suite.ptychography.datasets import overlap_figure as module
from parity_suite.ptychography.datasets.overlap_figure import overlap_figure

_SCAN = np.array([(10.0, 0.0), (14.0, 0.0), (10.0, 9.0), (30.0, 2.0), (12.0, 3.0)])


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Draws and gives the figure back, as it stood when it was written."""
    kept: list[Figure] = []
    save = module.save

    def keep(figure: Figure, path: Path) -> None:
        kept.append(figure)
        save(figure, path)

    monkeypatch.setattr(module, "save", keep)

    def draw(scan: Any, title: str = "", **settings: Any) -> Figure:
        metrics = overlap_metrics(scan, OverlapSettings(**settings))
        overlap_figure(tmp_path / "scan.png", scan, metrics, title)
        return kept[-1]

    return draw


def _colour_of(figure: Figure, colour: tuple[int, int, int]) -> Any:
    """Where the picture has this colour, (rows, columns)."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)  # type: ignore[attr-defined]
    return np.abs(pixels - colour).max(axis=2) <= 2


def test_axes_are_equal_and_y_points_down(drawn: Any) -> None:
    axes = drawn(_SCAN, diameter=6.0).axes[0]
    assert axes.get_aspect() == 1
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_xlim()[0] < axes.get_xlim()[1]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (pixel)", "y (pixel)")


def test_all_discs_are_within(drawn: Any) -> None:
    axes = drawn(_SCAN, diameter=6.0).axes[0]
    assert axes.get_xlim()[0] < 7
    assert axes.get_xlim()[1] > 33
    assert axes.get_ylim()[1] < -3
    assert axes.get_ylim()[0] > 12


def test_discs_have_the_diameter_in_the_picture(drawn: Any) -> None:
    """Two discs that do not meet light an area of pi D^2 / 2 of the scan."""
    figure = drawn(np.array([(0.0, 0.0), (40.0, 25.0)]), diameter=20.0)
    lit = _colour_of(figure, (230, 230, 230)).sum()
    axes = figure.axes[0]
    a_pixel = axes.bbox.width / np.ptp(axes.get_xlim())
    assert lit == pytest.approx(np.pi * 20.0**2 / 2 * a_pixel**2, rel=0.06)


def test_dots_carry_the_overlap_of_each_place(drawn: Any) -> None:
    figure = drawn(_SCAN, diameter=6.0)
    dots = next(one for one in figure.axes[0].collections if isinstance(one, PathCollection))
    metrics = overlap_metrics(_SCAN, OverlapSettings(diameter=6.0))
    assert np.array_equal(dots.get_offsets(), metrics.places)
    assert np.array_equal(dots.get_array(), metrics.place_overlap)
    assert figure.axes[1].get_ylabel() == "overlap per image"


def test_the_group_in_the_middle_is_drawn(drawn: Any) -> None:
    figure = drawn(_SCAN, diameter=6.0, gridsize=2)
    red = [one for one in figure.axes[0].collections if isinstance(one, EllipseCollection)][-1]
    # The seed is the place nearest to the mean (15.2, 2.8); the three nearest to (14, 0) or (12, 3), then.
    assert red.get_offsets().tolist() == [[14.0, 0.0], [12.0, 3.0], [10.0, 0.0], [10.0, 9.0]]
    seeds = [line.get_xydata().tolist() for line in figure.axes[0].lines if line.get_marker() == "+"]
    assert seeds == [[[14.0, 0.0]]]
    ties = [line.get_xydata().tolist() for line in figure.axes[0].lines if line.get_marker() != "+"]
    assert ties == [[[14.0, 0.0], [12.0, 3.0]], [[14.0, 0.0], [10.0, 0.0]], [[14.0, 0.0], [10.0, 9.0]]]


def test_no_group_at_gridsize_1(drawn: Any) -> None:
    figure = drawn(_SCAN, diameter=6.0)
    assert not figure.axes[0].lines
    assert not _colour_of(figure, (214, 39, 40)).any()


def test_the_title_gives_the_figures(drawn: Any) -> None:
    scan = np.array([(0.0, 0.0), (1.0, 0.0), (9.0, 0.0)])
    one = drawn(scan, "two discs and one", diameter=2.0).axes[0].get_title()
    assert one.split("\n") == [
        "two discs and one",
        "3 of 3 images, gridsize 1, D = 2 px (given)",
        "overlap per image: mean 0.130, least 0 (3 positions)",
        "overlap per group: none, gridsize 1",
        "overlap group to group: mean 0.391, least 0.39 (1 pairs)",
    ]


def test_rims_are_left_out_where_there_are_thousands(drawn: Any) -> None:
    scan = np.random.default_rng(3).uniform(0, 900, (3000, 2))
    axes = drawn(scan, diameter=30.0).axes[0]
    assert len([one for one in axes.collections if isinstance(one, EllipseCollection)]) == 1
    dots = next(one for one in axes.collections if isinstance(one, PathCollection))
    a_pixel = axes.bbox.width / np.ptp(axes.get_xlim()) * 72 / axes.figure.dpi
    # Together they take up less than the ground, so that they are not one blot.
    assert len(scan) * np.pi / 4 * float(dots.get_sizes()[0]) < (900 * a_pixel) ** 2


def test_overlaps_as_good_as_equal_are_of_one_colour(drawn: Any) -> None:
    scan = np.stack([np.arange(10) * 0.1 + 1e-6 * np.arange(10) ** 2, np.zeros(10)], axis=1)
    figure = drawn(scan, diameter=0.3, image_neighbours=1)
    dots = next(one for one in figure.axes[0].collections if isinstance(one, PathCollection))
    assert np.ptp(dots.get_array()) > 0
    # But for a step of the colour map, on whose edge they may lie.
    assert np.ptp(dots.to_rgba(dots.get_array()), axis=0).max() < 0.01


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scan", [_SCAN * [1, 0] + [0, 5], _SCAN * [0, 1], _SCAN * 1e6], ids=["row", "column", "far"])
def test_scans_of_any_form_are_drawn(drawn: Any, scan: Any, tmp_path: Path) -> None:
    drawn(scan, diameter=3.0, image_neighbours=1)
    with Image.open(tmp_path / "scan.png") as image:
        assert 150 < image.height < 2000


def test_same_bytes_for_the_same_scan(tmp_path: Path) -> None:
    metrics = overlap_metrics(_SCAN, OverlapSettings(diameter=6.0))
    for name in ("one.png", "other.png"):
        overlap_figure(tmp_path / name, _SCAN, metrics)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_other_positions_refused(tmp_path: Path) -> None:
    metrics = overlap_metrics(_SCAN, OverlapSettings(diameter=6.0))
    with pytest.raises(ValueError, match=r"^positions: \(5, 2\) were measured, not \(4, 2\)$"):
        overlap_figure(tmp_path / "scan.png", _SCAN[:4], metrics)
