"""The order of the axes of a stack of patterns: told by the sizes, or by whoever wrote it, never guessed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers import open_container
from parity_suite.contracts.holding import Holding
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.violation import ContractError, Violation

from .files import add_member, copy_member, loaded, new_file

Array = NDArray[Any]

#: Patterns first or last; N counts the patterns, H and W are rows and columns.
Order = Literal["NHW", "HWN"]

_STATED: Final = "axis_order"
_PATTERNS: Final = ("diff3d", "diffraction")
_READ: Final = (*_PATTERNS, "xcoords", "probeGuess", _STATED)


def to_nhw(
    array: Array,
    *,
    positions: int,
    size: int | None = None,
    stated: str | None = None,
    name: str = "diff3d",
) -> Array:
    """A stack of square patterns with the axis of the patterns first, as a view.

    ``positions`` is the number of scan positions, ``size`` the probe's side where it is known. Rows stay rows and
    columns columns. Raises ValueError, naming the field ``name``, where the shape fits no order, where it fits both
    and ``stated`` does not say which, and where it does not fit what is stated.
    """
    if stated is not None and stated not in get_args(Order):
        raise ValueError(f"{name}: stated order {stated!r}, wanted NHW or HWN")
    fitting = _fitting(array.shape, positions, size)
    sizes = f"{positions} positions" + ("" if size is None else f" and a probe of {size} pixels")
    if stated is not None and stated not in fitting:
        raise ValueError(f"{name}: shape {array.shape} is not in the stated order {stated} with {sizes}")
    if not fitting:
        raise ValueError(f"{name}: shape {array.shape} fits neither NHW nor HWN with {sizes}")
    if stated is None and len(fitting) > 1:
        raise ValueError(f"{name}: shape {array.shape} fits NHW and HWN with {sizes}; state which of the two it is")
    return array if (stated or fitting[0]) == "NHW" else np.moveaxis(array, 2, 0)


def canonical_raw(path: Path | str, out: Path | str, *, stated: str | None = None, overwrite: bool = False) -> None:
    """Rewrite a raw dataset with its patterns in NHW, and a stack of probe modes (N, N, P) as (P, N, N).

    ``stated`` is the order of the stacks where their sizes do not tell it; without it, what the member ``axis_order``
    says. The result says ``axis_order`` NHW; every other member is copied byte for byte and none is unpickled.

    Raises ValueError, naming the field, where the order cannot be told; ContractError where the file is damaged or the
    result breaks the contract of raw data; and FileExistsError.
    """
    path = Path(path)
    with open_container("npz", path, _READ, Limits()) as holding:
        arrays = {name: loaded(path, name, value) for name, value in holding.values.items()}
        changed = _canonical(path, holding, arrays, stated)
    with new_file(Path(out), "raw", overwrite=overwrite) as part:
        _rewrite(path, part, changed)


def _fitting(shape: tuple[int, ...], positions: int, size: int | None) -> list[str]:
    if len(shape) != 3:
        return []
    first, middle, last = shape
    square = {"NHW": (first, middle, last), "HWN": (last, first, middle)}
    return [
        order
        for order, (count, rows, columns) in square.items()
        if count == positions and rows == columns and size in (None, rows)
    ]


def _canonical(path: Path, holding: Holding, arrays: dict[str, Array], stated: str | None) -> dict[str, Array]:
    """The members that differ from what is in the file."""
    missing = [name for name in ("xcoords", "probeGuess") if name not in arrays]
    if missing:
        listed = ", ".join(sorted(holding.names)[:12])
        found = [Violation(name, "required", f"no such key among {listed}", "an array") for name in missing]
        raise ContractError(found, str(path))
    said = str(arrays[_STATED]) if _STATED in arrays else None
    if stated is not None and said is not None and said != stated:
        raise ValueError(f"{path}: {_STATED}: the file says {said}, stated is {stated}")
    order = stated or said
    changed = {_STATED: np.array("NHW")}
    side = None
    for name in _PATTERNS:
        if name in arrays:
            probe = arrays["probeGuess"]
            turned = to_nhw(arrays[name], positions=arrays["xcoords"].size, size=_side(probe), stated=order, name=name)
            side = turned.shape[-1]
            if turned is not arrays[name]:
                changed[name] = turned
    probe = _probe(arrays["probeGuess"], side, order)
    return changed if probe is arrays["probeGuess"] else {**changed, "probeGuess": probe}


def _side(probe: Array) -> int | None:
    """The side of a probe that is one mode; which axis of a stack counts the modes is not known yet."""
    return probe.shape[0] if probe.ndim == 2 and probe.shape[0] == probe.shape[1] else None


def _probe(probe: Array, side: int | None, order: str | None) -> Array:
    if probe.ndim != 3 or side is None:
        return probe
    first = probe.shape[1:] == (side, side)
    last = probe.shape[:2] == (side, side)
    if first and last:
        return to_nhw(probe, positions=side, size=side, stated=order, name="probeGuess")
    # What fits neither order is left to the contract, which says what it should be.
    return np.moveaxis(probe, 2, 0) if last else probe


def _rewrite(path: Path, out: Path, changed: dict[str, Array]) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            name = info.filename.removesuffix(".npy")
            if name in changed and name != info.filename:
                if name != _STATED:
                    add_member(target, name, changed[name])
                continue
            copy_member(path, source, info, target)
        add_member(target, _STATED, changed[_STATED])
