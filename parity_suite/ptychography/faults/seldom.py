"""Mistakes that show at sizes and in numbers that are seldom asked: many channels, two pixels, scans on a line, places
beside each other; and answers that leave something behind.
"""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.conditional import hundredth_more, in_memory
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.families import make_family
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.learning.architecture import WIDTH, width_of


class OneForChannelsAfterSixteen(Fault):
    """Gives the first channel for those after the sixteenth."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        if isinstance(got, dict):
            return {name: self._first(value) for name, value in got.items()}
        return self._first(got)

    def _first(self, value: Array) -> Array:
        value = value.copy()
        value[..., 16:] = value[..., :1]
        return value


make_family(
    OneForChannelsAfterSixteen,
    "OneForChannelsAfterSixteen",
    ("extract", "illuminate", "diffract", "network", "stats"),
    needs=(InputNeed.MANY_CHANNELS,),
    kind=Kind.REPEATED,
)


class ChannelsAfterSixteenDropped(Fault):
    """Takes no more channels than sixteen."""

    def answer(self, ask: Ask, given: Given) -> Any:
        fields = {one.name: one.axes for one in BY_NAME[self.stage].inputs if "C" in one.axes}
        return ask({k: v.take(range(min(16, v.shape[-1])), -1) if k in fields else v for k, v in given.items()})


make_family(
    ChannelsAfterSixteenDropped,
    "ChannelsAfterSixteenDropped",
    ("reassemble", "loss"),
    needs=(InputNeed.MANY_CHANNELS,),
    kind=Kind.DROPPED,
)


class ModesAfterSixteenDropped(Fault):
    """Takes no more modes than sixteen."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        return ask(given if psi is None else {**given, "psi": psi[:, :16]})


make_family(
    ModesAfterSixteenDropped,
    "ModesAfterSixteenDropped",
    ("diffract", "scale"),
    needs=(InputNeed.MODES,),
    kind=Kind.DROPPED,
)


class WrongOfTwoPixels(Fault):
    """Gives a hundredth too much of patches of two pixels a side."""

    single = "such sides are asked for in one check, or by a search"

    def answer(self, ask: Ask, given: Given) -> Any:
        first = next(value for value in given.values() if isinstance(value, np.ndarray))
        got = ask(given)
        return hundredth_more(got) if first.ndim > 2 and 2 in first.shape[1:4] else got


make_family(WrongOfTwoPixels, "WrongOfTwoPixels", ("loss", "stats"), needs=(InputNeed.LARGE,), kind=Kind.FACTOR)


class OneDrawNotTaken(Fault, stage="group", kind=Kind.NEIGHBOUR, needs=(InputNeed.CHANNELS, InputNeed.SHAPES)):
    """Takes the first neighbours where each point is drawn for once."""

    single = "one draw for each point is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        draws = given.get("draws")
        if draws is None or draws.shape[1] != 1:
            return ask(given)
        return ask({**given, "draws": np.broadcast_to(np.arange(draws.shape[2]), draws.shape).copy()})


class DrawsAfterEightRepeated(Fault, stage="group", kind=Kind.NEIGHBOUR, needs=(InputNeed.CHANNELS, InputNeed.SHAPES)):
    """Takes the first draws of a point again where there are more than eight."""

    single = "many draws for each point are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        draws = given.get("draws")
        again = draws if draws is None else draws[:, np.arange(draws.shape[1]) % 8]
        return ask({**given, "draws": again})


class LineWithoutPlaces(Fault, stage="group", kind=Kind.DROPPED, needs=(InputNeed.SHAPES,)):
    """Gives no relative positions of points that lie on one line."""

    single = "a scan on a line is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        on_line = len(given["positions"]) > 1 and bool((np.ptp(given["positions"], axis=0) == 0).any())
        return {**got, "coords_relative": 0 * got["coords_relative"]} if on_line else got


class WarningsSilenced(Fault):
    """Silences all warnings of the process."""

    single = "what is set for the whole process is asked in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        warnings.simplefilter("ignore")
        return ask(given)


make_family(
    WarningsSilenced,
    "WarningsSilenced",
    ("group", "diffract", "scale", "observe", "stats"),
    needs=(Need.SURROUNDINGS,),
    kind=Kind.STATE,
)


