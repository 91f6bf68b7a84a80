"""EMD 1.0, 4D-STEM, as a scan: a raster of patterns, whose axes say their steps.

An axis is kept as its first two places, or all of them, with a unit. The size of a pixel of the object follows from the
step of the detector in reciprocal length: 1 / (pixels x step).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored

from ..files import loaded
from ..frames import frames_of
from .foreign_scan import ForeignScan, paths_in, patterns_in

Array = NDArray[Any]

_LENGTHS: Final[Mapping[str, float]] = {"m": 1.0, "um": 1e-6, "nm": 1e-9, "A": 1e-10, "pm": 1e-12}
#: Other spellings of them, each in one form of its letters (NFKC).
_SPELT: Final[Mapping[str, str]] = {
    "\u00c5": "A",
    "angstrom": "A",
    "angstroms": "A",
    "\u03bcm": "um",
    "micron": "um",
    "meters": "m",
    "meter": "m",
    "nanometers": "nm",
    "nanometer": "nm",
}
#: 1/nm, nm^-1, nm**-1, nm-1; a raised one is the same in one form of its letters.
_INVERSE: Final = re.compile(r"1\s*/\s*(?P<under>.+)|(?P<base>.+?)\s*(?:\^|\*\*)?\s*\(?[-\u2212]1\)?")
_LOST: Final = ("the energy of the electrons, the aperture and all other metadata", "how much counts are worth")


def open_emd(path: Path, limits: Limits) -> ForeignScan:
    """The greatest array of four axes in an EMD file. Raises ContractError where it is damaged, and ValueError."""
    owner, data = _greatest(path, limits)
    steps = [_step(path, f"{owner}dim{axis}", limits) for axis in range(4)]
    rows, columns = data.shape[-2:]
    return ForeignScan(
        path=path,
        shape=(prod(data.shape[:2]), rows, columns),
        intensities=lambda: frames_of(data),
        positions=_raster(path, data.shape[:2], steps[:2]),
        pixel=_pixel(steps[2:], (rows, columns)),
        no_pixel=f"{owner}dim2 and dim3 have no step in inverse lengths",
        lost=_LOST,
    )


def _greatest(path: Path, limits: Limits) -> tuple[str, Stored]:
    found = [name for name in paths_in(path, limits) if name.endswith("/data")]
    with open_container("hdf5", path, found, limits) as holding:
        stacks = {
            name: value
            for name, value in holding.values.items()
            if isinstance(value, Stored) and len(value.shape) == 4 and value.dtype.kind in "uif"
        }
    if not stacks:
        raise ValueError(f"{path}: no array of four axes, a pattern at each point of a raster")
    name = max(stacks, key=lambda one: (prod(stacks[one].shape), one))
    return name.removesuffix("data"), patterns_in(path, name, stacks[name], (4,))


def _step(path: Path, name: str, limits: Limits) -> tuple[float, str]:
    """From a place of an axis to the next, with its unit; 0 where it is not told."""
    units = f"{name}@units"
    with open_container("hdf5", path, (name, units), limits) as holding:
        places, unit = holding.values.get(name), holding.values.get(units)
        if not isinstance(places, Stored) or not isinstance(unit, Stored) or len(places.shape) != 1:
            return 0.0, ""
        found = loaded(path, name, places)
        said = str(loaded(path, units, unit))
    if found.dtype.kind not in "iuf" or found.size < 2 or not np.isfinite(found[:2]).all():
        return 0.0, ""
    return float(found[1]) - float(found[0]), said


def _length(unit: str) -> float:
    """The metres of a length by its name; 0 of what is none."""
    name = unicodedata.normalize("NFKC", unit).strip(" []()")
    return _LENGTHS.get(_SPELT.get(name, _SPELT.get(name.lower(), name)), 0.0)


def _inverse_length(unit: str) -> float:
    """The metres under which something is; 0 where it is under no length."""
    found = _INVERSE.fullmatch(unicodedata.normalize("NFKC", unit).strip(" []"))
    return _length(found["under"] or found["base"]) if found else 0.0


def _raster(path: Path, shape: tuple[int, ...], steps: list[tuple[float, str]]) -> Array:
    """[x, y] in metres: rows of the raster go down, its columns to the right."""
    down, right = (step * _length(unit) for step, unit in steps)
    if down <= 0 or right <= 0:
        raise ValueError(
            f"{path}: dim0 and dim1: steps of {steps[0][0]:g} {steps[0][1]} and {steps[1][0]:g} "
            f"{steps[1][1]}, wanted lengths in {', '.join(_LENGTHS)}"
        )
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.stack([columns.reshape(-1) * right, rows.reshape(-1) * down], axis=1)


def _pixel(steps: list[tuple[float, str]], shape: tuple[int, int]) -> tuple[float, float] | None:
    lengths = [_inverse_length(unit) for _, unit in steps]
    if not all(lengths):
        return None
    inverse = [step / length for (step, _), length in zip(steps, lengths, strict=True)]
    if min(inverse) <= 0:
        return None
    return 1 / (shape[1] * inverse[1]), 1 / (shape[0] * inverse[0])
