"""What faults need that a backend's class may not have."""

from __future__ import annotations

from typing import Any

from parity_suite.backends.held_outputs import options_lacking
from parity_suite.faults.need import Need, Requirement
from parity_suite.ptychography.choice import chosen_by_keyword, coarse, made_for_each_shape, switches_of
from parity_suite.ptychography.faults.needs import InputNeed


def missing_to_translate(cls: type[Any]) -> frozenset[Requirement]:
    """Of what mistakes in ``translate`` need, what the class lacks."""
    found = {
        Need.CHOICE: bool(chosen_by_keyword(cls)),
        Need.COARSE: bool(coarse(cls)),
        Need.COMPILED: bool(made_for_each_shape(cls)),
        Need.VARIABLE: bool(switches_of(cls)),
        InputNeed.NEAREST: "interpolation" not in options_lacking(cls, "translate"),
    }
    return frozenset(need for need, there in found.items() if not there)


def missing_to_infer(cls: type[Any]) -> frozenset[Requirement]:
    """The same of mistakes in inference."""
    return frozenset({InputNeed.BY_SIZE} if "batch" in options_lacking(cls, "infer") else ())
