"""Inputs of a stage as a code may misread them in ways that their fields do not tell."""

from __future__ import annotations

import numpy as np

from parity_suite.cases.input_hypothesis import Inputs


def about_middle(inputs: Inputs) -> Inputs:
    height, width = inputs["object"].shape
    middle = np.array([width // 2, height // 2]).reshape(1, 1, 2, 1)
    return {**inputs, "positions": 2 * middle - inputs["positions"]}


def clipped(inputs: Inputs) -> Inputs:
    half = np.array(inputs["images"].shape[2:0:-1]) / 2
    return {**inputs, "offsets": np.clip(inputs["offsets"], -half, half)}


def tiled(inputs: Inputs) -> Inputs | None:
    offsets, count = inputs["offsets"], len(inputs["images"])
    return {**inputs, "offsets": np.tile(offsets, (count // len(offsets), 1))} if 0 < len(offsets) < count else None
