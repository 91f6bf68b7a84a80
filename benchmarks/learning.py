"""Learning in a process of its own: ``python learning.py BACKEND MODE LESSON FOLDER`` prints seconds by step as JSON.

LESSON is a file of :func:`write`, FOLDER where the bundle is put.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from subjects import fresh

from parity_suite.engine.environment import share_threads

SIDE: Final = 64
#: Of the recipe: groups of four patches, all of them trained on once.
GROUPS: Final = 64
BATCH: Final = 8
_RECIPE: Final = "leaves64"
_ARRAYS: Final = ("counts", "positions", "centres", "probe", "weights")


def write(path: Path) -> None:
    """The lesson as a file, so that no learner spends time on making it."""
    from parity_suite.ptychography.lessons import lesson
    from parity_suite.ptychography.sizes import recipe_case

    whole = lesson(recipe_case(_RECIPE, 2, slow=False)).inputs("float32")
    order = np.random.default_rng(SIDE).permutation(GROUPS).reshape(-1, BATCH)
    part = {name: whole[name][:GROUPS] if name in _ARRAYS[:3] else whole[name] for name in _ARRAYS}
    reach = int(np.ceil(np.ptp(part["positions"], axis=(0, 1, 3)).max()))
    np.savez(path, order=order, canvas=whole["canvas"], scene=[SIDE + reach + 1] * 2, **part)


def learn(name: str, mode: str, lesson: dict[str, Any], folder: str) -> dict[str, float]:
    """Trains, saves, loads into another instance, and stitches what that one infers; seconds of each."""
    clock = Clock()
    # As a run of the suite that has the machine for itself.
    share_threads(1)
    first, second = fresh(name, mode), fresh(name, mode)
    clock.lap("import")
    given = {key: lesson[key] for key in (*_ARRAYS, "order")}
    canvas, scene = (tuple(lesson[key].tolist()) for key in ("canvas", "scene"))
    trained = first.train(**given, scale=None, watch=lesson["order"][0], canvas=canvas, settings={})
    clock.lap("train")
    first.save(folder)
    clock.lap("save")
    second.load(folder)
    clock.lap("load")
    amplitude, positions = np.sqrt(given["counts"]), given["positions"]
    chunks = ((amplitude[at : at + BATCH], positions[at : at + BATCH]) for at in range(0, GROUPS, BATCH))
    stitched = second.infer_stream(chunks, positions.mean(axis=(0, 1, 3)), scene)
    clock.lap("infer")
    _credible(trained["losses"], stitched)
    return clock.laps


class Clock:
    """Seconds from one lap to the next."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.laps[name], self._last = now - self._last, now


def _credible(losses: Any, stitched: Any) -> None:
    """A fast answer that is wrong is no figure."""
    assert len(losses) == GROUPS // BATCH
    assert losses[-1] < losses[0]
    seen = stitched["count"] > 0.5
    assert seen.mean() > 0.5
    assert np.abs(stitched["canvas"][seen]).std() > 1e-4


if __name__ == "__main__":
    with np.load(sys.argv[3]) as stored:
        data = dict(stored)
    print(json.dumps(learn(sys.argv[1], sys.argv[2], data, sys.argv[4])))
