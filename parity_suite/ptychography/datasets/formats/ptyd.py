"""ptypy's .ptyd as a scan: chunks in the order of their numbers, positions [y, x] in metres, weights as a mask."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    ForeignScan,
    contract_of,
    energy_facts,
    far_field_pixel,
    fields_of,
    paths_in,
    patterns_in,
)

Array = NDArray[Any]

_CHUNK: Final = re.compile(r"chunks/([0-9]{1,9})/data")
_LOST: Final = {
    "weights": "how much each pixel counts, beyond whether it measured",
    "indices": "the numbers of the positions",
}


def open_ptyd(path: Path, limits: Limits) -> ForeignScan:
    """The chunks of a .ptyd file. Raises ContractError where it breaks what is read of it, and ValueError."""
    numbers = sorted(int(found[1]) for name in paths_in(path, limits) if (found := _CHUNK.fullmatch(name)))
    if not numbers:
        raise ValueError(f"{path}: chunks: none in the file itself; ptypy writes them there with save='append'")
    names = [f"chunks/{number}/{what}" for number in numbers for what in ("data", "positions", "weights")]
    with open_container("hdf5", path, names, limits) as holding:
        values = dict(holding.values)
    chunks = [patterns_in(path, f"chunks/{one}/data", values.get(f"chunks/{one}/data")) for one in numbers]
    shapes = {chunk.shape[1:] for chunk in chunks}
    if len(shapes) > 1:
        raise ValueError(f"{path}: chunks: patterns of {' and '.join(map(str, sorted(shapes)))} pixels")
    rows, columns = chunks[0].shape[1:]
    weights = {one: values[name] for one in numbers if (name := f"chunks/{one}/weights") in values}
    fields = {name: loaded(path, name, one) for name, one in fields_of(path, contract_of("ptyd"), limits).items()}
    _require_middle(path, fields.get("meta/center"), (rows, columns))
    wavelength, distance, pixel, why = _geometry(fields, (rows, columns))
    places = [_positions(path, one, values, chunk.shape[0]) for one, chunk in zip(numbers, chunks, strict=True)]
    return ForeignScan(
        path=path,
        shape=(sum(chunk.shape[0] for chunk in chunks), rows, columns),
        intensities=lambda: (block for chunk in chunks for block in frames_of(chunk)),
        positions=np.concatenate(places),
        pixel=pixel,
        no_pixel=why,
        measured=_measured(path, weights, (rows, columns)),
        mask_words="a weight above 0 in every frame is for a pixel that measured",
        facts=energy_facts(wavelength, distance),
        lost=(_LOST["weights"], _LOST["indices"]) if weights else (_LOST["indices"],),
    )


def _require_middle(path: Path, centre: Array | None, shape: tuple[int, int]) -> None:
    """ptypy cuts patterns so that the zero frequency is in the middle, where it cuts them at all."""
    if centre is None:
        return
    row, column = (float(one) for one in np.broadcast_to(centre.reshape(-1), 2))
    if abs(row - shape[0] // 2) >= 1 or abs(column - shape[1] // 2) >= 1:
        raise ValueError(
            f"{path}: meta/center: zero frequency at [{row:g}, {column:g}] of {shape} pixels, not the middle"
        )


def _geometry(
    fields: dict[str, Array], shape: tuple[int, int]
) -> tuple[float | None, float | None, tuple[float, float] | None, str]:
    missing = [f"meta/{name}" for name in ("psize", "distance", "energy") if f"meta/{name}" not in fields]
    if missing:
        return None, None, None, f"no {', '.join(missing)}"
    wavelength = HC_EV_M / (1000 * float(fields["meta/energy"].reshape(())))
    distance = float(fields["meta/distance"].reshape(()))
    height, width = np.broadcast_to(fields["meta/psize"].reshape(-1), 2)
    return wavelength, distance, far_field_pixel(wavelength, distance, shape, (float(width), float(height))), ""


def _positions(path: Path, number: int, values: dict[str, object], count: int) -> Array:
    """[x, y] of the probe on the sample."""
    name = f"chunks/{number}/positions"
    if not isinstance(value := values.get(name), Stored):
        raise ValueError(f"{path}: {name}: absent")
    found = loaded(path, name, value)
    if found.shape != (count, 2) or found.dtype.kind != "f" or not np.isfinite(found).all():
        raise ValueError(f"{path}: {name}: {found.dtype} of shape {found.shape}, wanted {count} finite [y, x]")
    return found[:, ::-1].astype(np.float64)


def _measured(path: Path, weights: dict[int, object], shape: tuple[int, int]) -> Array | None:
    """Pixels with a weight above 0 in every frame: a raw dataset has no mask of a single frame."""
    measured = None
    for number, value in weights.items():
        name = f"chunks/{number}/weights"
        if isinstance(value, Stored) and 0 in value.shape:
            continue
        for block in _blocks(path, name, value, shape):
            measured = block if measured is None else measured & block
    return measured


def _blocks(path: Path, name: str, value: object, shape: tuple[int, int]) -> Iterator[Array]:
    stack = _flags(path, name, value)
    if stack.shape[-2:] != shape:
        raise ValueError(f"{path}: {name}: shape {stack.shape}, wanted {shape} pixels a frame")
    for block in frames_of(stack):
        yield np.asarray((block > 0).all(axis=0))


def _flags(path: Path, name: str, value: object) -> Stored:
    if isinstance(value, Stored) and value.dtype.kind == "b":
        return Stored(np.dtype("u1"), value.shape, lambda: (one.astype("u1") for one in value.blocks()))
    return patterns_in(path, name, value, (2, 3))
