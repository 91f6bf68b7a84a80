"""Mistakes that show in one situation alone, made in each stage of ptychography."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.conditional import (
    HandsOutItsOwn,
    KeepsFirst,
    NeedsWriteable,
    ReadsMemory,
    Reseeds,
    RestartsAfterMany,
    WrongInAnotherThread,
)
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.ptychography.faults.families import make_family
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.pipeline import STAGES

_ALL: Final = tuple(stage.name for stage in STAGES)
_CERTAIN: Final = tuple(stage.name for stage in STAGES if not stage.random)

make_family(ReadsMemory, "ReadsMemory", tuple(s for s in _ALL if s != "illuminate"), kind=Kind.FORM)
make_family(NeedsWriteable, "NeedsWriteable", ("illuminate", "network", "loss", "group"), kind=Kind.CRASH)
make_family(
    KeepsFirst,
    "KeepsFirst",
    ("extract", "illuminate", "network", "translate", "loss", "objective", "reassemble"),
    kind=Kind.STATE,
)
make_family(WrongInAnotherThread, "WrongInAnotherThread", tuple(s for s in _CERTAIN if s != "layout"), kind=Kind.THREAD)
make_family(HandsOutItsOwn, "HandsOutItsOwn", ("probe", "diffract", "stats"), kind=Kind.STATE)
make_family(Reseeds, "Reseeds", ("layout", "observe", "translate"), kind=Kind.STATE)
make_family(
    RestartsAfterMany,
    "RestartsAfterMany",
    ("illuminate", "diffract", "network", "stats", "loss", "scale"),
    kind=Kind.ORDER,
)


class StatsOfFirstHundred(Fault, stage="stats", kind=Kind.DROPPED):
    """Leaves the statistics of whatever follows the first hundred patches at zero."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = {name: np.array(value) for name, value in ask(given).items()}
        for value in got.values():
            value[100:] = 0
        return got


class NeighboursInBlocks(Fault, stage="group", kind=Kind.NEIGHBOUR):
    """Looks for neighbours among the 2,048 points of a block alone, and in the first where that holds too few."""

    single = "more than 2,048 positions are grouped in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        positions, block = given["positions"], 2048
        if len(positions) <= block:
            return ask(given)
        moved = positions.copy()
        moved[block:] += 0.4 * np.ptp(positions, axis=0)
        return ask({**given, "positions": moved})


class PileOfPatchesWraps(Fault, stage="reassemble", kind=Kind.REDUCTION):
    """Counts the patches on a pixel in eight bits."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        count = np.where(got["count"] > 127, got["count"] - 127, got["count"])
        return {**got, "count": like(count, got["count"])}


class _SecondGradientAddsUp(WrongGradient):
    """Adds the gradient of a call to that of an identical one before it."""

    def __init__(self) -> None:
        self._last: tuple[Any, Any] | None = None

    def wrong(self, ask: Ask, given: Given) -> Any:
        key = [given["output"], given["wrt"], np.asarray(given["cotangent"]).tobytes()]
        key += [value.tobytes() if isinstance(value, np.ndarray) else value for value in given["inputs"].values()]
        got = ask(given)
        before = self._last[1] if self._last is not None and self._last[0] == key else np.zeros_like(got)
        self._last = key, got + before
        return got + before


make_family(
    _SecondGradientAddsUp, "SecondGradientAddsUp", ("illuminate", "diffract", "loss", "objective"), kind=Kind.STATE
)


class GradientNanInTheDark(WrongGradient, stage="diffract", kind=Kind.NAN):
    """Has no gradient where a pattern has no light."""

    single = "a wave without light is differentiated in one check"

    def wrong(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        got[~given["inputs"]["psi"].any(axis=(1, 2, 3, 4))] = np.nan
        return got


class GradientNanOfFlatPatch(WrongGradient, stage="loss", kind=Kind.NAN):
    """Has no gradient of the total variation where neighbouring pixels are equal."""

    wrt = "patches"
    single = "patches without variation are differentiated in one check"

    def wrong(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        patches = given["inputs"]["patches"]
        got[:, 1:][np.diff(patches, axis=1) == 0] = np.nan
        return got
