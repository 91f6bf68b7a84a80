"""Outputs are held each by the measure that fits its kind."""

from __future__ import annotations

import numpy as np
import pytest
from plain import CASE

from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import BrokenRule
from parity_suite.core.context import RunContext
from parity_suite.laws.outputs import compare

CONTEXT = RunContext()


@pytest.mark.parametrize("output", ["canvas", "count"])
def test_a_canvas_or_count_of_another_shape_is_a_breach(output: str) -> None:
    variant = next(iter(variants(CONTEXT, CASE, "reassemble", "float32")))
    got = {name: np.asarray(value) for name, value in variant.expected.items()}
    assert not [one for one in compare(variant, got, variant.expected) if isinstance(one, BrokenRule)]
    wrong = list(compare(variant, got | {output: got[output][:-1]}, variant.expected))
    assert any(isinstance(one, BrokenRule) and one.verdict == "contract" for one in wrong)
