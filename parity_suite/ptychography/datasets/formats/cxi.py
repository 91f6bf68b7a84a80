"""CXI and NXcxi_ptycho, which is CXI with names of NeXus, as a scan of intensities and metres.

A translation is that of the sample, so the probe moves the other way over it; x is to the left and y up, as in the
detector's basis vectors, by default -y for a row and -x for a column. A sample that moves to +x has the probe further
to the right.
"""

from __future__ import annotations

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
from .foreign_scan import (
    HC_EV_M,
    HC_J_M,
    ForeignScan,
    as_modes,
    contract_of,
    energy_facts,
    far_field_pixel,
    fields_of,
    mask_in,
    paths_in,
    patterns_in,
)

Array = NDArray[Any]

_DETECTOR: Final = "entry_1/instrument_1/detector_1"
_SOURCE: Final = "entry_1/instrument_1/source_1"
_BEAM: Final = "entry_1/instrument_1/beam_1/energy"
_DEFINITION: Final = "entry_1/definition"
_PTYCHOGRAPHY: Final = "NXcxi_ptycho"
_IMAGE: Final = "entry_1/image_1/data"
_PTYCHODUS: Final = "entry_1/ptychodus/"
#: Signal above the background, which is no fault of a pixel.
_HAS_SIGNAL: Final = 0x1000
#: Wavelengths of light, electrons apart, with which anyone has looked at a sample.
_LIGHT_M: Final = (1e-12, 1e-5)
#: Sine of an angle to the beam that makes a detector oblique.
_OBLIQUE: Final = 1e-3
_UNITS: Final[Mapping[str, float]] = {"J": HC_J_M, "eV": HC_EV_M, "keV": HC_EV_M / 1000}
#: What a person would miss.
_LOST: Final = {
    f"{_DETECTOR}/data_dark": "dark frames, which are not taken off",
    f"{_DETECTOR}/qe_mask": "the flat field, by which nothing is divided",
    f"{_DETECTOR}/corner_position": "where the beam meets the detector; the middle is taken",
    "entry_1/image_2/data": "a reconstructed object",
    "entry_1/data_1/intensities": "the intensity of the probe at each position",
    "entry_1/sample_1/geometry_1/intensities": "the intensity of the probe at each position",
    "entry_1/sample_1/geometry_1/surface_normal": "the tilt of the sample",
    "entry_1/sample_1/geometry_1/orientation": "the tilt of the sample",
    "entry_2/instrument_1/detector_1/data": "further entries",
    "entry_1/instrument_1/detector_2/data": "further detectors",
}


def open_cxi(path: Path, limits: Limits) -> ForeignScan:
    """The first entry of a CXI file. Raises ContractError where it breaks what is read of it, and ValueError."""
    fields = fields_of(path, contract_of("cxi"), limits)
    data = patterns_in(path, f"{_DETECTOR}/data", fields.pop(f"{_DETECTOR}/data"), (3, 4))
    mask = fields.pop(f"{_DETECTOR}/mask", None)
    small = {name: loaded(path, name, value) for name, value in fields.items()}
    count, (rows, columns) = prod(data.shape[:-2]), data.shape[-2:]
    wavelength, distance = _wavelength(small), _number(small, f"{_DETECTOR}/distance")
    steps = _steps(path, small)
    pixel, why = _pixel(wavelength, distance, data.shape, steps)
    held = paths_in(path, limits)
    probe = small.get(f"{_SOURCE}/illumination", _probe_of_ptychodus(path, held, limits))
    return ForeignScan(
        path=path,
        shape=(count, rows, columns),
        intensities=lambda: frames_of(data),
        positions=_positions(path, small["entry_1/sample_1/geometry_1/translation"], steps, count),
        pixel=pixel,
        no_pixel=why,
        probe=None if probe is None else as_modes(probe[0] if probe.ndim == 4 else probe),
        measured=None if mask is None else _measured(mask_in(path, f"{_DETECTOR}/mask", mask, data.shape)),
        facts=energy_facts(wavelength, distance),
        lost=tuple(dict.fromkeys(words for name, words in _LOST.items() if name in held)),
    )


