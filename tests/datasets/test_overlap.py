"""The overlap of a scan: against closed forms, a raster worked by hand, brute force and the oracle's groups."""

from __future__ import annotations

import json
import math
import tracemalloc
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from parity_suite.contracts.check import check_file
from parity_suite.ptychography.datasets import Dataset, OverlapSettings, near_pairs, overlap_metrics
from parity_suite.ptychography.datasets.discs import disc_overlap, probe_fwhm
from parity_suite.ptychography.datasets.neighbours import nearest_others
from parity_suite.ptychography.datasets.overlap import Summary
from parity_suite.ptychography.datasets.sampling import choose_groups, choose_images
from parity_suite.ptychography.oracle import Oracle

#: at d = R the lens is 2 R^2 (pi / 3) - (R / 2) sqrt(3) R
_HALF = (2 * math.pi / 3 - math.sqrt(3) / 2) / math.pi
#: at d = sqrt(2) R it is two quarter discs less the square of their corners
_DIAGONAL = 0.5 - 1 / math.pi


def raster(rows: int, columns: int, step: float = 1.0) -> Any:
    """Positions (rows * columns, 2), row by row."""
    y, x = np.mgrid[:rows, :columns] * step
    return np.stack([x.ravel(), y.ravel()], axis=1)


def scattered(count: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).uniform(0, 40, (count, 2))


def test_discs_closed_forms() -> None:
    distances = [0, 1, math.sqrt(2), 2, 2.5, math.inf]
    assert disc_overlap(distances, 2) == pytest.approx([1, _HALF, _DIAGONAL, 0, 0, 0], abs=1e-15)
    assert disc_overlap(0, 3.7) == 1
    assert disc_overlap([5.0, 7.0], 5) == pytest.approx([0, 0], abs=0)


def test_discs_as_the_formula_stands() -> None:
    diameter, d = 7.3, np.linspace(0, 7.3, 101)
    r = diameter / 2
    lens = 2 * r**2 * np.arccos(d / (2 * r)) - d / 2 * np.sqrt(np.maximum(4 * r**2 - d**2, 0))
    assert disc_overlap(d, diameter) == pytest.approx(lens / (math.pi * r**2), abs=1e-14)


@pytest.mark.parametrize("distance", [40.0, 333.0, 700.0])
def test_discs_by_counting_pixels(distance: float) -> None:
    radius = 400.0
    y, x = np.mgrid[-400:401, -400:401]
    own = np.hypot(x, y) <= radius
    other = np.hypot(x - distance, y) <= radius
    assert disc_overlap(distance, 2 * radius) == pytest.approx((own & other).sum() / own.sum(), abs=2e-3)


