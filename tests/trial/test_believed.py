"""Scans that are right are believed: of every recipe at any dose, and the measured star whole, cropped and thinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scans import Arrays, arrays_of, blind, dataset_of, some, spoil, star, tried
from thinning import thinned

from parity_suite.ptychography.datasets import load_recipe, recipe_names, synthesise
from parity_suite.ptychography.datasets.recipes import Cone, Defocused, Modes
from parity_suite.ptychography.trial import geometry
from parity_suite.ptychography.trial.verdict import TrialVerdict

DOSES = (1e3, 1e5, 1e9)


def assert_believed(arrays: Arrays) -> None:
    for one in (arrays, blind(arrays)):
        found = tried(one)
        assert found.verdict is TrialVerdict.BELIEVED, [reason.words for reason in found.reasons]
        assert found.answers == ()
        assert (found.excess is None) == ("objectGuess" not in one)


@pytest.mark.parametrize(
    ("dose", "recipe"),
    thinned([(dose, name) for dose in DOSES for name in recipe_names() if name != "leaves256"], 4),
)
def test_a_recipe_is_believed_at_any_dose(recipe: str, dose: float) -> None:
    assert_believed(arrays_of(recipe, dose))


@pytest.mark.parametrize("frames", thinned([slice(0, 16), slice(3, None, 5), slice(7, 8)], 3))
@pytest.mark.parametrize("recipe", ["star128", "modes64"])
def test_a_few_frames_of_a_thousand_photons_are_believed(recipe: str, frames: slice) -> None:
    assert_believed(arrays_of(recipe, 1e3, frames))


@pytest.mark.parametrize("recipe", thinned([name for name in recipe_names() if name != "leaves256"], 2))
def test_frames_that_are_there_forty_times_are_believed_and_where_they_are_saturated_are_not(recipe: str) -> None:
    made = arrays_of(recipe)
    again = np.arange(40 * len(made["diff3d"])) % len(made["diff3d"])
    assert_believed(some(made, again))
    ceiling = np.float32(0.8 * np.median(made["diff3d"].max(axis=(1, 2))))
    saturated = blind({**made, "diff3d": np.minimum(made["diff3d"], ceiling)})
    assert tried(some(saturated, again)).reasons[0] == tried(saturated).reasons[0]


@pytest.mark.parametrize(
    "probe",
    [
        Defocused(coma=(0.3, -0.2), astigmatism=0.3, aperture=0.15, defocus=0.3),
        Defocused(coma=(0.3, -0.2), astigmatism=0.3, aperture=0.4, defocus=0.3),
        Defocused(coma=(0.3, -0.2), astigmatism=0.3, aperture=0.4, defocus=8.0),
        Cone(coma=(0.3, -0.2), astigmatism=0.3, aperture=0.4, defocus=4.0, stop=0.8),
        Modes(coma=(0.3, 0.2), astigmatism=0.2, aperture=0.3, defocus=2.0, second=0.45, direction=0.7),
    ],
    ids=["in focus", "wide", "out of focus", "hollow", "modes"],
)
def test_other_probes_are_believed(probe: Defocused) -> None:
    made = synthesise(replace(load_recipe("field64"), probe=probe, nphotons=1e3))
    assert_believed({**arrays_of("field64", 1e3), "diff3d": made.diff3d.astype(np.float32), "probeGuess": made.probe})


def test_amplitudes_without_photon_noise_are_tried_without_it() -> None:
    exact = np.sqrt(1e4 / 1e9) * dataset_of("modes64", 1e9).diff3d
    probe = np.sqrt(1e4 / 1e9) * dataset_of("modes64", 1e9).probe
    good = {**arrays_of("modes64", 1e4), "diff3d": exact.astype(np.float32), "probeGuess": probe}
    assert_believed(good)
    # The noise that there is not would hide what is wrong.
    assert [one.names for one in tried(spoil("upside down", good)).answers] == [("flipud",)]


def test_no_geometry_is_looked_for_below_photon_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if any way round were the better one.
    monkeypatch.setattr(geometry, "_BETTER", 1e9)
    monkeypatch.setattr(geometry, "_LITTLE", 1e9)
    assert_believed(arrays_of("star128", 1e3))


@pytest.mark.parametrize("start", ["ones", "noise"])
def test_an_object_that_is_only_a_start_is_treated_as_none(start: str) -> None:
    good = arrays_of("star128", 1e6)
    shape = good["objectGuess"].shape
    noise = np.exp(1j * np.random.default_rng(2).uniform(-1, 1, shape))
    found = tried({**good, "objectGuess": np.ones(shape, complex) if start == "ones" else noise})
    assert found.verdict is TrialVerdict.BELIEVED
    assert found.excess is None


def parts_of_the_star(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    count = len(x)
    drawn = np.random.default_rng(4).permutation(count)
    return {
        "all": np.arange(count),
        "every second": np.arange(0, count, 2),
        "every eighth": np.arange(0, count, 8),
        "the first 60": np.arange(60),
        "the last 16": np.arange(count - 16, count),
        "the left": np.flatnonzero(x < np.median(x)),
        "the top": np.flatnonzero(y < np.median(y)),
        "a corner": np.argsort(x + y)[:25],
        "40 of them": np.sort(drawn[:40]),
        "5 of them": np.sort(drawn[:5]),
        "one": np.array([17]),
    }


@pytest.mark.long
@pytest.mark.parametrize("part", parts_of_the_star(np.arange(321.0), np.arange(321.0)))
def test_the_measured_star_is_believed(part: str) -> None:
    whole = star()
    assert_believed(some(whole, parts_of_the_star(whole["xcoords"], whole["ycoords"])[part]))


@pytest.mark.long
def test_the_measured_star_is_believed_at_a_thousand_photons() -> None:
    whole = some(star(), slice(0, 60))
    counts = np.random.default_rng(5).binomial(np.rint(whole["diff3d"].astype(float) ** 2).astype(int), 1 / 461)
    assert_believed({**whole, "diff3d": np.sqrt(counts), "probeGuess": whole["probeGuess"] / np.sqrt(461)})


@pytest.mark.parametrize("part", [slice(100, 130), slice(3, None, 11)])
@pytest.mark.parametrize("fraction", thinned([200, 100, 1000], 3))
def test_a_mend_that_fits_photon_noise_is_not_named(part: slice, fraction: int) -> None:
    whole = some(star(), part)
    counts = np.random.default_rng(fraction).binomial(
        np.rint(whole["diff3d"].astype(float) ** 2).astype(int), 1 / fraction
    )
    # Of no photon or one, the root is what it was.
    assert_believed({**whole, "diff3d": np.sqrt(counts), "probeGuess": whole["probeGuess"] / np.sqrt(fraction)})


def test_less_than_half_a_photon_a_pixel_is_no_root_of_anything() -> None:
    dim = {name: np.sqrt(0.1 / 1e9) * getattr(dataset_of("modes64", 1e9), name) for name in ("diff3d", "probe")}
    scan = {**arrays_of("modes64", 1e3), "diff3d": dim["diff3d"].astype(np.float32), "probeGuess": dim["probe"]}
    assert 0 < float(np.max(scan["diff3d"]) ** 2) < 0.01
    assert "roots" not in {reason.kind for reason in tried(scan).reasons}
