"""A raw dataset as a CXI file (1.6), its patterns streamed; what a CXI file does not hold is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import load_contract
from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import names_of
from parity_suite.contracts.stored import Stored

from ..carried import CARRIED
from ..files import loaded, new_path
from ..frames import frames_of
from ..raw_file import DOMAINS
from .cxi import open_cxi
from .foreign_scan import HC_EV_M, HC_J_M

Array = NDArray[Any]

_VERSION: Final = 160
_DETECTOR: Final = "entry_1/instrument_1/detector_1"
_SOURCE: Final = "entry_1/instrument_1/source_1"
_TRANSLATION: Final = "entry_1/sample_1/geometry_1/translation"
_PATTERNS: Final = ("diff3d", "diffraction")
#: A pixel that did not measure.
_INVALID: Final = 1
#: A count is whole within this part of it, which its root in float32 leaves.
_WHOLE: Final = 1e-6
#: Members whose meaning is in the file, or that say nothing without the others.
_SAID: Final = frozenset(
    {
        *_PATTERNS,
        *("xcoords", "ycoords", "probeGuess", "mask", "domain", "axis_order", "nphotons"),
        *("measurement_domain", "scale_contract_version", f"{CARRIED}digests"),
    }
)
#: Of what travels in a raw dataset, by the argument that says it too.
_CARRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "pixel_size_m": tuple(f"{CARRIED}object@pixel_{side}_m" for side in ("width", "height")),
    "detector_object_distance_m": (f"{CARRIED}@detector_object_distance_m",),
    "probe_energy_ev": (f"{CARRIED}@probe_energy_eV",),
}
#: The arguments as they are typed.
_OPTIONS: Final = {
    "pixel_size_m": "--pixel-size METRES",
    "detector_object_distance_m": "--detector-object-distance-m METRES",
    "probe_energy_ev": "--probe-energy-eV EV",
}
#: The same of the probe, which has the pixels of the object.
_TWICE: Final = frozenset(f"{CARRIED}probe@pixel_{side}_m" for side in ("width", "height"))


@dataclass(frozen=True)
class CxiGeometry:
    """What a CXI file says in metres; None for what the dataset carries."""

    pixel_size_m: float | None = None
    detector_object_distance_m: float | None = None
    probe_energy_ev: float | None = None


def raw_to_cxi(raw: Path | str, out: Path | str, geometry: CxiGeometry, *, overwrite: bool = False) -> list[str]:
    """Write the CXI file of a raw dataset; returns what a person should know of it, a line each.

    ``data`` holds photon counts, whole where the dataset's are, ``translation`` metres from the first row and column of
    the canvas, and ``illumination`` the probe that gives roots of counts.

    Raises ContractError where the dataset breaks its contract, ValueError where a size, distance or energy is neither
    carried nor given, or is not above 0, and FileExistsError.
    """
    path, limits = Path(raw), Limits()
    check_file(path, "raw").require()
    with open_container("npz", path, None, limits) as holding:
        stored = {name: value for name, value in holding.values.items() if isinstance(value, Stored)}
        patterns = next(stored[name] for name in _PATTERNS if name in stored)
        small = {name: loaded(path, name, value) for name, value in stored.items() if name in _needed()}
        (width, height), distance, energy = _geometry(path, small, geometry)
        size = patterns.shape[-1]
        with new_path(Path(out), overwrite=overwrite) as part:
            with h5py.File(part, "w") as file:
                for name, value in _fields(small, (width, height), distance, energy, size):
                    file[name] = value
                _put_patterns(file, patterns, small, counted="diff3d" not in stored)
            # What cannot be read back has not been written.
            open_cxi(part, limits)
    kept = _SAID | _TWICE | {name for names in _CARRIED.values() for name in names}
    lost = [name for name in holding.names if name not in kept]
    return [*_told(patterns.shape, (width, height), lost)]


def _needed() -> frozenset[str]:
    carried = {name for names in _CARRIED.values() for name in names}
    return frozenset({*names_of(load_contract("raw")), *carried} - {*_PATTERNS})


def _geometry(path: Path, small: Mapping[str, Array], given: CxiGeometry) -> tuple[tuple[float, float], float, float]:
    """Width and height of a pixel of the object and the distance in m, and the energy of a photon in eV."""
    found = {}
    for argument, names in _CARRIED.items():
        value = getattr(given, argument)
        carried = [float(small[name]) for name in names if name in small]
        found[argument] = [value] * len(names) if value is not None else carried
    missing = [_OPTIONS[argument] for argument, names in _CARRIED.items() if len(found[argument]) != len(names)]
    if missing:
        raise ValueError(f"{path}: {', '.join(missing)}: to be given, since the dataset carries none")
    for argument, values in found.items():
        if not all(np.isfinite(one) and one > 0 for one in values):
            raise ValueError(f"{path}: {_OPTIONS[argument]}: {values[0]:g}, and above 0 is wanted")
    width, height = found["pixel_size_m"]
    return (width, height), found["detector_object_distance_m"][0], found["probe_energy_ev"][0]


def _fields(
    small: Mapping[str, Array], pixel: tuple[float, float], distance: float, energy: float, size: int
) -> Iterator[tuple[str, Any]]:
    wavelength = HC_EV_M / energy
    yield "cxi_version", _VERSION
    yield "number_of_entries", 1
    yield f"{_SOURCE}/wavelength", wavelength
    yield f"{_SOURCE}/energy", HC_J_M / wavelength
    yield f"{_SOURCE}/illumination", np.asarray(small["probeGuess"] * np.sqrt(_counts_per_power(small, size)))
    yield f"{_DETECTOR}/distance", distance
    for axis, side in zip("xy", pixel, strict=True):
        yield f"{_DETECTOR}/{axis}_pixel_size", wavelength * distance / (size * side)
    if "mask" in small:
        yield f"{_DETECTOR}/mask", np.where(small["mask"], 0, _INVALID).astype(np.uint32)
    x, y = (small[f"{axis}coords"].astype(np.float64) for axis in "xy")
    yield _TRANSLATION, np.stack([x * pixel[0], y * pixel[1], np.zeros_like(x)], axis=1)
    yield f"{_DETECTOR}/translation", h5py.SoftLink(f"/{_TRANSLATION}")
    yield "entry_1/data_1/data", h5py.SoftLink(f"/{_DETECTOR}/data")
    yield "entry_1/data_1/translation", h5py.SoftLink(f"/{_TRANSLATION}")


def _put_patterns(file: h5py.File, patterns: Stored, small: Mapping[str, Array], *, counted: bool) -> None:
    """The patterns as counts, a chunk for each; a pixel that did not measure holds 0."""
    counts = counted and str(small["measurement_domain"]) == "count_intensity"
    place, size = 0, patterns.shape[-1]
    data = file.create_dataset(
        f"{_DETECTOR}/data", patterns.shape, patterns.dtype.newbyteorder("="), chunks=(1, size, size)
    )
    per_power = _counts_per_power(small, size)
    for block in frames_of(patterns):
        found = block if counts else _whole(per_power * block.astype(np.float64) ** 2)
        data[place : place + len(block)] = found if "mask" not in small else found * small["mask"]
        place += len(block)


def _whole(counts: Array) -> Array:
    """Counts of which those that are whole but for the digits of a root are whole."""
    nearest = np.rint(counts)
    return np.asarray(np.where(np.abs(counts - nearest) <= _WHOLE * np.maximum(nearest, 1), nearest, counts))


def _counts_per_power(small: Mapping[str, Array], size: int) -> float:
    domain = str(small.get("domain", np.array("counts")))
    if "domain" not in small and "measurement_domain" in small:
        domain = DOMAINS[str(small["measurement_domain"])]
    return float(small["nphotons"]) / (size / 2) ** 2 if domain == "normalised" else 1.0


def _told(shape: tuple[int, ...], pixel: tuple[float, float], lost: list[str]) -> Iterator[str]:
    yield f"{shape[0]} patterns of {shape[1]} x {shape[2]} pixels, as photon counts"
    yield f"a pixel of the object: {pixel[0]:.6g} x {pixel[1]:.6g} m"
    yield "left out: the place of the canvas; cxi-to-raw begins one at the first patch"
    yield from (f"left out: {name}" for name in lost)
