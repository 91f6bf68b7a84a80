"""A scan in the file of another program, in terms that every one of them has: intensities, metres, a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import ContractError, Violation, load_contract, validate
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import Contract, Field, names_of
from parity_suite.contracts.stored import Stored

from ..files import loaded

Array = NDArray[Any]

#: Planck's constant times the speed of light, in J m and in eV m; both are exact in the SI.
HC_J_M: Final = 6.62607015e-34 * 299792458
HC_EV_M: Final = HC_J_M / 1.602176634e-19


@dataclass(frozen=True, eq=False)
class ForeignScan:
    """What a raw dataset is made of; all but the patterns is in memory."""

    path: Path
    #: (M, H, W) of the patterns
    shape: tuple[int, int, int]
    #: blocks (m, H, W) of photon counts, zero frequency at pixel (H // 2, W // 2); may be called again
    intensities: Callable[[], Iterator[Array]]
    #: (M, 2) float64 [x, y] of the middle of the probe on the object, +x along columns and +y along rows
    positions: Array
    #: width and height of a pixel of the object in the unit of the positions, of patterns of H x W pixels; None where
    #: the file does not tell
    pixel: tuple[float, float] | None
    #: why there is none
    no_pixel: str = ""
    #: whether positions and pixels are in metres
    metres: bool = True
    #: (P, N, N) complex, None where there is none
    probe: Array | None = None
    #: (H, W) bool, pixels that measured; None where all did
    measured: Array | None = None
    #: what its mask says of a pixel that measured
    mask_words: str = "0 is for a pixel that measured"
    #: fields of a product that say the same of this scan
    facts: Mapping[str, float] = field(default_factory=dict)
    #: what the file holds that a raw dataset cannot
    lost: tuple[str, ...] = ()


def contract_of(name: str) -> Contract:
    """What is read of a format of others, and what of it has to hold; the names are the format's own."""
    return load_contract(Path(__file__).with_name(f"{name}.toml"))


def fields_of(path: Path, contract: Contract, limits: Limits) -> dict[str, Stored]:
    """The fields of an HDF5 file by the contract's names, none of them read yet, each from the first of its places.

    Raises ContractError with all that breaks the contract.
    """
    with open_container("hdf5", path, names_of(contract), limits) as holding:
        values = {one.name: _placed(one, holding.values) for one in contract.fields.values()}
    held = {name: value for name, value in values.items() if value is not None}
    unread = [value for value in held.values() if isinstance(value, Violation)]
    if found := unread or validate(held, contract, names=holding.names, limits=limits):
        raise ContractError(found, str(path))
    return {name: value for name, value in held.items() if isinstance(value, Stored)}


def _placed(field: Field, values: Mapping[str, object]) -> object:
    """Formats keep one array in several places, most of them links to the one where it lies."""
    held = [values[name] for name in (field.name, *field.aliases) if name in values]
    return next((one for one in held if not isinstance(one, Violation)), held[0] if held else None)


def patterns_in(path: Path, name: str, value: object, axes: tuple[int, ...] = (3,)) -> Stored:
    """A stack of patterns of any type of real numbers; ContractError where it is another thing."""
    return _stack(path, name, value, "uif", axes, "real numbers")


def mask_in(path: Path, name: str, value: object, shape: tuple[int, ...]) -> Array:
    """(H, W) of flags or whole numbers, as large as a pattern."""
    found = loaded(path, name, _stack(path, name, value, "biu", (2,), "flags"))
    if found.shape != shape[-2:]:
        wanted = f"{shape[-2:]}, as a pattern has"
        raise ContractError([Violation(name, "shape", str(found.shape), wanted)], str(path))
    return found


def _stack(path: Path, name: str, value: object, kinds: str, axes: tuple[int, ...], words: str) -> Stored:
    if isinstance(value, Violation):
        raise ContractError([value], str(path))
    if not isinstance(value, Stored) or value.dtype.kind not in kinds:
        found = str(value.dtype) if isinstance(value, Stored) else type(value).__name__
        raise ContractError([Violation(name, "dtype", found, words)], str(path))
    if len(value.shape) not in axes or 0 in value.shape:
        wanted = f"{' or '.join(map(str, axes))} axes, none of them empty"
        raise ContractError([Violation(name, "shape", str(value.shape), wanted)], str(path))
    return value


def paths_in(path: Path, limits: Limits) -> frozenset[str]:
    """The paths of all arrays of an HDF5 file."""
    with open_container("hdf5", path, None, limits) as holding:
        return frozenset(holding.values)


def energy_facts(wavelength_m: float | None, distance_m: float | None) -> dict[str, float]:
    """The fields of a product that say these, as far as they are known."""
    said = {
        "@probe_energy_eV": None if not wavelength_m else HC_EV_M / wavelength_m,
        "@detector_object_distance_m": distance_m,
    }
    return {name: value for name, value in said.items() if value is not None}


def far_field_pixel(
    wavelength_m: float, distance_m: float, shape: tuple[int, ...], detector_m: tuple[float, float]
) -> tuple[float, float]:
    """Width and height of a pixel of the object: wavelength x distance / (pixels x size of a detector's pixel)."""
    rows, columns = shape[-2:]
    width, height = detector_m
    return wavelength_m * distance_m / (columns * width), wavelength_m * distance_m / (rows * height)


def as_modes(probe: Array) -> Array:
    """A probe with any axes before the last two as (P, N, N)."""
    return np.asarray(probe).reshape(-1, *probe.shape[-2:])
