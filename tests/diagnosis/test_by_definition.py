"""What the comparisons of a law mean by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from parity_suite.compare.deviation import Bound, deviation, meaning
from parity_suite.core.kinds import Kind
from parity_suite.diagnosis.problems import by_definition

APART = meaning(Kind.THREAD, deviation("losses in another thread", np.ones(3), np.zeros(3)))
BOUNDED = Bound("something bounded", 2.0, 1.0, "here")
MEANING = meaning(Kind.STORAGE, Bound("a bound that means something", 2.0, 1.0, "here"))
TOGETHER = deviation("losses asked again", np.ones(3), np.zeros(3))


@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        ({"losses in another thread"}, Kind.THREAD),
        ({"losses in another thread", "losses asked again"}, Kind.STATE),
        ({"losses asked again"}, Kind.STATE),
        ({"losses in another thread", "something bounded"}, Kind.STATE),
        ({"a bound that means something"}, Kind.STORAGE),
    ],
)
def test_a_comparison_names_its_mistake_where_it_fails_alone(failed: set[str], kind: Kind) -> None:
    guess = by_definition("train", "surroundings", [APART, BOUNDED, MEANING, TOGETHER], failed)
    assert guess is not None
    assert guess.kind is kind
