"""Groups in which points that lie equally far may stand for each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.compare.deviation import Array
from parity_suite.ptychography.oracle import Oracle


def settled(arguments: Mapping[str, Any], outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs of ``group`` with the members that the oracle takes in each group (C,) whose own lie as far: what is
    off in offsets and relative coordinates, of the own members, stays off.
    """
    if arguments.get("ties") != "any" or "indices" not in outputs:
        return outputs
    positions = np.asarray(arguments["positions"], np.float64)
    wanted, got = Oracle().group(**arguments), np.asarray(outputs["indices"])
    if got.shape != wanted["indices"].shape or not ((got >= 0) & (got < len(positions))).all():
        return outputs
    alike = _squares(positions, got) == _squares(positions, wanted["indices"])
    distinct = np.diff(np.sort(got, axis=1), axis=1).all(axis=1)
    own = _coordinates(positions, got)
    rows = alike.all(axis=1) & distinct
    out = {**outputs, "indices": np.where(rows[:, None], wanted["indices"], got)}
    for name in own.keys() & outputs.keys():
        value = np.asarray(outputs[name])
        moved = value + (wanted[name] - own[name])
        out[name] = np.where(rows[:, None, None, None], moved, value).astype(value.dtype)
    return out


def _squares(positions: Array, indices: Array) -> Array:
    """The squared distances of the members (G, C) of each group from its point, of which each has as many groups."""
    points = np.arange(len(indices)) * len(positions) // max(1, len(indices))
    away = positions[indices] - positions[points, None]
    return np.asarray(away[..., 0] ** 2 + away[..., 1] ** 2)


def _coordinates(positions: Array, indices: Array) -> dict[str, Array]:
    """Offsets (G, 1, 2, 1) and relative coordinates (G, 1, 2, C) of groups."""
    grouped = np.moveaxis(positions[indices], 2, 1)[:, None]
    centre = grouped.mean(axis=3, keepdims=True)
    return {"coords_offsets": centre, "coords_relative": -(grouped - centre)}
