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
    """Their centre is the mean of the positions: empty patches at the mirrored ones make it ours. Two more, as far as a
    multiple of 16, make few sizes of a canvas of many, for each of which it is compiled anew. Theirs is as wide as the
    farthest patch is away: one that does not reach ours is left out.
    """
    side = patches.shape[1]
    flat = np.moveaxis(patches, 3, 1).reshape(-1, side, side, 1)
    here = np.moveaxis(positions, 3, 1).reshape(-1, 2).astype(np.float64)
    near = np.abs(here - centre).max(axis=1) <= max(canvas) + side
    flat, here = flat[near], here[near]
    reach = 16 * np.ceil(np.abs(here - centre).max(initial=1) / 16)
    there = np.concatenate([here, 2 * centre - here, centre + np.array([[reach, 0], [-reach, 0]])])[:, None, None]
    with configured(N=side):
        empty = np.zeros((len(there) - len(flat), side, side, 1), flat.dtype)
        stacks = (np.concatenate([one, empty]) for one in (flat, np.ones_like(flat)))
        numerator, count = (tf_helper.shift_and_sum(one, there, M=side).numpy() for one in stacks)
    found = {"numerator": numerator, "count": count.real, "canvas": numerator / (1e-9 + count)}
    return {name: window(value[..., 0], canvas) for name, value in found.items()}
