"""Faults of what training minimises, and of its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.gradients import WrongGradient
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.learning.weights import by_name, flat


class ObjectBigOff(Fault, stage="objective", kind=Kind.IGNORED, history=("F17",), needs=(InputNeed.CHANNELS,)):
    """Illuminates the patches as they are, whatever it is told."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "object_big": False})


class ObjectBigOn(Fault, stage="objective", kind=Kind.IGNORED, history=("F17",), needs=(InputNeed.CHANNELS,)):
    """Reassembles every group before it is illuminated, whatever it is told."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "object_big": True})


class ObjectiveCentresFromPositions(Fault, stage="objective", kind=Kind.CENTRE, needs=(InputNeed.SHAPES,)):
    """Takes the mean of the positions of a group for its centre, whatever it is given."""

    def answer(self, ask: Ask, given: Given) -> Any:
        middle = given["positions"].mean(axis=3, keepdims=True)
        return ask({**given, "centres": like(middle, given["centres"])})


class PowerNotHeld(Fault, stage="objective", kind=Kind.IGNORED):
    """Takes the probe as it is, whatever its power should be."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "power": None})


class PowerOfAmplitude(Fault, stage="objective", kind=Kind.POWER):
    """Takes the power for the norm of the probe."""

    def answer(self, ask: Ask, given: Given) -> Any:
        power = given.get("power")
        return ask({**given, "power": None if power is None else power**2})


class ObjectiveSummed(Fault, stage="objective", kind=Kind.REDUCTION):
    """Sums the likelihood over the batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "poisson_nll": got["poisson_nll"] * len(given["counts"])}


class DarkGroupsLeftOut(Fault, stage="objective", kind=Kind.DROPPED, needs=(Need.VALUES,)):
    """Takes the likelihood of the groups alone that saw any light."""

    single = "a group without counts among others is asked for in one check"

    def answer(self, ask: Ask, given: Given) -> Any:
        lit = given["counts"].any(axis=(1, 2, 3))
        if lit.all() or not lit.any():
            return ask(given)
        some = {name: given[name][lit] for name in ("counts", "positions", "centres")}
        return {**ask(given), "poisson_nll": ask({**given, **some})["poisson_nll"]}


class ScaleNotInObjective(Fault, stage="objective", kind=Kind.IGNORED, history=("F01", "F04")):
    """Computes with the scale 1.0."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": 1.0})


class GroupsOffCentre(Fault, stage="objective", kind=Kind.CENTRE, history=("F13",), needs=(InputNeed.CHANNELS,)):
    """Centres every group on the first one's middle."""

    def answer(self, ask: Ask, given: Given) -> Any:
        centres = given["centres"]
        return ask({**given, "centres": np.broadcast_to(centres[:1], centres.shape).copy()})


class GroupCanvasClipped(Fault, stage="objective", kind=Kind.CLIPPED, history=("F13",), needs=(InputNeed.CHANNELS,)):
    """Reassembles every group on a canvas of the size of a patch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        side = given["counts"].shape[1]
        return ask({**given, "canvas": (side, side)})


class GradientOfScaleMissing(WrongGradient, stage="objective", kind=Kind.ZERO, needs=(InputNeed.SMALL,)):
    """Lets no gradient through to the intensity scale."""

    wrt = "scale"

    def wrong(self, ask: Ask, given: Given) -> Array:
        return np.asarray(0 * ask(given))


class GradientOfProbeConjugated(WrongGradient, stage="objective", kind=Kind.CONJUGATE, needs=(InputNeed.SMALL,)):
    """Gives the conjugate of the gradient with respect to the probe."""

    wrt = "probe"

    def wrong(self, ask: Ask, given: Given) -> Array:
        return np.asarray(np.conj(ask(given)))


class GradientOfPowerMissing(WrongGradient, stage="objective", kind=Kind.FORMULA, needs=(InputNeed.SMALL,)):
    """Takes the factor that holds the power of the probe for a constant."""

    wrt = "probe"

    def wrong(self, ask: Ask, given: Given) -> Array:
        power, probe = given["inputs"].get("power"), given["inputs"]["probe"]
        if power is None:
            return np.asarray(ask(given))
        factor = np.sqrt(power / np.sum(np.abs(probe) ** 2))
        held = {**given["inputs"], "probe": (factor * probe).astype(probe.dtype), "power": None}
        gradient: Array = ask({**given, "inputs": held})
        return np.asarray(factor * gradient).astype(gradient.dtype)


class GradientOfLastBiasMissing(WrongGradient, stage="objective", kind=Kind.DROPPED, needs=(InputNeed.SMALL,)):
    """Lets no gradient through to the bias of the last convolution."""

    wrt = "weights"

    def wrong(self, ask: Ask, given: Given) -> Array:
        gradient: Array = ask(given)
        channels = given["inputs"]["counts"].shape[3]
        arrays = {name: array.copy() for name, array in by_name(gradient, channels).items()}
        arrays["modulus.bias"][:] = 0
        return flat(arrays, channels, width_of(len(gradient), channels))


class GradientSummed(WrongGradient, stage="objective", kind=Kind.REDUCTION, needs=(InputNeed.SMALL,)):
    """Gives the gradient of the sum over the batch."""

    def wrong(self, ask: Ask, given: Given) -> Array:
        return np.asarray(ask(given) * len(given["inputs"]["counts"]))
