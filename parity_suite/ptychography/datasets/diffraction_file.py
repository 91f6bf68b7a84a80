"""Diffraction patterns that Ptychodus keeps apart from its product, each told by the number of its position."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import kind_of, open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.violation import ContractError, Violation

from .files import loaded

Array = NDArray[Any]

_NAMES: Final = ("patterns", "indexes", "bad_pixels")
_SHOWN: Final = 3
#: A raw dataset knows one agreement on the scale so far: counts are as they were counted.
_SCALE_CONTRACT: Final = 1


def load_diffraction(path: Path | str, positions: Array) -> dict[str, Array]:
    """Arrays of a raw dataset out of a diffraction file (HDF5 or NPZ) of Ptychodus, one pattern for each position.

    The file holds ``patterns``, photon counts (K, N, N) with the zero frequency in the middle, ``indexes`` (K,), the
    number of the position of each, and often ``bad_pixels`` (N, N), which is kept under that name and changes nothing.
    ``positions`` are the numbers ``probe_position_indexes`` of the product; patterns of other positions are left out.

    Raises ContractError where the file is damaged or lacks a name, and ValueError, naming the file, where the patterns
    are no whole numbers of photons or the numbers do not tell which pattern belongs to which position.
    """
    path = Path(path)
    arrays = _arrays(path)
    patterns = _as_counts(path, arrays["patterns"])
    rows = _rows(path, arrays["indexes"], len(patterns) if patterns.ndim else 0, positions)
    bad = {name: arrays[name] for name in _NAMES[2:] if name in arrays}
    return {
        "diffraction": patterns[rows],
        "measurement_domain": np.array("count_intensity"),
        "scale_contract_version": np.array(_SCALE_CONTRACT),
        # The file has the patterns first by its own definition.
        "axis_order": np.array("NHW"),
        **bad,
    }


def _arrays(path: Path) -> dict[str, Array]:
    with open_container(kind_of(path), path, _NAMES, Limits()) as holding:
        arrays = {name: loaded(path, name, value) for name, value in holding.values.items()}
        listed = ", ".join(sorted(holding.names)[:12])
    found = [Violation(one, "required", f"no such name among {listed}", "an array") for one in _NAMES[:2]]
    missing = [one for one in found if one.field not in arrays]
    if missing:
        raise ContractError(missing, str(path))
    return arrays


def _as_counts(path: Path, patterns: Array) -> Array:
    """The counts in a type that the raw dataset knows, without a change of value."""
    if patterns.dtype.kind not in "uif":
        raise ValueError(f"{path}: patterns: elements of type {patterns.dtype}, wanted numbers of photons")
    if patterns.dtype.kind == "f":
        return patterns
    if patterns.size and int(patterns.max()) > np.iinfo(np.int64).max:
        raise ValueError(f"{path}: patterns: {patterns.max()} photons, over what int64 holds")
    narrow = np.can_cast(patterns.dtype, np.int32)
    return patterns.astype(np.int32 if narrow else np.int64)


def _rows(path: Path, indexes: Array, count: int, positions: Array) -> Array:
    """For each position the row of its pattern."""
    if indexes.shape != (count,) or indexes.dtype.kind not in "ui":
        raise ValueError(
            f"{path}: indexes: {indexes.dtype} of shape {indexes.shape}, wanted a whole number for each of {count} "
            "patterns"
        )
    for name, numbers in (("indexes", indexes), ("probe_position_indexes", positions)):
        found, times = np.unique(numbers, return_counts=True)
        if times.size and times.max() > 1:
            raise ValueError(f"{path}: {name}: {found[times > 1][0]} stands there {times.max()} times, wanted once")
    row_of = {int(number): row for row, number in enumerate(indexes.tolist())}
    missing = [number for number in positions.tolist() if number not in row_of]
    if missing:
        some = ", ".join(map(str, missing[:_SHOWN]))
        raise ValueError(f"{path}: indexes: none of {len(missing)} of {len(positions)} positions, such as {some}")
    return np.array([row_of[number] for number in positions.tolist()], dtype=np.intp)
