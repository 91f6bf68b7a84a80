"""Mistakes of ptychography: importing this puts them into the gallery, in their order."""

from __future__ import annotations

from parity_suite.ptychography.faults import (  # noqa: F401
    batches,
    bundles,
    by_hand,
    coincidences,
    cutting,
    declarations,
    doors,
    equivalent,
    evaluation,
    families,
    fused,
    gradients,
    lessons,
    models_apart,
    network,
    numbers,
    objective,
    offset_gradients,
    outputs,
    photons,
    scan,
    shifts,
    situations,
    spread,
    stitching,
    translations,
    waves,
)