def test_discs_shrink_steadily_and_stay_within_bounds() -> None:
    d = np.concatenate([np.linspace(0, 1, 1001), 1 - np.logspace(-17, -3, 100)])
    overlap = disc_overlap(np.sort(d), 1.0)
    assert overlap.min() >= 0
    assert overlap.max() == 1
    assert np.all(np.diff(overlap) <= 1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("diameter", [1e-300, 1e300])
def test_discs_of_any_size(diameter: float) -> None:
    assert disc_overlap([0, diameter / 2, 1e308], diameter) == pytest.approx([1, _HALF, 0])


def test_fwhm_is_the_disc_with_the_lit_area() -> None:
    y, x = np.mgrid[:256, :256]
    gaussian = np.exp(-((x - 100.5) ** 2 + (y - 131) ** 2) / (4 * 20.0**2))
    assert probe_fwhm(gaussian * 1j) == pytest.approx(2 * math.sqrt(2 * math.log(2)) * 20, rel=2e-3)


@pytest.mark.parametrize("scale", [1, 1e-200, 1e200])
def test_fwhm_adds_the_intensities_of_modes(scale: float) -> None:
    modes = np.zeros((2, 8, 8), np.complex128)
    modes[0, 1, 1:4] = 2, 1.2, 1  # intensities 4, 1.44, 1
    modes[1, 1, 2] = 0.8j  # 1.44 + 0.64 reaches half of 4
    modes[1, 1, 3] = 0.8  # 1 + 0.64 does not, though (1 + 0.8)^2 would
    assert probe_fwhm(modes * scale) == pytest.approx(2 * math.sqrt(2 / math.pi))


def test_fwhm_counts_half_itself() -> None:
    one = np.zeros((2, 4, 4))
    one[0, 0, :2] = 2, 1
    one[1, 0, 1] = 1
    assert probe_fwhm(one) == pytest.approx(2 * math.sqrt(2 / math.pi))


def test_fwhm_leaves_out_the_hole_of_a_ring_and_follows_a_bright_pixel() -> None:
    y, x = np.mgrid[:64, :64] - 31.5
    away = np.hypot(x, y)
    ring = ((away >= 10) & (away < 20)).astype(np.complex64)
    assert probe_fwhm(ring) == pytest.approx(2 * math.sqrt(20**2 - 10**2), rel=5e-3)
    ring[3, 60] = 10
    assert probe_fwhm(ring) == pytest.approx(2 / math.sqrt(math.pi))


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        (np.zeros((8, 8)), "^probe: all zero, so it has no width$"),
        (np.full((8, 8), np.nan), "^probe: finite values are wanted$"),
        (np.ones(8), r"^probe: \(N, N\) or \(P, N, N\) is wanted, not \(8,\)$"),
    ],
)
def test_probe_refused(probe: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        overlap_metrics(raster(3, 3), probe=probe)


@pytest.mark.parametrize("distance", [-1.0, math.nan])
def test_distance_refused(distance: float) -> None:
    with pytest.raises(ValueError, match=r"^distance: at least 0 is wanted, and no nan$"):
        disc_overlap([0.0, distance], 2.0)


def test_raster_by_hand() -> None:
    """Two rows of three positions, one radius apart: a corner has others at 1, 1, sqrt(2), 2 and sqrt(5) radii."""
    found = overlap_metrics(raster(2, 3), OverlapSettings(gridsize=2, diameter=2.0, image_neighbours=3))
    corner, middle = (2 * _HALF + _DIAGONAL) / 3, _HALF
    assert found.place_overlap == pytest.approx([corner, corner, middle, middle, corner, corner])
    assert found.places.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert found.per_image.mean == pytest.approx((4 * corner + 2 * middle) / 6)
    assert found.per_image.minimum == pytest.approx(corner)
    # Of a corner's group the fourth is the diagonal; of a middle's, the three at one radius: left, right, across.
    assert found.groups.tolist() == [[0, 1, 3, 4], [1, 0, 2, 4], [2, 1, 5, 4], [3, 0, 4, 1], [4, 1, 3, 5], [5, 2, 4, 1]]
    assert found.per_group.mean == pytest.approx((4 * corner + 2 * middle) / 6)
    assert (found.per_group.minimum, found.per_group.count) == (pytest.approx(corner), 6)
    # Centres of mass: (1/2, 1/2), (1, 1/4), (3/2, 1/2), (1/2, 1/2), (1, 3/4), (3/2, 1/2)
    xy = np.array([(0.5, 0.5), (1, 0.25), (1.5, 0.5), (0.5, 0.5), (1, 0.75), (1.5, 0.5)])
    pairs = [disc_overlap(math.dist(xy[i], xy[j]), 2.0) for i in range(6) for j in range(i)]
    assert found.group_to_group.mean == pytest.approx(np.mean(pairs))
    assert found.group_to_group.count == 15


def test_group_to_group_ends_at_the_diameter() -> None:
    line = raster(1, 4, 2.0)
    touching = overlap_metrics(line, OverlapSettings(diameter=2.0)).group_to_group
    assert touching == Summary(None, None, 0, "no pair nearer than the diameter")
    near = overlap_metrics(line, OverlapSettings(diameter=4.0)).group_to_group
    assert near.count == 3
    assert near.mean == pytest.approx(_HALF)
    assert near.minimum <= near.mean  # type: ignore[operator]


@pytest.mark.parametrize("pairs", [1, 100, 2**18])
def test_group_to_group_by_brute_force(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    monkeypatch.setattr(near_pairs, "_PAIRS", pairs)
    _require_as_by_brute_force(scattered(700), 9.0)


_RASTER: Final = raster(12, 17, 3.0)


@pytest.mark.parametrize(
    "xy",
    [_RASTER, _RASTER - 1e6, _RASTER[np.arange(500) % 7], raster(1, 90, 0.7), raster(90, 1, 0.7), _RASTER * [1, 1e3]],
    ids=["raster", "far", "seven", "row", "column", "rows apart"],
)
@pytest.mark.parametrize("diameter", [3.0, 3 * math.sqrt(2), 7.5, 1e5])
def test_group_to_group_of_regular_scans_and_of_positions_that_coincide(xy: Any, diameter: float) -> None:
    _require_as_by_brute_force(xy, diameter)


def _require_as_by_brute_force(xy: Any, diameter: float) -> None:
    found = overlap_metrics(xy, OverlapSettings(diameter=diameter)).group_to_group
    step = xy[:, None] - xy
    across = np.sqrt(step[..., 0] ** 2 + step[..., 1] ** 2)[np.triu_indices(len(xy), 1)]
    overlap = disc_overlap(across[across < diameter], diameter)
    assert found.count == overlap.size
    if overlap.size:
        assert (found.mean, found.minimum) == (pytest.approx(overlap.mean()), pytest.approx(overlap.min()))


def test_group_to_group_of_any_number_of_pairs_in_little_memory() -> None:
    xy = scattered(4000)
    tracemalloc.start()
    try:
        found = overlap_metrics(xy, OverlapSettings(diameter=1000.0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.group_to_group.count == 4000 * 3999 // 2
    assert peak < 32 * 2**20


def test_groups_that_coincide_are_a_pair() -> None:
    found = overlap_metrics(np.array([(0.0, 0.0), (0.0, 0.0), (9.0, 0.0)]), OverlapSettings(diameter=2.0))
    assert found.group_to_group == Summary(1.0, 1.0, 1)


def test_gridsize_1_has_no_group_overlap() -> None:
    found = overlap_metrics(scattered(9), OverlapSettings(diameter=9.0))
    assert found.per_group == Summary(None, None, 0, "gridsize 1")
    assert found.groups.tolist() == [[i] for i in range(9)]


def test_coinciding_positions_are_one_image_and_two_members() -> None:
    xy = np.array([(0.0, 0.0), (-0.0, 0.0), (1.0, 0.0), (0.0, 3.0)])
    found = overlap_metrics(xy, OverlapSettings(gridsize=2, diameter=2.0, image_neighbours=1))
    assert (found.positions, found.unique_positions, found.images, found.per_image.count) == (4, 3, 4, 3)
    assert found.place_overlap == pytest.approx([_HALF, 0, _HALF])
    assert found.per_group.minimum == pytest.approx(0)
    assert found.per_group.mean == pytest.approx(((1 + _HALF) / 3 * 2 + 2 * _HALF / 3) / 4)


def test_image_neighbours_are_six_or_all_others() -> None:
    line = raster(1, 9)
    wide = overlap_metrics(line, OverlapSettings(diameter=100.0)).place_overlap
    assert wide[0] == pytest.approx(disc_overlap(np.arange(1, 7), 100.0).mean())
    few = overlap_metrics(line[:3], OverlapSettings(diameter=100.0)).place_overlap
    assert few[0] == pytest.approx(disc_overlap([1, 2], 100.0).mean())


def _figures(xy: Any) -> list[float]:
    found = overlap_metrics(xy, OverlapSettings(gridsize=2, diameter=8.0))
    kinds = found.per_group, found.per_image, found.group_to_group
    return [float(value) for one in kinds for value in (one.mean, one.minimum, one.count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "moved",
    [
        lambda xy: xy + np.array([1024.0, -96.0]),
        lambda xy: xy * [-1, 1],
        lambda xy: xy * [1, -1],
        lambda xy: xy[:, ::-1],
        lambda xy: np.random.default_rng(4).permutation(xy),
    ],
    ids=["translated", "mirrored in x", "mirrored in y", "axes swapped", "permuted"],
)
def test_figures_do_not_depend_on_the_frame(moved: Any) -> None:
    xy = scattered(300) * [1.0, 0.5]
    assert _figures(moved(xy)) == pytest.approx(_figures(xy), rel=1e-9)


@pytest.mark.parametrize("axis", [0, 1])
def test_each_axis_counts(axis: int) -> None:
    xy = scattered(300)
    wider = xy * np.where(np.arange(2) == axis, 2.0, 1.0)
    assert _figures(wider)[0] < 0.9 * _figures(xy)[0]


def _brute_force(xy: Any, count: int) -> list[list[int]]:
    rows = []
    for own, (x, y) in enumerate(xy.tolist()):
        others = [((x - u) ** 2 + (y - v) ** 2, i) for i, (u, v) in enumerate(xy.tolist()) if i != own]
        rows.append([i for _, i in sorted(others)[:count]])
    return rows


@pytest.mark.parametrize(
    "xy",
    [
        scattered(200),
        raster(14, 15, 3.0),
        raster(14, 15, 3.0)[np.random.default_rng(2).permutation(210)],
        np.concatenate([np.zeros((60, 2)), raster(9, 9), np.ones((50, 2))]),
        np.array([(math.cos(a), math.sin(a)) for a in np.linspace(0, 6, 90)] + [(0.0, 0.0)]),
    ],
    ids=["scattered", "raster", "raster in disorder", "coinciding", "circle"],
)
@pytest.mark.parametrize("count", [1, 3, 6, 8])
def test_neighbours_by_brute_force(xy: Any, count: int) -> None:
    assert nearest_others(xy, count).tolist() == _brute_force(xy, count)


def test_neighbours_of_few() -> None:
    assert nearest_others(np.zeros((1, 2)), 0).shape == (1, 0)
    assert nearest_others(raster(1, 3), 2).tolist() == [[1, 2], [0, 2], [1, 0]]
    with pytest.raises(ValueError, match=r"^count: 3 others of 3 positions$"):
        nearest_others(raster(1, 3), 3)


@pytest.mark.parametrize("gridsize", [1, 2, 3])
def test_groups_are_those_of_the_pipeline(dataset: Dataset, gridsize: int) -> None:
    found = overlap_metrics(dataset.positions, OverlapSettings(gridsize=gridsize), dataset.probe)
    assert np.array_equal(found.groups, Oracle().group(dataset.positions, gridsize)["indices"])


def test_a_raster_of_20000_is_done_in_seconds() -> None:
    found = overlap_metrics(raster(100, 200, 3.0), OverlapSettings(gridsize=2, diameter=12.0))
    assert (found.per_image.count, found.per_group.count) == (20_000, 20_000)
    # Inside, a group is the seed with three of the four at one step.
    assert found.per_group.mean == pytest.approx(float(disc_overlap(3.0, 12.0)), rel=1e-2)


def test_a_fraction_of_the_images_by_seed() -> None:
    quarter, half = (choose_images(200, OverlapSettings(fraction=f, seed=5)) for f in (0.25, 0.5))
    assert (len(quarter), len(half)) == (50, 100)
    assert np.all(np.diff(half) > 0)
    assert set(quarter) < set(half)
    assert quarter.tolist() == choose_images(200, OverlapSettings(fraction=0.25, seed=5)).tolist()
    assert quarter.tolist() != choose_images(200, OverlapSettings(fraction=0.25, seed=6)).tolist()
    assert choose_images(7, OverlapSettings()).tolist() == list(range(7))


def test_groups_and_figures_are_of_the_images_kept() -> None:
    xy = scattered(200)
    settings = OverlapSettings(gridsize=2, fraction=0.25, seed=5, diameter=9.0)
    found = overlap_metrics(xy, settings)
    kept = choose_images(200, settings)
    alone = overlap_metrics(xy[kept], OverlapSettings(gridsize=2, diameter=9.0))
    assert (found.positions, found.images, found.unique_positions) == (200, 50, 200)
    assert (found.per_group, found.per_image) == (alone.per_group, alone.per_image)
    assert np.array_equal(found.groups, kept[alone.groups])


def test_fewer_groups_than_images_have_different_seeds() -> None:
    settings = OverlapSettings(gridsize=2, groups=20, seed=3)
    groups = choose_groups(scattered(60), settings)
    everyone = choose_groups(scattered(60), OverlapSettings(gridsize=2))
    assert len(set(groups[:, 0].tolist())) == 20
    assert np.array_equal(groups, everyone[groups[:, 0]])
    assert groups[:, 0].tolist() != choose_groups(scattered(60), OverlapSettings(gridsize=2, groups=20))[:, 0].tolist()


def test_neighbours_without_oversampling_are_the_nearest() -> None:
    few, many = (choose_groups(scattered(60), OverlapSettings(gridsize=2, neighbours=k)) for k in (3, 30))
    assert np.array_equal(few, many)


def test_oversampling_draws_from_the_neighbours() -> None:
    xy = scattered(30)
    settings = OverlapSettings(gridsize=2, groups=75, neighbours=6, oversample=True)
    groups, nearest = choose_groups(xy, settings), nearest_others(xy, 6)
    assert groups.shape == (75, 4)
    assert sorted(np.bincount(groups[:, 0], minlength=30).tolist()) == [2] * 15 + [3] * 15
    ranks = [[nearest[seed].tolist().index(i) for i in others] for seed, *others in groups.tolist()]
    assert all(len(set(row)) == 3 and row == sorted(row) for row in ranks)
    assert {rank for row in ranks for rank in row} == set(range(6))


def test_oversampled_groups_are_drawn_with_the_seed() -> None:
    """Twice as many groups as images, so that only the neighbours are drawn."""
    one, again, other = (
        choose_groups(scattered(30), OverlapSettings(gridsize=2, groups=60, neighbours=6, oversample=True, seed=seed))
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one, again)
    assert np.array_equal(one[:, 0], other[:, 0])
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"gridsize": 2, "neighbours": 4},
            "groups: 11 groups of 10 images, more groups than images only with oversample",
        ),
        ({"oversample": True}, "gridsize: 1, above 1 is wanted for 11 groups of 10 images"),
        (
            {"gridsize": 2, "oversample": True},
            r"neighbours: 3, at least 4 \(gridsize\*\*2\) are wanted for 11 groups of 10 images",
        ),
        (
            {"gridsize": 2, "oversample": True, "neighbours": 10},
            "neighbours: 10 of 10 images, at most 9 can be had",
        ),
    ],
)
def test_oversampling_refused(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        overlap_metrics(scattered(10), OverlapSettings(groups=11, diameter=5.0, **settings))


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        (np.zeros((0, 2)), "positions: none"),
        (np.ones((5, 2)), "positions: 5, of which 1 differ; at least 2 are wanted"),
        (raster(1, 3), r"positions: 3, fewer than the 4 of a group \(gridsize\*\*2\)"),
        (np.array([(0, 0), (1, np.nan)]), r"positions: finite values are wanted, not \[1.0, nan\] at \[1\]"),
        (np.array([(-np.inf, 0), (1, 2)]), r"positions: finite values are wanted, not \[-inf, 0.0\] at \[0\]"),
        (np.array([(1e300, 0), (1, 2)]), r"positions: 1e\+300 px from the origin, at most 2\^53 is wanted"),
        (np.zeros((2, 5)), r"positions: \(M, 2\) is wanted, not \(2, 5\)"),
        (np.zeros((5, 2), complex), r"positions: real numbers are wanted, \[x, y\] along the last axis"),
    ],
)
def test_positions_refused(positions: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        overlap_metrics(positions, OverlapSettings(gridsize=2, diameter=5.0))


@pytest.mark.parametrize(
    ("fraction", "message"),
    [
        (0.01, "fraction: 0.01 keeps 0 of 20, of which 0 differ; at least 2 are wanted"),
        (0.1, r"fraction: 0.1 keeps 2 of 20, fewer than the 4 of a group \(gridsize\*\*2\)"),
    ],
)
def test_too_small_a_fraction_refused(fraction: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        overlap_metrics(scattered(20), OverlapSettings(gridsize=2, diameter=5.0, fraction=fraction))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gridsize": 0}, "gridsize: 0, a whole number of at least 1 is wanted"),
        ({"gridsize": 2.0}, "gridsize: 2.0, a whole number of at least 1 is wanted"),
        ({"gridsize": True}, "gridsize: True, a whole number of at least 1 is wanted"),
        ({"fraction": 0.0}, "fraction: 0.0, above 0 and at most 1 is wanted"),
        ({"fraction": 1.01}, "fraction: 1.01, above 0 and at most 1 is wanted"),
        ({"fraction": math.nan}, "fraction: nan, above 0 and at most 1 is wanted"),
        ({"groups": 0}, "groups: 0, a whole number of at least 1 is wanted"),
        ({"gridsize": 3, "neighbours": 7}, "neighbours: 7, a whole number of at least 8 is wanted"),
        ({"diameter": 0.0}, "diameter: 0.0 px, a finite number above 0 is wanted"),
        ({"diameter": -3.0}, "diameter: -3.0 px, a finite number above 0 is wanted"),
        ({"diameter": math.inf}, "diameter: inf px, a finite number above 0 is wanted"),
        ({"seed": -1}, "seed: -1, a whole number of at least 0 is wanted"),
        ({"image_neighbours": 0}, "image_neighbours: 0, a whole number of at least 1 is wanted"),
    ],
)
def test_settings_refused(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        OverlapSettings(**settings)


def test_a_diameter_is_given_or_the_probes() -> None:
    with pytest.raises(ValueError, match=r"^diameter: neither given nor to be had from a probe$"):
        overlap_metrics(raster(2, 2))
    probe = np.ones((4, 4), np.complex64)
    measured = overlap_metrics(raster(2, 2), probe=probe)
    assert (measured.settings.diameter, measured.diameter_origin) == (
        pytest.approx(8 / math.sqrt(math.pi)),
        "probe fwhm",
    )
    given = overlap_metrics(raster(2, 2), OverlapSettings(diameter=3), probe)
    assert (given.settings.diameter, given.diameter_origin) == (3.0, "given")


@pytest.mark.parametrize(
    "settings",
    [
        OverlapSettings(),
        OverlapSettings(gridsize=2, diameter=1e-6),
        OverlapSettings(gridsize=2, diameter=1),
        OverlapSettings(gridsize=2, fraction=0.5, groups=90, neighbours=5, oversample=True, seed=7),
        OverlapSettings(gridsize=3, diameter=1e9, groups=5),
    ],
)
def test_the_json_keeps_its_contract(dataset: Dataset, settings: OverlapSettings, tmp_path: Path) -> None:
    found = overlap_metrics(dataset.positions, settings, dataset.probe).to_json()
    path = tmp_path / "overlap.json"
    path.write_text(json.dumps(found, allow_nan=False), "utf-8")
    checked = check_file(path, role="writer")
    assert checked.contract is not None
    assert (checked.contract.name, checked.violations) == ("overlap", ())
    assert set(found) == set(checked.contract.fields)


def test_the_json_records_what_was_applied() -> None:
    settings = OverlapSettings(gridsize=2, fraction=0.5, diameter=4, seed=9)
    found = overlap_metrics(raster(4, 5), settings).to_json()
    applied = {"format": 1, "kind": "overlap", "gridsize": 2, "fraction": 0.5, "groups": 10, "neighbours": 3}
    applied |= {"diameter": 4.0, "diameter_origin": "given", "seed": 9, "image_neighbours": 6, "oversample": False}
    applied |= {"positions": 20, "unique_positions": 20, "images": 10, "per_group_count": 10, "per_group_status": "ok"}
    assert {key: found[key] for key in applied} == applied


def test_equal_overlaps_have_their_mean_no_lower_than_their_minimum() -> None:
    for step in np.linspace(0.1, 0.9, 40):
        found = overlap_metrics(raster(1, 21, step), OverlapSettings(diameter=1.0, image_neighbours=1)).per_image
        assert found.mean >= found.minimum  # type: ignore[operator]


@pytest.mark.filterwarnings("error")
def test_no_warning_at_the_ends_of_the_range() -> None:
    far = overlap_metrics(np.array([(-(2.0**53), 0), (2.0**53, 1)]), OverlapSettings(diameter=1e-300))
    assert far.per_image.mean == 0
    assert overlap_metrics(np.array([(0, 0), (5e-324, 0)]), OverlapSettings(diameter=1e300)).per_image.mean == 1
