"""What is needed of `ptycho` beside its stages: its table of parameters, and its stitching around a given centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from glue import window
from ptycho import params, tf_helper

Array = np.ndarray[Any, Any]


@contextmanager
def configured(**values: Any) -> Iterator[None]:
    """Their dictionary of parameters with these values, put back afterwards."""
    before = dict(params.cfg)
    params.cfg.update(values)
    try:
        yield
    finally:
        params.cfg.clear()
        params.cfg.update(before)


def stitched(patches: Array, positions: Array, centre: Array, canvas: tuple[int, int]) -> Mapping[str, Array]:
    """Their centre is the mean of the positions, and their canvas as wide as the farthest patch is away: empty patches
    at the mirrored ones make it whole pixels amid them, from ours. More of them, as far as a multiple of 16, fill
    their chunks of 32: it is compiled anew for each size of a canvas and of a chunk. A patch that does not reach our
    canvas is left out.
    """
    side = patches.shape[1]
    flat = np.moveaxis(patches, 3, 1).reshape(-1, side, side, 1)
    here = np.moveaxis(positions, 3, 1).reshape(-1, 2).astype(np.float64)
    near = np.abs(here - centre).max(axis=1) <= max(canvas) + side
    flat, here = flat[near], here[near]
    amid = np.rint((here.max(0) + here.min(0)) / 2 - centre).astype(int) if len(here) else np.zeros(2, int)
    middle = centre + amid
    reach = 16 * np.ceil(np.abs(here - middle).max(initial=1) / 16)
    ends = np.tile([[reach, 0], [-reach, 0]], (16 - len(here) % 16, 1))
    there = np.concatenate([here, 2 * middle - here, middle + ends])[:, None, None]
    with configured(N=side):
        empty = np.zeros((len(there) - len(flat), side, side, 1), flat.dtype)
        stacks = (np.concatenate([one, empty]) for one in (flat, np.ones_like(flat)))
        numerator, count = (tf_helper.shift_and_sum(one, there, M=side).numpy() for one in stacks)
    found = {"numerator": numerator, "count": count.real, "canvas": numerator / (1e-9 + count)}
    return {name: window(value[..., 0], canvas, -amid[::-1]) for name, value in found.items()}
