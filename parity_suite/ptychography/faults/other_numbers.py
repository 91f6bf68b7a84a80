"""Mistakes that show for some numbers, sizes and choices together alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.conditional import from_the_end, hundredth_more
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.families import make_family
from parity_suite.ptychography.faults.needs import InputNeed


class WrongUnderRealProbe(Fault, stage="illuminate", kind=Kind.FORMULA, needs=(Need.VALUES,)):
    """Gives a hundredth too much where the probe alone has no imaginary part."""

    single = "such a probe is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got, probe = ask(given), given["probe"]
        real = probe.any() and not probe.imag.any() and given["patches"].imag.any()
        return hundredth_more(got) if real else got


class FaintWavesLost(Fault, stage="illuminate", kind=Kind.DROPPED, needs=(Need.VALUES,)):
    """Takes waves below 1e-9 for none."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        got[np.abs(got) < 1e-9] = 0
        return got


class ProbeOfLitModes(Fault, stage="probe", kind=Kind.REDUCTION, needs=(Need.VALUES,)):
    """Takes the mean modulus over the modes that are not dark."""

    single = "a dark mode is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got, lit = ask(given), float(given["probe"].any(axis=(1, 2)).mean())
        return {"probe": like(got["probe"] * lit, got["probe"]), "factor": got["factor"] / lit}


class MaskBesideTwiceOdd(Fault, stage="probe", kind=Kind.SHIFT, needs=(InputNeed.LARGE,)):
    """Gives a masked probe one pixel to the right where its side is twice an odd number."""

    single = "such a side is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        beside = given["masked"] and given["probe"].shape[-1] % 4 == 2
        return {**got, "probe": np.roll(got["probe"], 1, axis=-1)} if beside else got


class NearestOfManyByTheFirst(Fault, stage="translate", kind=Kind.REPEATED, needs=(InputNeed.NEAREST,)):
    """Moves more than 32 images to the nearest pixel all by the first offset."""

    def answer(self, ask: Ask, given: Given) -> Any:
        count = len(given["offsets"])
        if given.get("interpolation") != "nearest" or count <= 32:
            return ask(given)
        return ask({**given, "offsets": np.repeat(given["offsets"][:1], count, axis=0)})


class DarkPatternLikeTheNext(Fault, stage="network", kind=Kind.REPEATED, needs=(Need.VALUES, InputNeed.CHANNELS)):
    """Takes the pattern of the next channel where one saw no light."""

    single = "a dark pattern beside others is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        dark = ~amplitude.any(axis=(1, 2), keepdims=True)
        return ask({**given, "amplitude": np.where(dark, np.roll(amplitude, -1, axis=3), amplitude)})


class PowerFreeInObject(Fault, stage="objective", kind=Kind.IGNORED, needs=(Need.SCALARS,)):
    """Does not hold the power of the probe where groups are reassembled."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "power": None} if given["object_big"] else given)


class SetsErrorsForAll(Fault):
    """Leaves NumPy silent about what it warned of."""

    def answer(self, ask: Ask, given: Given) -> Any:
        np.seterr(divide="ignore", invalid="ignore")
        return ask(given)


make_family(
    SetsErrorsForAll,
    "SetsErrorsForAll",
    ("group", "diffract", "stats"),
    needs=(Need.SURROUNDINGS,),
    kind=Kind.STATE,
)


class SigmoidOverflows(Fault, stage="network", kind=Kind.NAN, needs=(Need.VALUES,)):
    """Is no number where the exponential of a bias is beyond float32."""

    single = "such biases are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        with np.errstate(over="ignore"):
            beyond = np.isinf(np.exp(given["weights"].astype(np.float32))).any()
        return np.full_like(got, np.nan) if beyond else got


class NothingByNoWeights(Fault, stage="network", kind=Kind.DROPPED, needs=(Need.VALUES,)):
    """Gives nothing where there is no weight that is not zero."""

    single = "such weights are asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        return got if given["weights"].any() else np.zeros_like(got)


class FaintProbeScaled(Fault, stage="network", kind=Kind.FORMULA, needs=(Need.VALUES,)):
    """Takes a scale that is a hundredth too large where the mean power of the probe is below 1e-4."""

    single = "so faint a probe is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        faint = np.mean(np.abs(given["probe"]) ** 2) < 1e-4
        return ask({**given, "scale": given["scale"] * 1.01} if faint else given)


class FractionsCountedUp(Fault, stage="objective", kind=Kind.WHOLE, needs=(Need.SCALARS,)):
    """Takes counts that are no whole numbers for the next ones."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "counts": np.ceil(given["counts"])})


class DrawsFromTheEnd(Fault, stage="group", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Takes draws below zero for neighbours counted from the end."""

    lenient = True
    single = "that input is refused is asked by refusal alone, of one case in one precision"

    def answer(self, ask: Ask, given: Given) -> Any:
        draws = given["draws"]
        return ask(given if draws is None else {**given, "draws": from_the_end(draws, given["neighbours"])})
