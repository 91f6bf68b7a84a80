"""Between the Ptychodus product (HDF5, metres) and the raw dataset (NPZ, pixels), both ways, losing nothing.

What one format cannot hold travels along in the other: the arrays of a raw dataset under ``/raw_data`` of the product,
the fields of a product as members ``product/...`` of the NPZ archive, which readers of raw data leave alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored

from .carried import CARRIED, carried_members, carried_over
from .diffraction_file import load_diffraction
from .files import loaded, new_file, write_npz
from .product_file import Product, load_product, write_product

_log = logging.getLogger(__name__)

Array = NDArray[Any]
Arrays = Mapping[str, Array]

#: Positions in pixels that are nearer than this are the same: metres in float32 are no finer on a large canvas.
SAME_PLACE_PX: Final = 1e-3
_AXES: Final = (("x", "width", -1), ("y", "height", -2))


@dataclass(frozen=True)
class Axis:
    """One axis of the object array: where it lies and how fine it is. Metres and pixels run the same way."""

    centre_m: float
    pixel_m: float
    extent: int

    def pixels(self, metres: Array) -> Array:
        """Place of a patch's centre as the raw contract counts it: a patch at x starts at column x - N/2."""
        return (metres.astype(np.float64) - self.centre_m) / self.pixel_m + self.extent / 2

    def metres(self, pixels: Array) -> Array:
        """The inverse of :meth:`pixels`."""
        return self.centre_m + (pixels.astype(np.float64) - self.extent / 2) * self.pixel_m


def product_to_raw(
    product: Path | str,
    raw: Path | str,
    *,
    diffraction: Path | str | None = None,
    positions: Literal["product", "raw_data"] | None = None,
    overwrite: bool = False,
) -> None:
    """Write the raw dataset of a product that holds its diffraction patterns under ``/raw_data``.

    Ptychodus itself keeps them in another file, which ``diffraction`` names (see :func:`load_diffraction`).

    What ``/raw_data`` holds is taken as it is; the rest comes from the product: positions through the object's centre
    and pixel size, the first coherent probe, and the product of the object's layers. Where ``/raw_data`` and the
    product disagree on the positions, ``positions`` says which to take; without it that is a ValueError.

    Raises ContractError where the product or the result breaks its contract, ValueError where there are no
    patterns or two sets of them, and FileExistsError.
    """
    held = load_product(product)
    if diffraction is not None:
        held = _with_patterns(Path(product), held, diffraction)
    arrays = _raw_arrays(Path(product), held, positions)
    with new_file(Path(raw), "raw", overwrite=overwrite) as part:
        write_npz(part, {**arrays, **carried_members(held.fields, arrays)})


