"""What kind of mistake explains a difference: transformations of what was wanted, until one fits."""

from __future__ import annotations

from parity_suite.compare.diagnosis.explain import explain, explained_by
from parity_suite.compare.diagnosis.output import Call, Guess, Output
from parity_suite.compare.diagnosis.roundings import ROUNDINGS

__all__ = ["ROUNDINGS", "Call", "Guess", "Output", "explain", "explained_by"]
