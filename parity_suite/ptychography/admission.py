"""What the reference backends refuse before they compute: every rule of a stage's fields, and the stage's own.

A refusal is a ``ValueError`` or ``TypeError`` whose message starts with the name of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.validate_inputs import validate_inputs
from parity_suite.core.stage import Stage
from parity_suite.ptychography.learning.architecture import SIDE_FACTOR, width_of
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.pipeline import INTERPOLATIONS, LAYOUTS


def admit(stage: Stage, inputs: Mapping[str, Any]) -> None:
    """Refuses inputs that break the contract of ``stage``; computes nothing."""
    validate_inputs(stage, inputs)
    admit_own(stage.name, inputs)


def admit_own(stage: str, inputs: Mapping[str, Any]) -> None:
    """Refuses what keeps the fields of a stage and means nothing to it."""
    own = _OWN_RULES.get(stage)
    if own:
        own(inputs)


def _probe(inputs: Mapping[str, Any]) -> None:
    probe = inputs["probe"]
    n = probe.shape[-1]
    rows, columns = np.mgrid[:n, :n] - n // 2
    lit = rows**2 + columns**2 <= (n / 4) ** 2 if inputs["masked"] else np.ones((n, n), bool)
    if not probe[:, lit].any():
        raise ValueError("probe: all zero where it is lit, so it cannot be normalised")


def _group(inputs: Mapping[str, Any]) -> None:
    points, channels = len(inputs["positions"]), int(inputs["gridsize"]) ** 2
    neighbours, draws = inputs.get("neighbours"), inputs.get("draws")
    # Under the convention that no point belongs to its own group.
    others = draws is None and inputs.get("seed") == "left out"
    if points < channels + others:
        raise ValueError(f"positions: {points} points cannot form a group of {channels}")
    if neighbours is not None and not channels <= neighbours < points:
        raise ValueError(f"neighbours: {neighbours} is not in {channels} .. {points - 1}")
    if draws is None:
        return
    if channels == 1 or neighbours is None:
        raise ValueError("draws: oversampling needs gridsize > 1 and neighbours")
    if draws.shape[2] != channels - 1:
        raise ValueError(f"draws: {draws.shape[2]} draws a group, wanted {channels - 1}")
    if draws.size and (draws.min() < 0 or draws.max() >= neighbours):
        raise ValueError(f"draws: outside 0 .. {neighbours - 1}")
    if (np.diff(np.sort(draws, axis=2), axis=2) == 0).any():
        raise ValueError("draws: a neighbour is drawn twice for one group")


def _layout(inputs: Mapping[str, Any]) -> None:
    images, channels = inputs["images"], int(inputs["gridsize"]) ** 2
    for name in ("source", "target"):
        if inputs[name] not in LAYOUTS:
            raise ValueError(f"{name}: {inputs[name]!r} is none of {', '.join(LAYOUTS)}")
    rank = 6 if inputs["source"] == "grid" else 4
    if images.ndim != rank:
        raise ValueError(f"images: rank {images.ndim}, wanted {rank} in the {inputs['source']} layout")
    counted = {"grid": images.shape[1] * images.shape[2], "channel": images.shape[-1]}
    if counted.get(inputs["source"], channels) != channels:
        raise ValueError(f"images: shape {images.shape} does not hold {channels} channels")
    if inputs["source"] == "flat" and images.shape[0] % channels:
        raise ValueError(f"images: {images.shape[0]} images do not divide into groups of {channels}")


def _translate(inputs: Mapping[str, Any]) -> None:
    chosen = inputs.get("interpolation")
    if chosen is not None and chosen not in INTERPOLATIONS:
        raise ValueError(f"interpolation: {chosen!r} is none of {', '.join(INTERPOLATIONS)}")


def _scale(inputs: Mapping[str, Any]) -> None:
    psi = inputs.get("psi")
    if psi is not None and inputs.get("learned") is None and not (psi.size and psi.any()):
        raise ValueError("psi: empty or all zero, so it gives no scale")


def _reassemble(inputs: Mapping[str, Any]) -> None:
    centre, canvas, groups = inputs["centre"], inputs["canvas"], len(inputs["patches"])
    if centre.shape not in ((2,), (groups, 1, 2, 1)):
        raise ValueError(f"centre: shape {centre.shape} is neither (2,) nor ({groups}, 1, 2, 1)")
    if len(canvas) != 2 or min(canvas) < 1:
        raise ValueError(f"canvas: {canvas!r} is not a pair of sizes (H, W)")


def _loss(inputs: Mapping[str, Any]) -> None:
    if not inputs["amplitude"].size:
        raise ValueError("amplitude: the mean over an empty batch is not defined")
    if (inputs["counts"] < 0).any():
        raise ValueError("counts: negative")


def _network(inputs: Mapping[str, Any]) -> None:
    side, channels = inputs["amplitude"].shape[2:]
    if side % SIDE_FACTOR:
        raise ValueError(f"amplitude: side {side} is not a multiple of {SIDE_FACTOR}")
    width_of(len(inputs["weights"]), channels)
    if not inputs["probe"].any():
        raise ValueError("probe: all zero")


def _objective(inputs: Mapping[str, Any]) -> None:
    counts = inputs["counts"]
    if not counts.size:
        raise ValueError("counts: the mean over an empty batch is not defined")
    if (counts < 0).any():
        raise ValueError("counts: negative")
    _network({**inputs, "amplitude": counts})
    if len(inputs["canvas"]) != 2 or min(inputs["canvas"]) < counts.shape[1]:
        raise ValueError(f"canvas: {inputs['canvas']!r} is not a pair of sizes (H, W) that hold a patch")


def _train(inputs: Mapping[str, Any]) -> None:
    _objective(inputs)
    for name in ("order", "watch"):
        value, groups = inputs[name], len(inputs["counts"])
        if value.size and (value.min() < 0 or value.max() >= groups):
            raise ValueError(f"{name}: a group outside 0 .. {groups - 1}")
    if inputs["order"].shape[0] and not inputs["order"].shape[1]:
        raise ValueError("order: a step without groups")
    if inputs.get("scale") is None and not inputs["counts"].any():
        raise ValueError("counts: all zero, so they give no scale")
    TrainingSettings.read(inputs["settings"])


_OWN_RULES: Final = {
    "probe": _probe,
    "group": _group,
    "layout": _layout,
    "scale": _scale,
    "translate": _translate,
    "reassemble": _reassemble,
    "loss": _loss,
    "network": _network,
    "objective": _objective,
    "train": _train,
}
