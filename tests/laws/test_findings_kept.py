"""What was measured wrong stays the finding, whatever cannot be asked after it or told about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import Plain, finding_of
from thinning import thinned
from whole import Whole

from parity_suite.backends.exceptions import NotProvided
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.report.failure import render_failure


class Gradients(Plain):
    """Knows the gradient of one input, as many times too large as ``factor`` says, and not of the other one."""

    factor = 1.0
    known = "patches"

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        if wrt != self.known:
            raise NotProvided(f"no gradient with respect to the {wrt}")
        patches, probe = inputs["patches"][:, None], inputs["probe"][None, ..., None]
        if wrt == "patches":
            right = np.sum(np.conj(probe) * cotangent, axis=1)
        else:
            right = np.sum(np.conj(patches) * cotangent, axis=(0, 4))
        return (self.factor * right).astype(inputs[wrt].dtype)


@pytest.mark.parametrize(("known", "withheld"), [("patches", "probe"), ("probe", "patches")])
def test_a_wrong_gradient_beside_one_that_there_is_not(
    known: str, withheld: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gradients, "known", known)
    found = finding_of(Gradients, "illuminate", "gradient")
    assert (found.verdict, found.reason) == (
        Verdict.NOT_RUN,
        f"not provided: no gradient with respect to the {withheld}",
    )
    monkeypatch.setattr(Gradients, "factor", 1000.0)
    found = finding_of(Gradients, "illuminate", "gradient")
    assert found.verdict is Verdict.SEMANTIC
    assert found.worst is not None
    assert f"d psi / d {known}" in found.worst.output


class Halved(Whole):
    """Wrong in what the stages make together."""

    def objective(self, **given: Any) -> Any:
        right = Whole(precision=self.real.name).objective(**given)
        return {name: (1.5 * np.asarray(value)).astype(np.asarray(value).dtype) for name, value in right.items()}


class WithoutNetwork(Halved):
    def network(self, **given: Any) -> Any:
        raise NotImplementedError("this backend has a network of its own")


class Exiting(Halved):
    def network(self, **given: Any) -> Any:
        pytest.skip("no network here")


@pytest.mark.parametrize("cls", thinned([WithoutNetwork, Halved, Exiting], 3))
def test_a_stage_that_fails_while_the_wrong_one_is_looked_for(cls: type[Halved]) -> None:
    found = finding_of(cls, "objective", "oracle")
    assert found.verdict is Verdict.SEMANTIC
    assert found.worst is not None
    assert found.blame == ("network" if cls is Exiting else "objective")


class RoughAndWrong(Whole):
    """The variance goes through float16 in float32, and the minimum is too large in every precision."""

    def stats(self, patches: Any) -> Any:
        right = super().stats(patches)
        found = {name: np.asarray(value, self.real) for name, value in right.items()}
        found["minimum"] = found["minimum"] * self.real.type(1 + 1e-4)
        if self.real == np.float32:
            noise = 1 + 1e-3 * np.random.default_rng(0).standard_normal(found["var_zero_mean"].shape)
            found["var_zero_mean"] = (found["var_zero_mean"] * noise).astype(np.float32)
        return found


def test_a_wrong_output_beside_one_with_more_round_off() -> None:
    found = finding_of(RoughAndWrong, "stats", "oracle")
    assert found.verdict is Verdict.SEMANTIC
    assert found.worst is not None
    assert found.worst.output.startswith("minimum (")
    assert found.reason.startswith(found.worst.output)
    assert max(found.measured, key=lambda one: one.of_budget).output.startswith("var_zero_mean (")
    assert found.kind is Kind.FACTOR
    assert "var_zero_mean" not in found.looks_like
    assert Finding.from_json(found.to_json()).worst == found.worst
    assert "decided by" not in render_failure(found)
