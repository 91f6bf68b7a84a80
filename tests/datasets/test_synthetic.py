"""The physics of the synthetic datasets: doses, domains, positions; and no input hides a mirrored axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.datasets import Dataset, Recipe, RecipeError, load_recipe, load_synthetic, synthesise
from parity_suite.ptychography.datasets.rounding import full_scale, to_grid
from parity_suite.ptychography.datasets.scans import MARGIN
from parity_suite.ptychography.datasets.synthetic import noiseless

Array = np.ndarray[Any, Any]
CHANGES: dict[str, Callable[[Array], Array]] = {
    "flip x": lambda a: a[..., ::-1],
    "flip y": lambda a: a[..., ::-1, :],
    "transpose": lambda a: np.swapaxes(a, -2, -1),
    "transpose across": lambda a: np.swapaxes(a[..., ::-1, ::-1], -2, -1),
    "roll by one in x": lambda a: np.roll(a, 1, axis=-1),
    "roll by one in y": lambda a: np.roll(a, 1, axis=-2),
    "conjugation": np.conj,
    "rotation by 180 degrees": lambda a: a[..., ::-1, ::-1],
}
quiet = lru_cache(maxsize=None)(noiseless)


def counts_of(dataset: Dataset) -> Array:
    """The detector's counts: undo the scale of the domain."""
    size = dataset.diff3d.shape[-1]
    scale = 1.0 if dataset.domain == "counts" else np.sqrt(dataset.nphotons) / (size / 2)
    return (dataset.diff3d * scale) ** 2


def square(array: Array) -> Array:
    side = min(array.shape[-2:])
    return array[..., :side, :side]


def change(array: Array, how: str) -> float:
    return float(np.linalg.norm(CHANGES[how](array) - array) / np.linalg.norm(array))


def apart_from_phase(array: Array, how: str) -> float:
    """As :func:`change`, after the best global phase, which is free and must not be what tells them apart."""
    other = CHANGES[how](array)
    overlap = abs(np.vdot(other, array)) / np.linalg.norm(array) ** 2
    return float(np.sqrt(max(2 - 2 * overlap, 0)))


def test_shapes_types_and_names(recipe: Recipe, dataset: Dataset) -> None:
    count, size = len(dataset.positions), recipe.size
    assert dataset.diff3d.shape == (count, size, size)
    assert count >= 9
    assert dataset.object is not None
    assert dataset.object.shape == recipe.object.shape
    assert dataset.object.shape[0] != dataset.object.shape[1]
    assert dataset.probe.shape == (2 if recipe.probe.kind == "modes" else 1, size, size)
    assert dataset.positions.shape == (count, 2)
    assert dataset.diff3d.dtype == dataset.positions.dtype == np.float64
    assert dataset.probe.dtype == dataset.object.dtype == np.complex128
    assert (dataset.name, dataset.domain, dataset.gridsize) == (recipe.name, recipe.domain, recipe.gridsize)


def test_counts_are_whole_and_the_dose_is_as_stated(dataset: Dataset) -> None:
    counts = counts_of(dataset)
    assert np.abs(counts - np.rint(counts)).max() <= 1e-15 * counts.max() * 4
    dose, poisson_error = counts.sum(axis=(1, 2)).mean(), np.sqrt(dataset.nphotons / len(counts))
    assert abs(dose - dataset.nphotons) < 5 * poisson_error + 2e-6 * dataset.nphotons


def test_noise_is_that_of_the_stated_dose_and_no_other(recipe: Recipe, dataset: Dataset) -> None:
    amplitude = quiet(recipe)[0]
    scale = 1.0 if recipe.domain == "counts" else np.sqrt(recipe.nphotons) / (recipe.size / 2)
    rate = (scale * amplitude) ** 2
    bright = rate > 5
    deviation = (counts_of(dataset)[bright] - rate[bright]) / np.sqrt(rate[bright])
    assert bright.sum() > 200
    assert abs(deviation.mean()) < 5 / np.sqrt(deviation.size)
    # Var of (n - r)^2 / r for a Poisson n is 2 + 1 / r.
    assert abs(deviation.var() - 1) < 5 * np.sqrt(2.2 / deviation.size)
    assert not counts_of(dataset)[rate == 0].any()