class PlacesLookedUp(Fault):
    """Takes a place for another one that is the same to five decimals."""

    precision = "float64"
    single = "places beside each other are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        name = "positions" if "positions" in given else "offsets"
        value = given[name]
        points = np.moveaxis(value, 2, -1) if value.ndim == 4 else value
        flat = points.reshape(-1, 2)
        known: dict[Any, Array] = {}
        for place in flat:
            known.setdefault(tuple(np.round(place, 5) + 0.0), place)
        found = np.array([known[tuple(np.round(place, 5) + 0.0)] for place in flat]).reshape(points.shape)
        back = np.moveaxis(found, -1, 2) if value.ndim == 4 else found
        return ask({**given, name: like(back, value)})


make_family(
    PlacesLookedUp, "PlacesLookedUp", ("extract", "translate", "reassemble"), needs=(InputNeed.FINE,), kind=Kind.BATCH
)


class AllMovedAlikeRolled(Fault, stage="translate", kind=Kind.WRAPPED, needs=(Need.REPEATS,)):
    """Rolls images that are all moved by the same whole pixels."""

    single = "images that are all moved alike are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got, offsets = ask(given), given["offsets"]
        alike = len(offsets) > 1 and bool((offsets == offsets[:1]).all() and (offsets[0] % 1 == 0).all())
        if not alike or np.abs(offsets).max() > 1e6:
            return got
        x, y = offsets[0].astype(int)
        return like(np.roll(given["images"], (y, x), (1, 2)), got)


class SmallScaleNotTaken(Fault, stage="scale", kind=Kind.IGNORED, needs=(Need.SCALARS,)):
    """Takes a learned scale below a ten-thousandth for none."""

    single = "scalars far from one are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        learned = given.get("learned")
        return ask({**given, "learned": None} if learned is not None and learned < 1e-4 else given)


class ProbeScaleAtMostThousand(Fault, stage="probe", kind=Kind.FACTOR, needs=(Need.SCALARS,)):
    """Holds the scale of a probe at a thousand."""

    single = "scalars far from one are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe_scale": min(given["probe_scale"], 1000.0)})


class NormalisedNearlyLeft(Fault, stage="probe", kind=Kind.FACTOR, needs=(Need.VALUES,)):
    """Leaves a probe whose mean modulus is one to a hundredth as it is."""

    single = "a probe that is normalised already is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        near = abs(got["factor"] - 1) < 0.01
        return {"probe": like(got["probe"] * got["factor"], got["probe"]), "factor": 1.0} if near else got


class ChannelsOfOneNoise(Fault, stage="observe", kind=Kind.DISTRIBUTION, needs=(InputNeed.CHANNELS,)):
    """Draws the counts of channels after the sixteenth by the numbers of the first."""

    single = "more channels than sixteen are drawn in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given).copy()
        amplitude = given["amplitude"]
        alike = (amplitude[..., 16:] == amplitude[..., :1]).all() if amplitude.ndim == 4 else False
        if got.shape[3] > 16 and alike:
            got[..., 16:] = got[..., :1]
        return got


class BrightCountsEven(Fault, stage="observe", kind=Kind.PRECISION, needs=(Need.SCALARS,)):
    """Keeps counts beyond 30 bits by the 24 that float32 holds."""

    single = "counts so large are drawn in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return like(np.where(got > 2.0**30, got.astype(np.float32), got), got)


class WidthOfTheReference(Fault, stage="network", kind=Kind.FACTOR, needs=(InputNeed.SHAPES,)):
    """Gives a hundredth too much by a network that is wider than the reference's."""

    single = "networks of other widths are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        wide = width_of(len(given["weights"]), given["amplitude"].shape[3]) > WIDTH
        return hundredth_more(ask(given)) if wide else ask(given)


class ObjectLikePatchHandedOn(Fault, stage="extract", kind=Kind.NEAREST, needs=(InputNeed.SHAPES,)):
    """Gives an object as large as a patch itself where the patch lies less than half a pixel beside it."""

    single = "such an object is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        whole, positions = given["object"].shape == (given["size"],) * 2, given["positions"]
        return ask({**given, "positions": like(np.round(positions), positions)} if whole else given)


