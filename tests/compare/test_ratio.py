"""A baseline of zero blocks a comparison; it never yields infinity, zero or a pass."""

from __future__ import annotations

import math
import sys

import pytest

from parity_suite.compare.ratio import ratio


@pytest.mark.parametrize(("value", "baseline", "expected"), [(3.0, 2.0, 1.5), (0.0, 2.0, 0.0), (-1.0, 4.0, -0.25)])
def test_a_ratio(value: float, baseline: float, expected: float) -> None:
    found = ratio(value, baseline)
    assert (found.value, found.baseline, found.ratio, found.status) == (value, baseline, expected, "ok")


@pytest.mark.parametrize("value", [0.0, 1.0, math.inf, math.nan])
@pytest.mark.parametrize("baseline", [0.0, -0.0, math.nan, math.inf, -math.inf])
def test_no_baseline(value: float, baseline: float) -> None:
    found = ratio(value, baseline)
    assert math.isnan(found.ratio)
    assert found.status == "blocked_baseline_zero"


@pytest.mark.parametrize(
    ("value", "baseline"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, sys.float_info.min / 8), (1e300, 1e-300)]
)
def test_no_finite_quotient(value: float, baseline: float) -> None:
    found = ratio(value, baseline)
    assert math.isnan(found.ratio)
    assert found.status == "blocked_baseline_zero"