def test_power_of_the_domain(recipe: Recipe) -> None:
    amplitude = quiet(recipe)[0]
    power = recipe.nphotons if recipe.domain == "counts" else (recipe.size / 2) ** 2
    assert np.mean(np.sum(amplitude**2, axis=(1, 2))) == pytest.approx(power, rel=5e-6)


def test_patterns_are_the_discrete_fourier_transform_of_probe_times_patch(recipe: Recipe) -> None:
    amplitude, probe, canvas, positions = quiet(recipe)
    size = recipe.size
    ramp = np.arange(size) - size // 2
    dft = np.exp(-2j * np.pi * np.outer(ramp, ramp) / size)
    for index in (0, len(positions) // 2, len(positions) - 1):
        x, y = positions[index]
        rows, columns = y + ramp, x + ramp
        hat_y = np.maximum(1 - np.abs(rows[:, None] - np.arange(canvas.shape[0])), 0)
        hat_x = np.maximum(1 - np.abs(columns[:, None] - np.arange(canvas.shape[1])), 0)
        patch = hat_y @ canvas @ hat_x.T
        intensity = sum(np.abs(dft @ (mode * patch) @ dft.T) ** 2 for mode in probe) / size**2
        step = full_scale(amplitude) / 2**20
        assert np.abs(amplitude[index] - np.sqrt(intensity)).max() <= 0.51 * step


def test_every_value_lies_on_its_grid(recipe: Recipe) -> None:
    amplitude, probe, canvas, positions = quiet(recipe)
    for array in (amplitude, probe, canvas):
        steps = np.stack([array.real, array.imag]) / (full_scale(array) / 2**20)
        np.testing.assert_array_equal(steps, np.rint(steps))
        assert not np.signbit(steps[steps == 0]).any()
    steps = positions * 2**recipe.scan.fraction_bits
    np.testing.assert_array_equal(steps, np.rint(steps))


def test_rounding_leaves_no_negative_zero() -> None:
    rounded = to_grid(np.array([-1e-9 - 1e-9j, 0.3 - 0.7j]), 0.25)
    np.testing.assert_array_equal(rounded, [0, 0.25 - 0.75j])
    assert not np.signbit(rounded.real[0])
    assert not np.signbit(rounded.imag[0])


def test_patches_lie_inside_the_canvas_with_a_margin(recipe: Recipe, dataset: Dataset) -> None:
    height, width = recipe.object.shape
    top_left = np.floor(dataset.positions) - recipe.size // 2
    assert top_left.min() >= MARGIN
    assert (top_left + recipe.size + 1 <= (width, height)).all()


def test_a_scan_that_leaves_the_canvas_is_refused() -> None:
    recipe = load_recipe("leaves64")
    with pytest.raises(RecipeError, match="scan: patches come within 3 pixels"):
        synthesise(replace(recipe, scan=replace(recipe.scan, origin=(76 - 14, 71))))


def test_scans_have_ties_only_where_they_are_meant() -> None:
    ties = {}
    for name in ("leaves64", "field64", "modes64"):
        positions = quiet(load_recipe(name))[3]
        squared = np.sum((positions[:, None] - positions[None]) ** 2, axis=-1)
        middle = np.sort(squared[len(positions) // 2])[1:6]
        ties[name] = bool((np.diff(middle) == 0).any())
    assert ties == {"leaves64": True, "field64": False, "modes64": False}


def test_fermat_spiral_keeps_radius_and_angle() -> None:
    recipe = load_recipe("star128")
    positions = quiet(recipe)[3] - recipe.scan.origin
    turns = np.unwrap(np.arctan2(positions[2:, 1], positions[2:, 0]), period=2 * np.pi)
    assert np.abs(np.hypot(*positions.T) - 6 * np.sqrt(np.arange(64))).max() < 2.0**-8
    assert np.abs(np.diff(turns) % (2 * np.pi) - np.pi * (3 - np.sqrt(5))).max() < 0.01


def test_spokes_of_the_star_differ_in_width() -> None:
    recipe = load_recipe("star128")
    canvas, radius = quiet(recipe)[2], 90.0
    turn = np.linspace(0, 2 * np.pi, 7200, endpoint=False)
    x = canvas.shape[1] // 2 + recipe.object.centre[0] + radius * np.cos(turn)
    y = canvas.shape[0] // 2 + recipe.object.centre[1] + radius * np.sin(turn)
    metal = np.abs(canvas[np.rint(y).astype(int), np.rint(x).astype(int)]) < 0.825
    edges = np.flatnonzero(metal != np.roll(metal, 1))
    widths = np.diff(edges)
    assert len(edges) == 2 * recipe.object.spokes
    assert widths.max() > 1.8 * widths.min()


def test_modes_are_orthogonal_and_of_unequal_power() -> None:
    first, second = quiet(load_recipe("modes64"))[1]
    powers = np.linalg.norm(first) ** 2, np.linalg.norm(second) ** 2
    assert abs(np.vdot(first, second)) < 1e-5 * np.sqrt(powers[0] * powers[1])
    assert powers[1] / sum(powers) == pytest.approx(0.25, abs=1e-5)


@pytest.mark.parametrize("how", CHANGES)
def test_objects_probes_and_patterns_differ_from_their_images(recipe: Recipe, how: str) -> None:
    amplitude, probe, canvas, _ = quiet(recipe)
    centre = square(canvas)
    assert apart_from_phase(centre, how) > 0.05
    assert all(apart_from_phase(mode, how) > 0.1 for mode in probe)
    if how != "conjugation":
        assert min(change(pattern, how) for pattern in amplitude) > 0.05


@pytest.mark.parametrize("how", [how for how in CHANGES if how != "conjugation"])
def test_modulus_and_phase_of_an_object_are_each_structured(recipe: Recipe, how: str) -> None:
    canvas = square(quiet(recipe)[2])
    for part in (np.abs(canvas), np.angle(canvas)):
        assert part.std() > 0.02
        assert change(part - part.mean(), how) > 0.1


def test_noise_does_not_hide_a_mirror_image(recipe: Recipe, dataset: Dataset) -> None:
    """Summed patterns and their images differ by more than noise: else a mirrored file would pass."""
    total = counts_of(dataset).sum(axis=0)
    for how in (how for how in CHANGES if how != "conjugation"):
        image = CHANGES[how](total)
        pairs = (total + image) > 20
        excess = np.mean((total - image)[pairs] ** 2 / (total + image)[pairs])
        # Two draws of one rate would give 1 on average.
        assert excess > 1.5, (how, excess)


def test_counts_exceed_what_float32_holds_at_the_highest_dose() -> None:
    assert counts_of(load_synthetic("modes64")).max() > 2**24


def test_synthesis_repeats_itself_and_follows_the_seed() -> None:
    recipe = load_recipe("field64")
    assert synthesise(recipe).digest == synthesise(recipe).digest
    other = synthesise(replace(recipe, seed=recipe.seed + 1))
    assert other.digest != synthesise(recipe).digest
    assert not np.array_equal(other.object, quiet(recipe)[2])


def test_dose_scales_the_counts_and_nothing_else() -> None:
    recipe = load_recipe("field64")
    brighter = quiet(replace(recipe, nphotons=recipe.nphotons * 64))
    for bright, plain, factor in zip(brighter, quiet(recipe), (8, 8, 1, 1), strict=True):
        assert np.abs(bright - factor * plain).max() <= 1e-6 * full_scale(bright)
