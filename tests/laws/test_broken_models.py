"""What a training breaks of its contract keeps nothing else that it learned from being judged, and is not forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from plain import finding_of
from whole import Whole

from parity_suite.core.finding import Verdict
from parity_suite.ptychography.sizes import LESSONS

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


class Halting(Whole):
    """Raises where the scale is to be trained, and trains it where it is not."""

    def train(self, **given: Any) -> Mapping[str, Any]:
        if given["settings"]["train_scale"]:
            raise RuntimeError("not this")
        found = super().train(**given)
        self.held = self.held | {"intensity_scale": self.held["intensity_scale"] + len(given["order"])}
        return found


def test_what_is_wrong_in_another_setting_than_one_that_raises_is_measured() -> None:
    found = finding_of(Halting, "train", "movement", case=CASE, precision="float64")
    assert (found.verdict, found.raised.type) == (Verdict.ERROR, "RuntimeError")
    assert {one.output for one in found.measured if not one.within} == {"intensity_scale, which is not trained"}
