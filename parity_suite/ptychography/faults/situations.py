"""Mistakes that show in one situation alone, made in each stage of ptychography."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.conditional import (
    HandsOutItsOwn,
    KeepsFirst,
    NeedsWriteable,
    ReadsForwards,
    ReadsMemory,
    Reseeds,
    RestartsAfterHundred,
    RestartsAfterMany,
    SetsVariable,
    StepsThroughOne,
    WrongInAnotherThread,
    hundredth_more,
)
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.families import make_family
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.faults.model_fault import ModelFault
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.pipeline import STAGES

#: A chain hands the illumination another form than its own door does, and is blamed itself.
#: Positions misread have no neighbours, and the right stage refuses them.
_READING: Final = tuple(stage.name for stage in STAGES if stage.name not in ("illuminate", "group"))
#: Random numbers have a generator for each call, and a layout moves nothing but elements.
_COMPUTING: Final = tuple(stage.name for stage in STAGES if stage.name not in ("layout", "observe"))

#: Stages that are asked for numbers without imaginary part.
_VALUED: Final = ("probe", "extract", "illuminate", "diffract", "scale", "translate", "reassemble", "loss", "stats")
#: Stages of which sides are asked that no block has.
_SIDED: Final = tuple(stage.name for stage in STAGES if stage.name not in ("group", "observe"))

make_family(ReadsMemory, "ReadsMemory", _READING, needs=(Need.FORMS,), kind=Kind.FORM)
make_family(ReadsMemory, "ReadsMemory", ("group",), needs=(Need.FORMS,), kind=Kind.CRASH)
make_family(ReadsForwards, "ReadsForwards", ("diffract", "extract"), needs=(Need.FORMS,), kind=Kind.FORM)
make_family(StepsThroughOne, "StepsThroughOne", ("extract",), needs=(Need.FORMS,), kind=Kind.FORM)
make_family(SetsVariable, "SetsVariable", ("network", "scale"), needs=(Need.SURROUNDINGS,), kind=Kind.STATE)
make_family(
    NeedsWriteable, "NeedsWriteable", ("illuminate", "network", "loss", "group"), needs=(Need.FORMS,), kind=Kind.CRASH
)
make_family(
    KeepsFirst,
    "KeepsFirst",
    ("extract", "illuminate", "network", "translate", "loss", "objective", "reassemble"),
    kind=Kind.STATE,
)
make_family(
    WrongInAnotherThread,
    "WrongInAnotherThread",
    _COMPUTING,
    needs=(Need.SURROUNDINGS,),
    kind=Kind.THREAD,
)
make_family(
    HandsOutItsOwn, "HandsOutItsOwn", ("probe", "diffract", "stats"), needs=(Need.SURROUNDINGS,), kind=Kind.STATE
)
make_family(Reseeds, "Reseeds", ("layout", "observe", "translate"), needs=(Need.SURROUNDINGS,), kind=Kind.STATE)
make_family(
    RestartsAfterMany,
    "RestartsAfterMany",
    ("probe", "layout", "illuminate", "diffract", "scale", "network", "loss", "stats"),
    needs=(Need.CROWD,),
    kind=Kind.ORDER,
)
make_family(
    RestartsAfterHundred,
    "RestartsAfterHundred",
    ("extract", "translate", "reassemble"),
    needs=(Need.CROWD,),
    kind=Kind.ORDER,
)


class WrongAtLargeSides(Fault):
    """Gives a hundredth too much where sides are above 64 and not a power of two."""

    single = "such sides are asked for in one check, but by a law of thousands"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return hundredth_more(got) if any(n > 64 and n & (n - 1) for n in self._sides(given)) else got

    def _sides(self, given: Given) -> set[int]:
        found = {given["size"]} if "size" in given else set()
        for field in BY_NAME[self.stage].inputs:
            value = given.get(field.name)
            if isinstance(value, np.ndarray) and value.ndim > 2:
                axes = field.axes_of(value.ndim)
                found |= {size for axis, size in zip(axes, value.shape, strict=False) if axis in "NHW"}
        return found


make_family(WrongAtLargeSides, "WrongAtLargeSides", _SIDED, needs=(InputNeed.LARGE,), kind=Kind.FACTOR)


class WrongWithoutImaginaryPart(Fault):
    """Gives a hundredth too much where complex numbers have no imaginary part."""

    single = "such numbers are asked for in one check, but by chance"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        waves = [value for value in given.values() if isinstance(value, np.ndarray) and value.dtype.kind == "c"]
        return hundredth_more(got) if any(value.any() and not value.imag.any() for value in waves) else got


# A factor in one call of many is no name for what is wrong.
make_family(WrongWithoutImaginaryPart, "WrongWithoutImaginaryPart", _VALUED, needs=(Need.VALUES,), kind=Kind.FORMULA)


class DiffractSaturates(Fault, stage="diffract", kind=Kind.CLIPPED, needs=(Need.VALUES,)):
    """Gives at most the 65,535 that sixteen bits hold."""

    single = "amplitudes above that are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return like(np.minimum(got, 65535), got)


class NoCountsNoLoss(Fault, stage="loss", kind=Kind.DROPPED, needs=(Need.VALUES,)):
    """Gives no likelihood where nothing was counted."""

    single = "patterns without counts are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return got if given["counts"].any() else {**got, "poisson_nll": 0.0 * got["poisson_nll"]}


class OnePixelCutBeside(Fault, stage="extract", kind=Kind.SHIFT, needs=(InputNeed.SHAPES,)):
    """Cuts patches of one pixel a pixel to the right."""

    single = "patches of one pixel are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        beside = np.array([1, 0], given["positions"].dtype).reshape(1, 1, 2, 1)
        return ask({**given, "positions": given["positions"] + beside} if given["size"] == 1 else given)


class NearestOffsetsTiled(Fault, stage="translate", kind=Kind.ORDER, needs=(InputNeed.NEAREST, InputNeed.BLOCKS)):
    """Goes through the offsets again and again where there are fewer than images to move to the nearest pixel."""

    single = "blocks are moved to the nearest pixel in one law"

    def answer(self, ask: Ask, given: Given) -> Any:
        count, fewer = len(given["images"]), len(given["offsets"])
        if given.get("interpolation") != "nearest" or not 0 < fewer < count:
            return ask(given)
        return ask({**given, "offsets": np.tile(given["offsets"], (count // fewer, 1))})


class ObjectiveRestartsAfterHundred(RestartsAfterMany, stage="objective", kind=Kind.ORDER, needs=(Need.CROWD,)):
    """Begins again with the first group after 128."""

    most = 128


#: A model asked of more than 100 groups at once.
_HUNDRED: Final = 100


class HundredthGroupOfTheFirst(ModelFault, stage="infer", kind=Kind.REPEATED):
    """Gives every group after the hundredth of a batch the patches of the first."""

    single = "more than a hundred groups at once are asked for in one check"

    def infer(self, ask: Ask, given: Given) -> Any:
        got, batch = np.array(ask(given)), given.get("batch") or len(given["amplitude"])
        for start in range(0, len(got), max(batch, 1)):
            got[start + _HUNDRED : start + batch] = got[start : start + 1]
        return got


class StatsOfFirstHundred(Fault, stage="stats", kind=Kind.DROPPED, needs=(Need.CROWD,)):
    """Leaves the statistics of whatever follows the first hundred patches at zero."""

    single = "thousands of items are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = {name: np.array(value) for name, value in ask(given).items()}
        for value in got.values():
            value[100:] = 0
        return got


class NeighboursInBlocks(Fault, stage="group", kind=Kind.NEIGHBOUR, needs=(Need.CROWD,)):
    """Looks for neighbours among the 2,048 points of a block alone, and in the first where that holds too few."""

    single = "more than 2,048 positions are grouped in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        positions, block = given["positions"], 2048
        if len(positions) <= block:
            return ask(given)
        moved = positions.copy()
        moved[block:] += 0.4 * np.ptp(positions, axis=0)
        return ask({**given, "positions": moved})


class ThousandsInSevenDigits(Fault, stage="group", kind=Kind.PRECISION, needs=(Need.CROWD,)):
    """Rounds the positions of more than a thousand points to float32."""

    single = "more than 2,048 positions are grouped in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        positions = given["positions"]
        rounded = positions.astype(np.float32).astype(positions.dtype)
        return ask({**given, "positions": rounded} if len(positions) > 1000 else given)


class PileOfPatchesWraps(Fault, stage="reassemble", kind=Kind.REDUCTION, needs=(Need.CROWD,)):
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
    _SecondGradientAddsUp,
    "SecondGradientAddsUp",
    ("extract", "illuminate", "diffract", "translate", "reassemble", "loss", "objective"),
    needs=(Need.AGAIN,),
    kind=Kind.STATE,
)


class GradientSilencesWarnings(WrongGradient, stage="illuminate", kind=Kind.STATE, needs=(Need.AGAIN,)):
    """Silences all warnings of the process once it has given a gradient."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        warnings.simplefilter("ignore")
        return got


