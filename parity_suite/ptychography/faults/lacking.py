"""What faults need that a backend's class may not have."""

from __future__ import annotations

from typing import Any

from parity_suite.backends.held_outputs import options_lacking
from parity_suite.faults.need import Need, Requirement
from parity_suite.ptychography.faults.needs import InputNeed


def missing_to_translate(cls: type[Any]) -> frozenset[Requirement]:
    """Of what mistakes in ``translate`` need, what the class lacks."""
    translations = getattr(cls, "translations", ())
    found = {
        Need.CHOICE: len(translations) > 1,
        Need.COARSE: any(one.coordinates != "float64" for one in translations),
        Need.COMPILED: any(one.per_shape for one in translations),
        Need.VARIABLE: bool(getattr(cls, "translation_switches", {})),
        InputNeed.NEAREST: "interpolation" not in options_lacking(cls, "translate"),
    }
    return frozenset(need for need, there in found.items() if not there)


def missing_to_infer(cls: type[Any]) -> frozenset[Requirement]:
    """The same of mistakes in inference."""
    return frozenset({InputNeed.BY_SIZE} if "batch" in options_lacking(cls, "infer") else ())
