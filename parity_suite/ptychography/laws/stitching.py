"""The law of evaluation batching: whatever the size of a split, of its batches and of its chunks, and wherever it lies,
it is stitched as in one shot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import rounded
from parity_suite.compare.deviation import BrokenRule, Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.laws.registry import law
from parity_suite.ptychography.canvases import compare_canvas
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.laws.streams import stitched
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.world import rough

BATCH: Final = 4
#: Groups of the train and of the test split, which differ: one remainder of a batch of four after the other.
SIZES: Final = ((8, 5), (9, 6), (10, 7), (11, 4))
#: Where the splits of the history lay, [x, y] in pixels, and how far they reached around it.
SPLITS: Final = {"train": ((185.0, 161.0), 72.0), "test": ((273.0, 290.0), 86.0)}


@dataclass(frozen=True, eq=False)
class Split:
    """Some groups, a canvas that clips none of them, and what the oracle makes of them in one shot."""

    label: str
    patches: Array
    positions: Array
    centre: Array
    canvas: tuple[int, int]
    expected: Mapping[str, Any]

    @property
    def inputs(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("patches", "positions", "centre", "canvas")} | {"batch": None}


def split_of(label: str, patches: Array, positions: Array, precision: str) -> Split:
    """A split around the mean of its positions."""
    centre = positions.mean(axis=(0, 1, 3))
    given = rounded("reassemble", {"patches": patches, "positions": positions, "centre": centre}, precision)
    canvas = canvas_for(given["positions"], given["centre"], patches.shape[1])
    want = Oracle().reassemble(**given, canvas=canvas)
    return Split(label, given["patches"], given["positions"], given["centre"], canvas, want)


@law(stages=("reassemble",), cases="single")
def remainders(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Train and test splits of different sizes and far from the centre, at gridsize 1, 2 and 3, leave every remainder
    of a batch of four: in one shot, in batches, and as a stream with an empty chunk at its end they give one canvas,
    which keeps the weight of every patch.
    """
    for gridsize in (1, 2, 3):
        for sizes in SIZES:
            for (name, (middle, spread)), size in zip(SPLITS.items(), sizes, strict=True):
                bits = np.random.Generator(np.random.PCG64([gridsize, size, int(middle[0])]))
                drawn = bits.uniform(-spread, spread, (size, 1, 2, gridsize**2)) / 3 + np.reshape(middle, (1, 1, 2, 1))
                # On a grid that float32 holds; a shift of all of them is then exact.
                positions = np.round(drawn * 64) / 64
                patches = rough(bits, (size, 9, 9, gridsize**2))
                split = split_of(f"{name} split of {size} at gridsize {gridsize}", patches, positions, subject.rounding)
                yield from _one_canvas(subject, split)


def _one_canvas(subject: Subject, split: Split) -> Iterator[Outcome]:
    patches, positions = split.patches, split.positions
    ways = {
        "one shot": subject("reassemble", split.inputs),
        "in batches": subject("reassemble", {**split.inputs, "batch": BATCH}),
    }
    if subject.provides("reassemble_stream"):
        chunks = ((patches[part], positions[part]) for part in chunks_of(len(patches)))
        ways["stream"] = stitched(subject, chunks, split.centre, split.canvas)
    for way, got in ways.items():
        yield from kept(f"{split.label}, {way}", got, split)


def chunks_of(size: int) -> Iterator[slice]:
    """Batches of a split of so many groups, an empty one at the end."""
    return (slice(start, start + BATCH) for start in [*range(0, size + 1, BATCH), size])


def blank_pixels(got: Mapping[str, Any], want: Mapping[str, Any]) -> int:
    """How many pixels of a canvas are zero where the patches that cover them are not."""
    covered = np.asarray(want["count"]) >= 0.5
    return int(np.count_nonzero((np.asarray(got["canvas"]) == 0) & covered & (np.asarray(want["canvas"]) != 0)))


def kept(label: str, got: Mapping[str, Any], split: Split) -> Iterator[Outcome]:
    """A canvas is that of one shot, holds the weight of every patch, and is nowhere blank where patches lie."""
    terms = split.patches.shape[0] * split.patches.shape[3]
    for name in ("numerator", "count"):
        yield deviation(f"{name} of the {label}", got[name], split.expected[name], terms=terms)
    yield from compare_canvas(f"canvas of the {label}", got, split.expected)
    weight = float(split.patches.size)
    kept = np.sum(got["count"], dtype=np.float64)
    yield deviation(f"weight on the canvas of the {label}", kept, weight, terms=split.patches.size)
    yield exactly(f"blank pixels among the covered of the {label}", blank_pixels(got, split.expected), 0)
    if not np.any(split.expected["canvas"]):
        yield BrokenRule(f"the {label} is blank, so that it proves nothing", "contract")