def raw_to_product(
    raw: Path | str,
    product: Path | str,
    *,
    pixel_size_m: float | tuple[float, float] | None = None,
    detector_object_distance_m: float | None = None,
    probe_energy_eV: float | None = None,
    exposure_time_s: float | None = None,
    name: str | None = None,
    comments: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write the product of a raw dataset, which needs an object; all its arrays are kept under ``/raw_data``.

    ``pixel_size_m`` is the size of a pixel of probe and object, or (width, height). A value that is not given is the
    one that the dataset carries from an earlier product; a time carried by none is 0, a text is empty, and the other
    three have to be given. An object that comes from no product is centred on the origin.

    Raises ContractError where the dataset or the result breaks its contract, ValueError where a value or the object
    is missing, and FileExistsError.
    """
    path = Path(raw)
    members = _raw_members(path)
    own = {key: array for key, array in members.items() if not key.startswith(CARRIED)}
    if "objectGuess" not in own:
        raise ValueError(f"{path}: objectGuess: absent, and a product holds an object; add the guess to start from")
    given: dict[str, float | str | None] = {
        "@name": name,
        "@comments": comments,
        "@detector_object_distance_m": detector_object_distance_m,
        "@probe_energy_eV": probe_energy_eV,
        "@exposure_time_s": exposure_time_s,
    }
    fields = {"@name": np.array(""), "@comments": np.array(""), "@exposure_time_s": np.array(0.0)}
    fields |= carried_over(members, own)
    fields |= {key: np.array(value) for key, value in given.items() if value is not None}
    fields |= _pixel_fields(pixel_size_m)
    _require_given(path, fields)
    write_product(product, Product(_with_positions(fields, own), own), overwrite=overwrite)


def axes_of(fields: Arrays) -> dict[str, Axis]:
    """The axes x and y of a product's object."""
    return {
        axis: Axis(
            float(fields[f"object@center_{axis}_m"]),
            float(fields[f"object@pixel_{side}_m"]),
            fields["object"].shape[place],
        )
        for axis, side, place in _AXES
    }


def _with_patterns(path: Path, held: Product, diffraction: Path | str) -> Product:
    own = sorted({"diff3d", "diffraction"} & set(held.raw))
    if own:
        raise ValueError(f"{path}: raw_data/{own[0]}: patterns of its own, and those of {diffraction} besides")
    return Product(held.fields, {**held.raw, **load_diffraction(diffraction, held.fields["probe_position_indexes"])})


def _raw_arrays(path: Path, held: Product, positions: str | None) -> dict[str, Array]:
    arrays = dict(held.raw)
    if "diffraction" in arrays and not {"diff3d", "measurement_domain"} & set(arrays):
        arrays["diff3d"] = arrays.pop("diffraction")
    if not {"diff3d", "diffraction"} & set(arrays):
        raise ValueError(
            f"{path}: raw_data/diff3d: absent, and without diffraction patterns there is no raw dataset; "
            "diffraction= takes them from a file of their own"
        )
    probe, layers = held.fields["probe"], held.fields["object"]
    arrays.setdefault("probeGuess", probe[0] if probe.ndim == 4 else probe)
    arrays.setdefault("objectGuess", np.prod(layers, axis=0) if layers.ndim == 3 else layers)
    for axis, one in axes_of(held.fields).items():
        found = one.pixels(held.fields[f"probe_position_{axis}_m"])
        key = f"{axis}coords"
        if positions is None:
            _require_agreement(path, key, arrays.get(key, found), found)
        arrays[key] = found if positions == "product" else arrays.get(key, found)
    return arrays


def _require_agreement(path: Path, key: str, measured: Array, found: Array) -> None:
    apart = np.abs(measured - found)
    worst = int(np.argmax(apart))
    if apart[worst] > SAME_PLACE_PX:
        raise ValueError(
            f"{path}: raw_data/{key}: {measured[worst]:.9g} at [{worst}], where probe_position_{key[0]}_m says "
            f"{found[worst]:.9g} in pixels of the object; positions='product' or 'raw_data' says which to take"
        )


def _raw_members(path: Path) -> dict[str, Array]:
    """Every member of a raw dataset; one that is no plain array is left out, which is logged."""
    check_file(path, "raw").require()
    with open_container("npz", path, None, Limits()) as holding:
        arrays = {}
        for name, value in holding.values.items():
            if isinstance(value, Stored):
                arrays[name] = loaded(path, name, value)
            else:
                _log.warning("%s: left out: %s", path, value)
        return arrays


def _pixel_fields(size: float | tuple[float, float] | None) -> dict[str, Array]:
    if size is None:
        return {}
    width, height = size if isinstance(size, tuple) else (size, size)
    sides = {"width": float(width), "height": float(height)}
    return {f"{what}@pixel_{side}_m": np.array(sides[side]) for what in ("probe", "object") for side in sides}


def _require_given(path: Path, fields: Arrays) -> None:
    needed = {
        "pixel_size_m": "object@pixel_width_m",
        "detector_object_distance_m": "@detector_object_distance_m",
        "probe_energy_eV": "@probe_energy_eV",
    }
    missing = [argument for argument, name in needed.items() if name not in fields]
    if missing:
        raise ValueError(f"{path}: {', '.join(missing)}: to be given, since the dataset carries none")


def _with_positions(fields: Arrays, own: Arrays) -> dict[str, Array]:
    """The fields with metres that are where the dataset's pixels are: those carried along, where they still are."""
    full = dict(fields)
    full.setdefault("object@center_x_m", np.array(0.0))
    full.setdefault("object@center_y_m", np.array(0.0))
    for axis, one in axes_of(full).items():
        key, pixels = f"probe_position_{axis}_m", own[f"{axis}coords"]
        metres = full.get(key)
        same = metres is not None and metres.shape == pixels.shape
        if metres is None or not same or np.abs(one.pixels(metres) - pixels).max() > SAME_PLACE_PX:
            full[key] = one.metres(pixels)
    return full
