"""Errors by powers of ten of their budgets."""

from __future__ import annotations

import math

import pytest
from runs import failed, held, measured

from parity_suite.report.histogram import histogram


def test_each_error_is_in_its_decade() -> None:
    decades = histogram([failed()], [held(off=0.5), held(off=0.05), held(off=0.02)])
    found = {one.power: (one.failing, one.holding) for one in decades}
    assert found == {-2: (0, 2), -1: (0, 1), 0: (0, 0), 1: (0, 0), 2: (0, 0), 3: (1, 0)}
    assert [one.tick for one in decades] == ["1e-2", "1e-1", "1", "1e1", "1e2", "1e3"]


@pytest.mark.parametrize(("off", "power"), [(0.0, -4), (1e-12, -4), (1e20, 8), (math.inf, 8)])
def test_what_is_beyond_is_counted_at_the_ends(off: float, power: int) -> None:
    (one,) = [one for one in histogram([failed(measured=(measured(off),))], []) if one.total]
    assert (one.power, one.failing) == (power, 1)


def test_what_has_no_distance_to_its_budget_is_not_in_it() -> None:
    bare = (measured(5.0, bound="at most"), measured(5.0, budget=0.0))
    assert histogram([failed(measured=bare)], []) == []
