"""Faults of grouping scan positions and of the layouts of groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.ptychography.faults.needs import InputNeed


class TiesReversed(Fault, stage="group", kind=Kind.NEIGHBOUR, needs=(InputNeed.CHANNELS, InputNeed.TIES)):
    """Breaks ties of distance by the larger index."""

    def answer(self, ask: Ask, given: Given) -> Any:
        positions, draws = given["positions"], given.get("draws")
        turned = {**given, "positions": positions[::-1].copy()}
        if draws is not None:
            turned["draws"] = draws[::-1].copy()
        got = ask(turned)
        each = 1 if draws is None else draws.shape[1]
        rows = np.arange(len(got["indices"])).reshape(-1, each)[::-1].ravel()
        back = {name: value[rows] for name, value in got.items()}
        return {**back, "indices": len(positions) - 1 - back["indices"]}


class SeedNotFirst(Fault, stage="group", kind=Kind.ORDER, needs=(InputNeed.CHANNELS,)):
    """Sorts each group by index."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        order = np.argsort(got["indices"], axis=1)
        relative = np.take_along_axis(got["coords_relative"], order[:, None, None, :], axis=3)
        return {**got, "indices": np.take_along_axis(got["indices"], order, axis=1), "coords_relative": relative}


class WrongNeighbour(Fault, stage="group", kind=Kind.NEIGHBOUR, needs=(InputNeed.CHANNELS,)):
    """Measures distance by |dx| + 0.01 |dy|, so that a column is as good as a point."""

    def answer(self, ask: Ask, given: Given) -> Any:
        squeezed = given["positions"] * np.array([1.0, 0.01])
        indices = ask({**given, "positions": squeezed})["indices"]
        return _grouped(given["positions"], indices)


class RelativeSign(Fault, stage="group", kind=Kind.SIGN, needs=(InputNeed.CHANNELS,)):
    """Gives positions relative to the offset with the opposite sign."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "coords_relative": -got["coords_relative"]}


class GroupCentredOnSeed(Fault, stage="group", kind=Kind.CENTRE, history=("F13",), needs=(InputNeed.CHANNELS,)):
    """Takes the seed for the centre of its group."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        shift = got["coords_relative"][..., :1]
        return {
            **got,
            "coords_offsets": got["coords_offsets"] - shift,
            "coords_relative": got["coords_relative"] - shift,
        }


class PositionsAsRowColumn(Fault, stage="group", kind=Kind.AXES):
    """Returns coordinates as [y, x]."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {name: value if value.ndim == 2 else np.flip(value, axis=2).copy() for name, value in got.items()}


def _grouped(positions: Array, indices: Array) -> Mapping[str, Array]:
    grouped = np.moveaxis(positions[indices], 2, 1)[:, None]
    offsets = grouped.mean(axis=3, keepdims=True)
    return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


class ChannelsColumnMajor(Fault, stage="layout", kind=Kind.ORDER, history=("F22",), needs=(InputNeed.CHANNELS,)):
    """Puts channel c in row c % g and column c // g of the grid."""

    def answer(self, ask: Ask, given: Given) -> Any:
        images = given["images"]
        if given["source"] == "grid":
            return ask({**given, "images": np.ascontiguousarray(np.swapaxes(images, 1, 2))})
        laid = ask(given)
        return np.ascontiguousarray(np.swapaxes(laid, 1, 2)) if given["target"] == "grid" else laid


class ReshapedNotTransposed(Fault, stage="layout", kind=Kind.RESHAPE, needs=(InputNeed.CHANNELS,)):
    """Goes from channels to flat images by a reshape alone."""

    def answer(self, ask: Ask, given: Given) -> Any:
        laid = ask(given)
        if (given["source"], given["target"]) == ("channel", "flat"):
            return given["images"].reshape(laid.shape).copy()
        return laid
