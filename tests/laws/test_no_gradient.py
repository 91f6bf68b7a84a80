"""A backend that says it has none of a gradient is not asked for it, wherever a loss is differentiated."""

from __future__ import annotations

from typing import Any

import pytest
from plain import CASE, Plain, finding_of
from whole import Whole

from parity_suite.core.finding import Verdict
from parity_suite.ptychography.sizes import LESSONS


class NoGradient(Plain):
    def vjp(self, stage: str, inputs: Any, output: str, wrt: str, cotangent: Any) -> Any:
        raise NotImplementedError(f"no gradient of {stage}")


class TrainsByItself(Whole):
    vjp = NoGradient.vjp


@pytest.mark.parametrize("law", ["gradient", "gradient_again"])
def test_no_gradient_of_a_loss_is_not_run(law: str) -> None:
    assert finding_of(NoGradient, "objective", law, case=CASE).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize("law", ["optimiser", "liveness"])
def test_no_gradient_beside_a_training_is_not_run(law: str) -> None:
    assert finding_of(TrainsByItself, "train", law, case=LESSONS[1], precision="float64").verdict is Verdict.NOT_RUN
