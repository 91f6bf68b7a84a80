"""Inputs of a stage as a code may misread them in ways that their fields do not tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_suite.cases.hypotheses import Inputs


def about_middle(inputs: Inputs) -> Inputs:
    height, width = inputs["object"].shape
    middle = np.array([width // 2, height // 2]).reshape(1, 1, 2, 1)
    return {**inputs, "positions": 2 * middle - inputs["positions"]}


def of_corner(side: Callable[[Inputs], int], inputs: Inputs) -> Inputs:
    """Positions taken for those of the first pixel of a patch, whose ``side`` is told by the inputs."""
    return {**inputs, "positions": inputs["positions"] + side(inputs) // 2}


def from_middle(shape: Callable[[Inputs], tuple[int, ...]], sign: int, inputs: Inputs) -> Inputs:
    """Positions taken from the middle of a plane in the place of its first pixel, or with ``sign`` -1 the reverse."""
    height, width = shape(inputs)
    middle = np.array([width // 2, height // 2]).reshape(1, 1, 2, 1)
    return {**inputs, "positions": inputs["positions"] + sign * middle}


def clipped(inputs: Inputs, share: float = 0.5, more: float = 0.0, swapped: bool = False) -> Inputs:
    """Offsets held within a share of the image's sides and some pixels more, or each within the other's."""
    sides = inputs["images"].shape[1:3] if swapped else inputs["images"].shape[2:0:-1]
    reach = share * np.array(sides) + more
    return {**inputs, "offsets": np.clip(inputs["offsets"], -reach, reach)}


def short_to_nearest(inputs: Inputs) -> Inputs:
    """Offsets without their last digits where they go to the nearest pixel: what is nearly a half becomes one."""
    chosen = inputs.get("interpolation") == "nearest"
    return {**inputs, "offsets": inputs["offsets"].astype(np.float32).astype(np.float64)} if chosen else inputs


def tiled(inputs: Inputs) -> Inputs | None:
    offsets, count = inputs["offsets"], len(inputs["images"])
    return {**inputs, "offsets": np.tile(offsets, (count // len(offsets), 1))} if 0 < len(offsets) < count else None