class LastOfOneBatchDropped(Fault, stage="reassemble", kind=Kind.DROPPED):
    """Leaves out the last group where more are taken at a time than there are."""

    single = "more groups at a time than there are is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        count, batch = len(given["patches"]), given.get("batch") or 0
        if not count < batch or count < 2 or given["centre"].ndim > 1:
            return ask(given)
        return ask({**given, "patches": given["patches"][:-1], "positions": given["positions"][:-1]})


class _NearestOnly(Fault):
    """A mistake of the nearest pixel alone."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return self.nearest(ask, given) if given.get("interpolation") == "nearest" else ask(given)

    def nearest(self, ask: Ask, given: Given) -> Any:
        raise NotImplementedError


class NearestReadsMemory(_NearestOnly, stage="translate", kind=Kind.FORM, needs=(InputNeed.NEAREST,)):
    """Takes images as they lie in memory where the nearest pixel is asked for."""

    single = "the nearest pixel is asked for in one check"

    def nearest(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "images": in_memory(given["images"])})


class NearestInAnotherThread(_NearestOnly, stage="translate", kind=Kind.THREAD, needs=(InputNeed.NEAREST,)):
    """Interpolates in another thread where the nearest pixel is asked for."""

    single = "the nearest pixel is asked for in one check"

    def nearest(self, ask: Ask, given: Given) -> Any:
        here = threading.current_thread() is threading.main_thread()
        return ask(given if here else {**given, "interpolation": None})


class NearestClippedByWidth(_NearestOnly, stage="translate", kind=Kind.CLIPPED, needs=(InputNeed.NEAREST,)):
    """Holds offsets to the nearest pixel of a tall image within its width."""

    single = "tall images are moved to the nearest pixel in one check"

    def nearest(self, ask: Ask, given: Given) -> Any:
        (height, width), offsets = given["images"].shape[1:3], given["offsets"]
        if height <= width or offsets.dtype.kind != "f" or not np.isfinite(offsets).all():
            return ask(given)
        return ask({**given, "offsets": np.clip(offsets, 1 - width, width - 1)})


class NearestLeavesNoLine(_NearestOnly, stage="translate", kind=Kind.DROPPED, needs=(InputNeed.NEAREST,)):
    """Leaves nothing of an image of one line that goes to the nearest pixel."""

    single = "lines are moved to the nearest pixel in one check"

    def nearest(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return np.zeros_like(got) if 1 in got.shape[1:3] else got


class NearestAgainstWholeOffsets(_NearestOnly, stage="translate", kind=Kind.SIGN, needs=(InputNeed.NEAREST,)):
    """Moves to the nearest pixel by minus the offset where offsets are integers."""

    single = "integers are offsets to the nearest pixel in one check"

    def nearest(self, ask: Ask, given: Given) -> Any:
        whole = given["offsets"].dtype.kind in "iu"
        return ask({**given, "offsets": -given["offsets"]} if whole else given)


class ProbeReadInOrderOfPatches(Fault, stage="illuminate", kind=Kind.FORM, needs=(Need.FORMS,)):
    """Takes the probe for Fortran order where the patches alone are in it."""

    single = "arrays of two forms are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        probe, patches = given["probe"], given["patches"]
        if patches.flags.c_contiguous or not patches.flags.f_contiguous or not probe.flags.c_contiguous:
            return ask(given)
        return ask({**given, "probe": probe.transpose(0, 2, 1).copy()})


class GradientOfNothing(WrongGradient, stage="diffract", kind=Kind.NAN, needs=(Need.AGAIN,)):
    """Gives no number for the gradient of what nothing depends on."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        got: Array = ask(given)
        return got if np.any(given["cotangent"]) else like(np.full_like(got, np.nan), got)


class ScaleOfLargeWaves(Fault, stage="scale", kind=Kind.FACTOR, needs=(InputNeed.LARGE,)):
    """Gives a hundredth too much of waves of more than 64 pixels a side that are not a power of two."""

    single = "waves so large are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        side = 0 if given["psi"] is None else given["psi"].shape[2]
        got = ask(given)
        return hundredth_more(got) if side > 64 and side & (side - 1) else got
