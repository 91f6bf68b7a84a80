"""Round-off is called so by every law that meets it, and what is float32 inside a float64 has a name of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import right_network
from right_base import Right
from right_network import ShiftedConvolutions
from right_optics import OrthoTransform, SummedProduct
from right_places import PixelMinusOffset
from right_sums import TwoPasses
from thinning import thinned

from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.cases import recipe_cases
from parity_suite.ptychography.sizes import SMALL, TINY

CONTEXT = RunContext()
RECIPE = {case.name: case for case in recipe_cases()}
EPS = 2.0**-52


def _found(cls: type[Any], stage: str, law: str, precision: str, case: Case = SMALL[1]) -> Finding:
    spec = BackendSpec(cls.__name__.lower(), __name__, cls.__name__)
    assert Subject(spec, CONTEXT).cls is cls
    return Runner(CONTEXT).run(Check(stage, law, case, (spec,), "cpu", precision))


def _rounded(x: Any, bits: int) -> Any:
    """Real values with so many bits of a mantissa."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 2.0**bits) / 2.0**bits, exponent).astype(x.dtype)


class Tf32(ShiftedConvolutions):
    """Convolutions of float32 in as many bits as a tensor core has."""

    bits = 11

    def network(self, amplitude: Any, probe: Any, scale: float, weights: Any) -> Any:
        whole = right_network._convolved

        def coarse(x: Any, named: Any, name: str) -> Any:
            if x.dtype != np.float32:
                return whole(x, named, name)
            of_kernel = {key: _rounded(one, self.bits) for key, one in named.items() if key == f"{name}.kernel"}
            return whole(_rounded(x, self.bits), {**named, **of_kernel}, name)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(right_network, "_convolved", coarse)
            return super().network(amplitude, probe, scale, weights)


class Bfloat16(Tf32):
    bits = 8
    network = Tf32.network


class TwoPassesInFloat32(TwoPasses):
    """A mean in float32, which loses digits of a variance of values around a hundred."""

    def stats(self, patches: Any) -> Any:
        size = np.abs(patches)
        mean = size.mean(axis=(1, 2))
        spread = ((size - mean[:, None, None, :]) ** 2).mean(axis=(1, 2))
        return {**super().stats(patches), "std": np.sqrt(spread), "var_zero_mean": spread}


class Nudged(PixelMinusOffset):
    """Places that are off by ulps of themselves."""

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        return super().sampled(image, rows * (1 + EPS), columns * (1 - EPS))


class Float32Inside(OrthoTransform):
    """A transform that is float32 whatever was asked."""

    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi.astype(np.complex64)).astype(np.float32).astype(self.real)


class TermByTerm(Right):
    """A transform by the matrix of its roots of unity in the precision, one term after the other: farther off than the
    figure that is promised of float32, and arithmetic all the same.
    """

    def diffract(self, psi: Any) -> Any:
        side = psi.shape[2]
        places = np.arange(side)
        roots = np.exp(-2j * np.pi * (np.outer(places - side // 2, places) % side) / side) / np.sqrt(side)
        wave = np.moveaxis(self.cast(psi), 4, 2)
        for axis in (-2, -1):
            terms = zip(np.moveaxis(wave, axis, 0), roots.T.astype(self.complex), strict=True)
            wave = np.moveaxis(sum(np.multiply.outer(root, term) for term, root in terms), 0, axis)  # type: ignore[call-overload]
        return np.sqrt(np.moveaxis((wave.real**2 + wave.imag**2).sum(axis=1), 1, 3)).astype(self.real)


class SlightlyOff(OrthoTransform):
    """As little off as float32 is, and everywhere by one factor."""

    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi) * self.real.type(1 + 3e-7)


@pytest.mark.parametrize(
    ("cls", "law"), thinned([(Tf32, "snapshot"), (Tf32, "oracle"), (Bfloat16, "snapshot"), (Bfloat16, "oracle")], 4)
)
def test_convolutions_of_fewer_bits_are_arithmetic_to_every_law(cls: type[Any], law: str) -> None:
    found = _found(cls, "network", law, "float32", RECIPE["leaves64"])
    assert (found.verdict, found.evidence.basis) == (Verdict.NUMERICAL, "error-in-float64")


def test_a_transform_that_adds_term_by_term_is_arithmetic() -> None:
    assert _found(TermByTerm, "diffract", "oracle", "float32", RECIPE["leaves256"]).verdict is Verdict.NUMERICAL
    assert _found(TermByTerm, "diffract", "oracle", "float64", RECIPE["leaves64"]).verdict is Verdict.OK


@pytest.mark.parametrize("law", ["oracle", "snapshot"])
@pytest.mark.parametrize("case", thinned(["leaves64", "modes64", "field128"], 3))
def test_a_mean_that_loses_digits_is_arithmetic_to_every_law(law: str, case: str) -> None:
    assert _found(TwoPassesInFloat32, "stats", law, "float32", RECIPE[case]).verdict is Verdict.NUMERICAL


@pytest.mark.parametrize(
    ("stage", "law"),
    [
        ("translate", "composition"),
        ("translate", "sign_axis"),
        ("translate", "identity"),
        ("translate", "reach"),
        ("extract", "sign_axis"),
        ("extract", "identity"),
        ("reassemble", "sign_axis"),
        ("reassemble", "identity"),
    ],
)
def test_an_exact_law_that_is_missed_by_ulps_is_arithmetic(stage: str, law: str) -> None:
    found = _found(Nudged, stage, law, "float64")
    assert (found.verdict, found.evidence.like_float32) == (Verdict.NUMERICAL, False), found.reason


def test_float64_that_is_float32_inside_is_arithmetic_and_a_kind_of_its_own() -> None:
    found = _found(Float32Inside, "diffract", "oracle", "float64")
    assert (found.verdict, found.kind) == (Verdict.NUMERICAL, Kind.FLOAT32_INSIDE)
    assert str(found.evidence) == "measured in float64, no more than float32 makes: it is computed in float32 inside"


def test_what_is_as_small_and_something_else_is_another_meaning_and_says_nothing_of_float32() -> None:
    found = _found(SlightlyOff, "diffract", "oracle", "float64")
    assert (found.verdict, found.kind) == (Verdict.SEMANTIC, Kind.FACTOR)
    assert str(found.evidence) == "measured in float64"


class LosesOneMode(SummedProduct):
    """Leaves the last of its modes out of the mean where there are thousands."""

    def probe(self, probe: Any, probe_scale: float, masked: bool) -> Any:
        right = SummedProduct.probe(self, probe, probe_scale, masked)
        if len(probe) < 5000:
            return right
        kept = np.abs(right["probe"][:-1]).sum() / np.abs(right["probe"]).sum()
        return {"probe": right["probe"] / kept, "factor": self.real.type(right["factor"] * kept)}


def test_a_mean_in_plain_order_is_right_and_one_without_its_last_mode_is_not() -> None:
    assert _found(SummedProduct, "probe", "many", "float32", TINY[0]).verdict is Verdict.OK
    assert _found(LosesOneMode, "probe", "many", "float32", TINY[0]).red