class GradientNanInTheDark(WrongGradient, stage="diffract", kind=Kind.NAN, needs=(InputNeed.DARK,)):
    """Has no gradient where a pattern has no light."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        got[~given["inputs"]["psi"].any(axis=(1, 2, 3, 4))] = np.nan
        return got


class GradientNanOfFlatPatch(WrongGradient, stage="loss", kind=Kind.NAN, needs=(InputNeed.FLOOR,)):
    """Has no gradient of the total variation where neighbouring pixels are equal."""

    wrt = "patches"

    def wrong(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        patches = given["inputs"]["patches"]
        got[:, 1:][np.diff(patches, axis=1) == 0] = np.nan
        return got


class FirstBatchInOneMode(Fault, stage="loss", kind=Kind.BATCH, needs=(Need.WAYS,)):
    """Divides by the batch that the first call in a mode other than the default had."""

    _first = 0

    def answer(self, ask: Ask, given: Given) -> Any:
        got, batch = ask(given), len(given["amplitude"])
        if self.right.mode == type(self.right).modes[0]:
            return got
        self._first = self._first or batch
        return {**got, "poisson_nll": got["poisson_nll"] * batch / self._first}


class EightInOneMode(Fault, stage="diffract", kind=Kind.REPEATED, needs=(Need.WAYS,)):
    """Gives what follows the eighth item the pattern of the first, in the last mode alone."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        if self.right.mode == type(self.right).modes[-1]:
            got[8:] = got[:1]
        return got


class ProbeKeptByItself(Fault, stage="illuminate", kind=Kind.STATE, needs=(Need.SURROUNDINGS,)):
    """Brings a probe to the device once, and knows by the array that it is there, whatever that holds by now."""

    single = "an array is written into by one law, in one precision"

    _of: Any = None
    _kept: Any = None

    def answer(self, ask: Ask, given: Given) -> Any:
        if self._of is not given["probe"]:
            self._of, self._kept = given["probe"], given["probe"].copy()
        return ask({**given, "probe": self._kept})
