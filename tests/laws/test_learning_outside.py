"""A network that exists for other sides than those of the lessons is not trained on them, and that is said."""

from __future__ import annotations

import pytest
from plain import finding_of
from whole import Whole

from parity_suite import Capabilities
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Verdict
from parity_suite.ptychography.sizes import LESSONS


class Wide(Whole):
    capabilities = Capabilities(sizes={"N": (64, 128)})


@pytest.mark.parametrize(
    ("stage", "law"), [("train", "movement"), ("train", "refusal"), ("bundle", "round_trip"), ("infer", "streaming")]
)
def test_no_law_of_learning_trains_beyond_what_is_declared(stage: str, law: str) -> None:
    assert finding_of(Whole, stage, law, LESSONS[1]).cause is not Cause.OUTSIDE_CAPABILITY
    found = finding_of(Wide, stage, law, LESSONS[1])
    assert (found.verdict, found.cause) == (Verdict.NOT_RUN, Cause.OUTSIDE_CAPABILITY)
    assert found.reason == "outside what Wide declares: N 64 or 128"
