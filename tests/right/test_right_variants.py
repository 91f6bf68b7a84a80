"""Every right way to write a stage is green, in both precisions.

The budgets stand on the two styles and on JAX beside the frameworks, and on none of the other variants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest
import right_forms
import right_network
import right_optics
import right_places
import right_styles
import right_sums
from right_base import Right
from right_places import PixelMinusOffset, PixelMinusOffsetInItsPrecision
from thinning import thinned

from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Deviation
from parity_suite.compare.judge import measure
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.packs import BY_NAME
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.laws.coordinates import eps_factor
from parity_suite.ptychography.laws.shifts import canvas
from parity_suite.ptychography.sizes import SMALL
from parity_suite.selftest.sieve import no_shrinking

CONTEXT = RunContext()
_ANY = BackendSpec("any", "any", "Any")

#: What costs seconds, or compiles, and shows no round-off that the others do not.
_DEAR: Final = frozenset({"blocks", "canvases", "crowd", "journey", "large_batch", "mode", "remainders", "truth"})
_CASES: Final = frozenset({"n15.g1.b3", "n16.g2.b5", "n16.g1.b0", "leaves64"})


def _variants(*modules: ModuleType) -> list[type[Right]]:
    """The classes of these modules that write a stage."""
    return [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Right) and one is not Right and one.__module__ == module.__name__
    ]


VARIANTS: Final = _variants(right_optics, right_sums, right_places, right_network, right_forms)
STYLES: Final = _variants(right_styles)


def _stages(cls: type[Any]) -> set[str]:
    """What a variant writes; of a style, what no variant of it does."""
    others = cls.__mro__[1:] if cls in STYLES else ()
    return {stage for stage in BY_NAME if hasattr(cls, stage) and not any(hasattr(one, stage) for one in others)}


@cache
def _all() -> tuple[Check, ...]:
    """All checks of one backend on the processor."""
    return tuple(check for check in enumerate_checks([_ANY]) if check.specs == (_ANY,) and check.device == "cpu")


@cache
def _quick() -> tuple[Check, ...]:
    return tuple(check for check in _all() if check.law not in _DEAR and check.case.name in _CASES)


def _red(cls: type[Any], checks: Sequence[Check]) -> list[str]:
    spec = BackendSpec(cls.__name__.lower(), cls.__module__, cls.__name__)
    # No failure is explained or repeated, which costs more than all that is green.
    policy = Policy("cpu", evidence=False, diagnosing=Diagnosing.LATER)
    runner, asked = Runner(CONTEXT, policy), [check for check in checks if check.stage in _stages(cls)]
    with no_shrinking():
        found: list[Finding] = [runner.run(replace(check, specs=(spec,))) for check in asked]
    assert any(one.verdict is not Verdict.NOT_RUN for one in found)
    return [f"{one.check}: {one.reason}" for one in found if one.verdict not in (Verdict.OK, Verdict.NOT_RUN)]


def test_sixteen_and_more_are_none_that_the_budgets_stand_on() -> None:
    used = {base for style in STYLES for base in style.__mro__}
    assert len([one for one in VARIANTS if one not in used]) >= 16
    written = {stage for one in [*VARIANTS, *STYLES] for stage in _stages(one)}
    assert written == {stage.name for stage in BY_NAME.values() if not stage.of_model}


#: Products with matrices as wide as a canvas, and every stage that samples: half of the time of all variants.
_LONG: Final = (right_places.HatMatrices, PixelMinusOffsetInItsPrecision, right_styles.Strided)


@pytest.mark.parametrize(
    "cls",
    [
        pytest.param(*one.values, marks=pytest.mark.long) if one.values[0] in _LONG else one
        for one in thinned([*VARIANTS, *STYLES], 4)
    ],
)
def test_a_right_way_is_green(cls: type[Right]) -> None:
    assert _red(cls, _quick()) == []


@pytest.mark.long
@pytest.mark.parametrize("cls", [*VARIANTS, *STYLES])
def test_a_right_way_is_green_on_all_its_checks(cls: type[Right]) -> None:
    assert _red(cls, _all()) == []


def _subject(cls: type[Any], precision: str) -> Subject:
    return Subject(
        BackendSpec(cls.__name__.lower(), cls.__module__, cls.__name__), CONTEXT, "cpu", precision, precision
    )


def _of_budget(cls: type[Any], precision: str) -> float:
    outcomes = list(canvas(_subject(cls, precision), 33, 512))
    assert all(isinstance(one, Deviation) for one in outcomes)
    return max(one.of_budget for one in measure("translate", "canvases", precision, outcomes))


class Undeclared(PixelMinusOffsetInItsPrecision):
    capabilities = Capabilities()


def test_places_in_float32_are_right_where_they_are_declared() -> None:
    assert _of_budget(PixelMinusOffsetInItsPrecision, "float32") < 1 < _of_budget(Undeclared, "float32")
    for cls in (PixelMinusOffset, PixelMinusOffsetInItsPrecision, Undeclared):
        assert _of_budget(cls, "float64") < 1


@pytest.mark.parametrize("stage", ["translate", "extract", "reassemble", "forward", "objective", "infer"])
def test_what_samples_or_runs_through_it_is_allowed_what_is_declared(stage: str) -> None:
    declared = _subject(PixelMinusOffsetInItsPrecision, "float32")
    assert eps_factor(declared, stage, 100) == 100.0
    assert eps_factor(_subject(PixelMinusOffsetInItsPrecision, "float64"), stage, 100) == 1.0
    assert eps_factor(_subject(PixelMinusOffset, "float32"), stage, 100) == 1.0
    assert eps_factor(declared, "diffract", 100) == 1.0


class TestWrong:
    """The checks that the variants are green on see what is wrong in them."""

    def test_a_transform_without_its_normalisation(self) -> None:
        class Unscaled(right_optics.OrthoTransform):
            def diffract(self, psi: Any) -> Any:
                return super().diffract(psi) * self.real.type(1 + 1e-5)

        assert _red_of(Unscaled)

    def test_a_variance_divided_by_one_less(self) -> None:
        class Unbiased(right_sums.TwoPasses):
            def stats(self, patches: Any) -> Any:
                found = super().stats(patches)
                pixels = patches.shape[1] * patches.shape[2]
                return {**found, "var_zero_mean": found["var_zero_mean"] * self.real.type(pixels / (pixels - 1))}

        assert _red_of(Unbiased)

    def test_a_place_off_by_a_thousandth_of_a_pixel(self) -> None:
        class Off(PixelMinusOffset):
            def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
                return super().sampled(image, rows + 1e-3, columns)

        assert _red_of(Off)

    def test_a_sum_in_float16(self) -> None:
        class Half(right_optics.SummedProduct):
            def illuminate(self, patches: Any, probe: Any) -> Any:
                found = super().illuminate(patches, probe)
                return (found.real.astype(np.float16) + 1j * found.imag.astype(np.float16)).astype(self.complex)

        assert _red_of(Half)


def _red_of(cls: type[Any]) -> list[str]:
    """What is red of a class that stands in no module."""
    globals()[cls.__name__] = cls
    cls.__module__ = __name__
    return _red(cls, [check for check in _quick() if check.law == "oracle" and check.case in SMALL])


@pytest.mark.long
def test_the_stages_of_jax_are_green() -> None:
    """Those that do not take long to compile, and a gradient."""
    spec = BackendSpec("jax", "right_jax", "Jax")
    runner = Runner(CONTEXT, Policy("cpu", evidence=False))
    asked = [*((stage, "oracle") for stage in ("illuminate", "diffract", "loss", "stats")), ("diffract", "gradient")]
    found = [
        runner.run(Check(stage, law, SMALL[1], (spec,), "cpu", precision))
        for stage, law in asked
        for precision in ("float32", "float64")
    ]
    assert [f"{one.check}: {one.reason}" for one in found if one.verdict is not Verdict.OK] == []
