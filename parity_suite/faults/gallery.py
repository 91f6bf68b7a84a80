"""All faults, gathered from the modules that define them."""

from __future__ import annotations

from parity_suite.faults import (  # noqa: F401  (importing a module puts its faults into the gallery)
    batches,
    bundles,
    by_hand,
    cutting,
    doors,
    equivalent,
    evaluation,
    families,
    gradients,
    lessons,
    network,
    objective,
    offset_gradients,
    outputs,
    photons,
    scan,
    shifts,
    spread,
    stitching,
    translations,
    waves,
)
from parity_suite.faults.fault import FAULTS, Fault, Need

__all__ = ["FAULTS", "Fault", "Need"]
