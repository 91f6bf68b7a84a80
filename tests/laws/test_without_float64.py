"""A backend without float64 is held to what round-off makes of the output that failed, or it is said that none can
tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import CASE, finding_of, spec_of
from whole import Whole

from parity_suite.compare.deviation import Deviation
from parity_suite.core.about import ABOUT_NOTHING, About
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.oracle_sensitivity import ulp_errors
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import LESSONS, SMALL

CONTEXT = RunContext()


class Both(Whole):
    """Its total variation is a thousandth too large, whatever the precision."""

    def loss(self, **given: Any) -> Any:
        right = super().loss(**given)
        return {**right, "total_variation": 1.001 * right["total_variation"]}


class Single(Both):
    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if precision != "float32":
            raise ValueError("precision: float32 only")
        super().__init__(device=device, precision=precision)


def test_what_cancels_in_one_output_excuses_no_other() -> None:
    """The mean distance of `bright` is 2e-6 of its terms: by itself, a round-off of it is as large as a thousandth."""
    found = finding_of(Single, "loss", "oracle", SMALL[0])
    assert found.verdict is Verdict.SEMANTIC
    assert str(found.evidence).startswith("no float64; the oracle in float32 and one ulp of input move it by ")


def test_nor_does_it_say_of_another_that_it_is_computed_in_float32() -> None:
    found = finding_of(Both, "loss", "oracle", SMALL[0])
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "in float64 the error is 0.001")
    assert "lower precision" not in found.looks_like


class Noisy(Whole):
    """Amplitudes with a round-off of a few ulps, in float32 alone."""

    noise = 1.12e-6

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if precision != "float32":
            raise ValueError("precision: float32 only")
        super().__init__(device=device, precision=precision)

    def diffract(self, psi: Any) -> Any:
        right = super().diffract(psi)
        return (right * (1 + self.noise * np.random.default_rng(0).choice([-1.0, 1.0], right.shape))).astype(np.float32)


class Wrong(Noisy):
    noise = 1e-3


def _pair(cls: type[Any], law: str) -> Finding:
    specs = (spec_of(cls), spec_of(Whole)) if law == "pair" else (spec_of(cls),)
    return Runner(CONTEXT, Policy("cpu")).run(Check("forward", law, CASE, specs, "cpu", "float32"))


@pytest.mark.parametrize("law", ["pair", "chain"])
def test_round_off_of_one_stage_is_round_off_along_a_chain(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The budget of this case may hold such noise: what matters is what it is called beyond it.
    monkeypatch.setattr("parity_suite.core.finding.Measured.within", property(lambda self: self.of_budget <= 0.5))
    found = _pair(Noisy, law)
    assert found.verdict is Verdict.NUMERICAL
    assert str(found.evidence).startswith("no float64; the oracle in float32 and one ulp of input move it by ")
    assert _pair(Wrong, law).verdict is Verdict.SEMANTIC


class Drifting(Noisy):
    """Gives other patches in every call."""

    called = 0

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        self.called += 1
        return (super().infer(amplitude, batch) * (1 + 1e-4 * self.called)).astype(np.complex64)


def test_where_nothing_was_measured_it_is_said_that_none_can_tell() -> None:
    found = finding_of(Drifting, "infer", "batch_invariance", LESSONS[0])
    assert found.verdict is Verdict.SEMANTIC
    assert (
        str(found.evidence) == "no float64, and how far round-off goes here cannot be told: taken for another meaning"
    )


def _of(stage: str, *measured: Deviation, law: str = "oracle") -> Mapping[str, float]:
    return ulp_errors(CONTEXT, Check(stage, law, CASE, (spec_of(Whole),), "cpu", "float32"), measured)


def _labelled(label: str, about: About = ABOUT_NOTHING) -> Deviation:
    return Deviation(label, 1.0, 1.0, (), None, None, about=about)


def test_each_output_is_told_by_its_own_variant() -> None:
    found = _of(
        "translate",
        _labelled("one", About("images", variant="real")),
        _labelled("by rows", About("images", variant="real", implementation="rows")),
        _labelled("graph", About("images", variant="complex", mode="graph")),
        _labelled("elsewhere", About("images", variant="moved")),
        _labelled("images"),
        _labelled("images (real)"),
        _labelled("gradient", About("images", "offsets", "real")),
    )
    assert found["one"] == found["by rows"] > 0
    assert found["elsewhere"] == found["images"] == max(found["one"], found["graph"])
    assert not {"images (real)", "gradient"} & set(found), "a label is not read, and a gradient is no output"
    assert found[""] == max(found.values())


@pytest.mark.parametrize("stage", ["train", "bundle", "infer", "observe"])
def test_of_what_the_oracle_does_not_compute_nothing_is_told(stage: str) -> None:
    assert not _of(stage, "patches", "scale (data)", "counts (modes)")


def test_a_canvas_is_measured_where_it_is_compared() -> None:
    """Where little covers, a quotient magnifies what its weight takes back."""
    assert max(_of("reassemble", _labelled("canvas")).values()) < 1e-5