def _probe_of_ptychodus(path: Path, held: frozenset[str], limits: Limits) -> Array | None:
    """Ptychodus keeps the probe as the first image, which in other files is anything."""
    if not any(name.startswith(_PTYCHODUS) for name in held) or _IMAGE not in held:
        return None
    with open_container("hdf5", path, (_IMAGE,), limits) as holding:
        value = holding.values.get(_IMAGE)
        if not isinstance(value, Stored) or value.dtype.kind != "c" or len(value.shape) not in (2, 3, 4):
            return None
        return loaded(path, _IMAGE, value)


def _measured(mask: Array) -> Array:
    return np.asarray((mask == 0) | (mask == _HAS_SIGNAL))


def _number(small: Mapping[str, Array], name: str) -> float | None:
    """A number that is there and more than nothing."""
    value = float(small[name].reshape(())) if name in small else 0.0
    return value if value > 0 else None


def _wavelength(small: Mapping[str, Array]) -> float | None:
    stated = _number(small, f"{_SOURCE}/wavelength")
    if stated is not None:
        return stated
    if (energy := _number(small, _BEAM)) is not None:
        return _UNITS[str(small.get(f"{_BEAM}@units", "J"))] / energy
    # There the source is the machine, whose electrons have that energy.
    if str(small.get(_DEFINITION, np.array("")).reshape(())) == _PTYCHOGRAPHY:
        return None
    energy = _number(small, f"{_SOURCE}/energy")
    return None if energy is None else HC_J_M / energy


def _steps(path: Path, small: Mapping[str, Array]) -> Array | None:
    """(2, 3) from a pixel of the detector to the next row and to the next column; None where no size is known."""
    if (basis := small.get(f"{_DETECTOR}/basis_vectors")) is not None:
        steps = (basis if basis.shape == (2, 3) else basis.T).astype(np.float64)
        sizes = np.linalg.norm(steps, axis=1)
        if not sizes.all() or np.abs(steps[:, 2] / sizes).max() > _OBLIQUE:
            raise ValueError(f"{path}: {_DETECTOR}/basis_vectors: a detector that is not perpendicular to the beam")
        return steps
    width, height = (_number(small, f"{_DETECTOR}/{axis}_pixel_size") for axis in "xy")
    width, height = width or height, height or width
    if width is None or height is None:
        return None
    return np.array([[0, -height, 0], [-width, 0, 0]])


def _pixel(
    wavelength: float | None, distance: float | None, shape: tuple[int, ...], steps: Array | None
) -> tuple[tuple[float, float] | None, str]:
    """The size of a pixel of the object, or why it is not known."""
    if wavelength is None or distance is None or steps is None:
        known = {
            f"{_SOURCE}/wavelength": wavelength,
            f"{_DETECTOR}/distance": distance,
            f"{_DETECTOR}/x_pixel_size": steps,
        }
        return None, f"no {', '.join(name for name, value in known.items() if value is None)}"
    if not _LIGHT_M[0] < wavelength < _LIGHT_M[1]:
        return None, f"a wavelength of {wavelength:.3g} m is of no light; CXI has the energy in joules"
    height, width = np.linalg.norm(steps, axis=1)
    return far_field_pixel(wavelength, distance, shape, (float(width), float(height))), ""


def _positions(path: Path, translation: Array, steps: Array | None, count: int) -> Array:
    """(M, 2) [x, y] of the probe on the sample, in metres along columns and rows."""
    if len(translation) != count:
        raise ValueError(f"{path}: {len(translation)} translations for {count} patterns")
    if steps is None:
        steps = np.array([[0.0, -1, 0], [-1, 0, 0]])
    along = steps[::-1, : translation.shape[1]]
    unit = along / np.linalg.norm(along, axis=1, keepdims=True)
    return np.asarray(-translation.astype(np.float64) @ unit.T)
