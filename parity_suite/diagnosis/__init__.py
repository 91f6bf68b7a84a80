"""Why a check failed: the calls that it made, held to the oracle, and the mistake that explains them."""

from __future__ import annotations

from parity_suite.diagnosis.diagnose import Failure, diagnose, kind_and_words

__all__ = ["Failure", "diagnose", "kind_and_words"]
