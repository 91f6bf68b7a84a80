"""How far round-off alone moves what the oracle says: the evidence beside a backend that has no float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.backends.oracle import Oracle
from parity_suite.cases.variants import Variant, consult, variants
from parity_suite.checks import Check
from parity_suite.compare.deviation import Deviation, deviation
from parity_suite.pipeline import BY_NAME


def ulp_error(check: Check) -> float:
    """The error that float32 arithmetic, or one ulp of the inputs, makes in the oracle itself."""
    if check.stage not in Oracle.__dict__:
        return 0.0
    return max((ulp_of(v) for v in variants(check.case, check.stage, check.precision)), default=0.0)


def ulp_of(variant: Variant) -> float:
    """As :func:`ulp_error`, for one call."""
    worst = 0.0
    # What is kept in float64 whatever the precision is not rounded, and an ulp would part what lies equally far.
    kept = {field.name for field in BY_NAME[variant.stage].inputs if field.double}
    moved = {name: v if name in kept else _one_ulp_up(v) for name, v in variant.inputs.items()}
    for other in (consult(variant.stage, variant.inputs, "float32"), consult(variant.stage, moved)):
        for name, want in variant.expected.items():
            if not isinstance(want, str):
                outcome = deviation(name, np.asarray(other[name]), np.asarray(want))
                worst = max(worst, outcome.error if isinstance(outcome, Deviation) else 0.0)
    return worst


def _one_ulp_up(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return value * value.real.dtype.type(1 + np.finfo(value.dtype).eps)
    return value
