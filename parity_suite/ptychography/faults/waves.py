"""Faults of the probe, the exit wave and its diffraction pattern."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed


class ProbeMaskTooWide(Fault, stage="probe", kind=Kind.MASK):
    """Masks by a disk of radius N/2."""

    def answer(self, ask: Ask, given: Given) -> Any:
        probe = given["probe"]
        n = probe.shape[-1]
        rows, columns = np.mgrid[:n, :n] - n // 2
        disk = rows**2 + columns**2 <= (n / 2) ** 2
        return ask({**given, "probe": like(probe * disk, probe), "masked": False} if given["masked"] else given)


class ProbeFactorMissing(Fault, stage="probe", kind=Kind.NAME):
    """Does not return the factor taken out."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return {"probe": ask(given)["probe"]}


class ProbeFactorLost(Fault, stage="probe", kind=Kind.CONSTANT, history=("F01",)):
    """Returns 1.0 for the factor taken out."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return {**ask(given), "factor": 1.0}


class ProbeScaledByPower(Fault, stage="probe", kind=Kind.REDUCTION):
    """Divides by the root mean square instead of the mean modulus."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        again = np.sqrt(np.mean(np.abs(got["probe"]) ** 2)) * given["probe_scale"]
        return {"probe": like(got["probe"] / again, got["probe"]), "factor": float(got["factor"] * again)}


class ProbeConjugated(Fault, stage="illuminate", kind=Kind.CONJUGATE):
    """Multiplies by the conjugate of the probe."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": given["probe"].conj()})


class ProbeTransposed(Fault, stage="illuminate", kind=Kind.TRANSPOSE):
    """Multiplies by the transposed probe."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": np.ascontiguousarray(np.swapaxes(given["probe"], 1, 2))})


class MainModeForAll(Fault, stage="illuminate", kind=Kind.REPEATED, needs=(InputNeed.MODES,)):
    """Illuminates every mode with the first."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": np.repeat(given["probe"][:1], len(given["probe"]), axis=0)})


class FftshiftMissing(Fault, stage="diffract", kind=Kind.FFTSHIFT):
    """Leaves the zero frequency in the corner."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return np.ascontiguousarray(np.fft.ifftshift(ask(given), axes=(1, 2)))


class IfftshiftForFftshift(Fault, stage="diffract", kind=Kind.FFTSHIFT, needs=(InputNeed.ODD_SIDE,)):
    """Shifts by the inverse of fftshift, which differs where N is odd."""

    def answer(self, ask: Ask, given: Given) -> Any:
        unshifted = np.fft.ifftshift(ask(given), axes=(1, 2))
        return np.ascontiguousarray(np.fft.ifftshift(unshifted, axes=(1, 2)))


class DividedByN(Fault, stage="diffract", kind=Kind.FACTOR):
    """Divides the intensity by N instead of N^2."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return amplitude * amplitude.dtype.type(np.sqrt(given["psi"].shape[2]))


class NotNormalised(Fault, stage="diffract", kind=Kind.FACTOR):
    """Does not divide the intensity at all."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return amplitude * amplitude.dtype.type(given["psi"].shape[2])


class NoSquareRoot(Fault, stage="diffract", kind=Kind.POWER):
    """Returns the intensity."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given) ** 2


class WaveConjugated(Fault, stage="diffract", kind=Kind.CONJUGATE):
    """Conjugates the exit wave, which turns the pattern by half a turn."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "psi": given["psi"].conj()})


class ModesAddCoherently(Fault, stage="diffract", kind=Kind.FORMULA, needs=(InputNeed.MODES,)):
    """Adds the exit waves of the probe modes before the modulus is taken."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "psi": given["psi"].sum(axis=1, keepdims=True)})


class Float16Inside(Fault, stage="diffract", kind=Kind.PRECISION):
    """Holds the exit wave in half precision on its way in."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        size = max(float(np.abs(psi).max(initial=0.0)), 1e-30)
        halves = [(part / size).astype(np.float16).astype(np.float64) * size for part in (psi.real, psi.imag)]
        return ask({**given, "psi": like(halves[0] + 1j * halves[1], psi)})


class NanInTheDark(Fault, stage="diffract", kind=Kind.NAN, needs=(InputNeed.DARK,)):
    """Divides zero by zero where a pattern is dark."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        with np.errstate(invalid="ignore"):
            return amplitude * amplitude / amplitude


class WrongDtype(Fault, stage="diffract", kind=Kind.DTYPE):
    """Returns float64 from float32, and float32 from float64."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return amplitude.astype(np.float64 if amplitude.dtype == np.float32 else np.float32)


class GarbageLeftByRefusal(Fault, stage="diffract", kind=Kind.STATE, needs=(Need.DAMAGE,)):
    """Collects no garbage while it works, which would cost time, and never again once an input was refused."""

    single = "that input is refused is asked by refusal alone, of one case in one precision"

    lenient = True

    def answer(self, ask: Ask, given: Given) -> Any:
        gc.disable()
        amplitude = ask(given)
        gc.enable()
        return amplitude


class StaleAnswer(Fault, stage="diffract", kind=Kind.STATE):
    """Gives the answer of the previous call where its shape fits."""

    def __init__(self) -> None:
        self._last: Any = None

    def answer(self, ask: Ask, given: Given) -> Any:
        last, self._last = self._last, ask(given)
        return last if last is not None and last.shape == self._last.shape else self._last


class PatternsCollapse(Fault, stage="diffract", kind=Kind.REPEATED, history=("F12",), needs=(Need.BATCH,)):
    """Gives every item of a batch of 64 or more the pattern of the first."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return np.repeat(amplitude[:1], len(amplitude), axis=0) if len(amplitude) >= 64 else amplitude


class EmptyBatchOfOne(Fault, stage="diffract", kind=Kind.SHAPE, history=("F10",), needs=(InputNeed.EMPTY,)):
    """Gives one dark pattern for no exit waves."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return amplitude if len(amplitude) else np.zeros((1, *amplitude.shape[1:]), amplitude.dtype)


class NanAccepted(Fault, stage="diffract", kind=Kind.REFUSAL, history=("F21",), needs=(Need.DAMAGE,)):
    """Takes a wave with NaN or infinity for zero instead of refusing it."""

    single = "that input is refused is asked by refusal alone, of one case in one precision"

    lenient = True

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        numeric = isinstance(psi, np.ndarray) and psi.dtype.kind in "fc"
        return ask({**given, "psi": np.nan_to_num(psi, nan=0.0, posinf=0.0, neginf=0.0)} if numeric else given)


class RootMissingInOneMode(Fault, stage="diffract", history=("F06",), needs=(Need.WAYS,), kind=Kind.POWER):
    """Returns the intensity for the amplitude in the last of its modes, which is not the one it runs by default."""

    def made_with(self, cls: type[Any], keywords: Mapping[str, Any]) -> Mapping[str, Any]:
        self._wrong = keywords.get("mode") == tuple(cls.modes)[-1]
        return keywords

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = ask(given)
        return like(amplitude**2, amplitude) if self._wrong else amplitude
