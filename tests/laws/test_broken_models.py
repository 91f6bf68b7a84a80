"""What a training breaks of its contract keeps nothing else that it learned from being judged, and is not forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from plain import finding_of
from whole import Whole

from parity_suite.cases.catalogue import LESSONS
from parity_suite.compare.finding import Verdict

CASE = LESSONS[1]


class NoPatches(Whole):
    """Its patches after a training are no numbers, and its probe does not move."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        found = dict(super().train(**given))
        self.held = self.held | {"probe": given["probe"]}
        return found | {"patches": np.full_like(found["patches"], np.nan)}


def test_what_else_is_wrong_is_said() -> None:
    found = finding_of(NoPatches, "train", "movement", case=CASE, precision="float64")
    assert {(rule.field, rule.rule) for rule in found.rules} >= {("patches", "finite")}
    assert found.measured


def test_every_check_of_a_training_that_is_asked_once_says_what_broke() -> None:
    for _ in range(2):
        found = finding_of(NoPatches, "train", "guard", case=CASE)
        assert found.verdict in (Verdict.CONTRACT, Verdict.SEMANTIC), found.reason
        assert ("patches", "finite") in {(rule.field, rule.rule) for rule in found.rules}
