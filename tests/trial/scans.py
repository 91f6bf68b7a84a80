"""Scans for the tests of the trial: of the recipes at any dose, and of the measured star, whole or in part."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from parity_suite.ptychography.datasets import Dataset, load_recipe, synthesise
from parity_suite.ptychography.trial.scan import Scan, in_blocks, scan_of
from parity_suite.ptychography.trial.trial import try_scan
from parity_suite.ptychography.trial.verdict import Trial

Array = NDArray[Any]
Arrays = dict[str, Array]


@lru_cache(maxsize=32)
def dataset_of(recipe: str, nphotons: float) -> Dataset:
    return synthesise(replace(load_recipe(recipe), nphotons=nphotons))


def arrays_of(recipe: str, nphotons: float = 1e6, frames: slice = slice(None)) -> Arrays:
    """The members of the raw dataset of a recipe."""
    made = dataset_of(recipe, nphotons)
    assert made.object is not None
    x, y = made.positions[frames].T
    return {
        "diff3d": made.diff3d[frames].astype(np.float32),
        "xcoords": x,
        "ycoords": y,
        "probeGuess": made.probe,
        "objectGuess": made.object,
        "domain": np.array(made.domain),
        "nphotons": np.array(nphotons),
    }


def star() -> Arrays:
    """The members of the measured star; the test is skipped where it is not there."""
    folder = Path(os.environ.get("PARITY_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    path = folder / "siemens_star" / "siemens_star_128.npz"
    if not path.is_file():
        pytest.skip(f"the measured dataset is not there: {path} (PARITY_DATA names its folder)")
    with np.load(path) as stored:
        return {name: stored[name] for name in ("diff3d", "xcoords", "ycoords", "probeGuess", "objectGuess")}


def some(arrays: Mapping[str, Array], frames: Any) -> Arrays:
    """These frames of a scan."""
    return {**arrays, **{name: arrays[name][frames] for name in ("diff3d", "xcoords", "ycoords")}}


def blind(arrays: Mapping[str, Array]) -> Arrays:
    return {name: array for name, array in arrays.items() if name != "objectGuess"}


def as_scan(arrays: Mapping[str, Array]) -> Scan:
    return scan_of(arrays, in_blocks(arrays["diff3d"]))


def tried(arrays: Mapping[str, Array], pixel_size: float | None = None) -> Trial:
    return try_scan(as_scan(arrays), pixel_size)


def spoil(kind: str, good: Mapping[str, Array]) -> Arrays:
    """A scan that is wrong in one way, of one that is right."""
    amplitude, x, y = good["diff3d"], good["xcoords"], good["ycoords"]
    size = amplitude.shape[-1]
    height, width = good["objectGuess"].shape
    rows = np.arange(size)[:, None]
    moves = np.random.default_rng(8).normal(0, 3, (2, len(x)))
    middle = size // 2
    pixel = (abs(rows - middle) == size // 5) & (middle + size // 7 == rows.T)

    def at(frames: list[int], value: float) -> Array:
        changed = amplitude.copy()
        changed[frames] = value
        return changed

    # Pixels and frames are such that light falls on them in every scan of the tests.
    changes: dict[str, Arrays] = {
        "intensity": {"diff3d": amplitude**2},
        "fourth root": {"diff3d": np.sqrt(amplitude)},
        "logarithm": {"diff3d": np.log1p(amplitude)},
        "logarithm of intensity": {"diff3d": np.log10(1 + amplitude**2)},
        "logarithm upside down": {"diff3d": np.log1p(amplitude[:, ::-1])},
        "corner": {"diff3d": np.fft.ifftshift(amplitude, axes=(1, 2))},
        "inverted": {"xcoords": width - 1 - x, "ycoords": height - 1 - y},
        "mirrored": {"xcoords": x.min() + x.max() - x},
        "swapped": {"xcoords": y, "ycoords": x},
        "swapped and inverted": {"xcoords": height - 1 - y, "ycoords": width - 1 - x},
        "inverted as swapped": {"xcoords": width - 1 - y, "ycoords": height - 1 - x},
        "upside down": {"diff3d": amplitude[:, ::-1]},
        "left for right": {"diff3d": amplitude[:, :, ::-1]},
        "transposed": {"diff3d": amplitude.transpose(0, 2, 1)},
        "turned": {"diff3d": np.rot90(amplitude, axes=(1, 2))},
        "rolled": {"diff3d": np.roll(amplitude, 3, axis=1)},
        "rolled askew": {"diff3d": np.roll(amplitude, (-2, 1), axis=(1, 2))},
        "early": {"diff3d": np.roll(amplitude, 1, axis=0)},
        "late": {"diff3d": np.roll(amplitude, -1, axis=0)},
        "conjugate": {"objectGuess": good["objectGuess"].conj()},
        "conjugate probe": {"probeGuess": good["probeGuess"].conj()},
        "both conjugate": {"objectGuess": good["objectGuess"].conj(), "probeGuess": good["probeGuess"].conj()},
        "shuffled": {"diff3d": amplitude[np.random.default_rng(6).permutation(len(x))]},
        "displaced": {"xcoords": np.maximum(x + moves[0], 0), "ycoords": np.maximum(y + moves[1], 0)},
        "gap": {"diff3d": np.where(abs(rows - middle + 3) <= 1, np.float32(2**16), amplitude)},
        "masked": {"diff3d": np.where(abs(rows - middle - 2) <= 1, np.float32(0), amplitude)},
        "masked column": {"diff3d": np.where(middle + 2 == rows.T, np.float32(0), amplitude)},
        "dark": {"diff3d": at([3, 9, 20], 0)},
        "saturated": {"diff3d": at([5, 12], 2.0**8)},
        "half of some": {"diff3d": amplitude * np.where(np.arange(len(x)) % 6 == 1, 0.5, 1)[:, None, None]},
        "hot": {"diff3d": np.where(pixel, 40 * amplitude.max() * (1 + moves[0][:, None, None] / 30), amplitude)},
        "probe in the corner": {"probeGuess": np.fft.fftshift(good["probeGuess"], axes=(-2, -1))},
        "reversed": {"diff3d": amplitude[::-1]},
        "from the middle": {"xcoords": x - width / 2, "ycoords": y - height / 2},
        "from the corner": {"xcoords": x - size // 2, "ycoords": y - size // 2},
        "other sign": {"xcoords": y, "ycoords": -x},
        "metres and inverted": {"xcoords": (width - 1 - x) * 4e-9, "ycoords": (height - 1 - y) * 4e-9},
        "nanometres": {"xcoords": x * 4.2, "ycoords": y * 4.2},
        "micrometres": {"xcoords": x * 0.03, "ycoords": y * 0.03},
        "early and inverted": {
            "diff3d": np.roll(amplitude, 1, axis=0),
            "xcoords": width - 1 - x,
            "ycoords": height - 1 - y,
        },
        "rolled and swapped": {"diff3d": np.roll(amplitude, 2, axis=1), "xcoords": y, "ycoords": x},
        "stuck": {"diff3d": np.where(abs(rows - middle + 3) <= 1, np.float32(1), amplitude)},
        "half": {"diff3d": amplitude / 2},
        "metres": {"xcoords": x * 4.2e-9, "ycoords": y * 4.2e-9},
        "corner and intensity": {"diff3d": np.fft.ifftshift(amplitude, axes=(1, 2)) ** 2},
        "upside down and inverted": {"diff3d": amplitude[:, ::-1], "xcoords": width - 1 - x, "ycoords": height - 1 - y},
        "gap upside down": {"diff3d": np.where(abs(rows - middle + 3) <= 1, np.float32(2**16), amplitude)[:, ::-1]},
    }
    return {**good, **{name: np.ascontiguousarray(array) for name, array in changes[kind].items()}}
