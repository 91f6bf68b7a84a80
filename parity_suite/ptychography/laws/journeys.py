"""The law of journeys: whatever is cut, moved and put together again, in whatever grouping, ends as it began."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.answers import consult
from parity_suite.cases.variants import rounded
from parity_suite.compare.deviation import Deviation, Outcome, deviation, with_about
from parity_suite.compare.exhibit import Artifact, Blame, Fact
from parity_suite.core.about import DRAWN
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.registry import law
from parity_suite.laws.search import Parted, fails, hunted, profile
from parity_suite.ptychography.laws.geometry import moved
from parity_suite.ptychography.laws.streams import stitched
from parity_suite.ptychography.world import rough

#: Rows and columns of the object, and the empty margin within which it is moved.
_SHAPE: Final = (21, 24)
_MARGIN: Final = 5
_STEPS: Final = 6

_STEP = st.integers(-_MARGIN, _MARGIN)
_FRACTION = st.integers(-64, 64).map(lambda k: k / 64)


class Journey(RuleBasedStateMachine):
    """An object on a canvas, and how far it has been moved from where it was."""

    subject: ClassVar[Subject]
    #: the worst of each stage over all examples
    worst: ClassVar[dict[str, Deviation]]
    #: what ended the last example, its stage and its path; hypothesis ends with the shortest one that fails
    failed: ClassVar[list[tuple[str, str, Outcome]]]

    def __init__(self) -> None:
        super().__init__()
        self.failed.clear()
        complex_type = np.result_type(self.subject.rounding, np.complex64)
        self.object = np.zeros(_SHAPE, complex_type)
        inner = tuple(size - 2 * _MARGIN for size in _SHAPE)
        bits = np.random.Generator(np.random.PCG64(21))
        self.object[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = rough(bits, inner)
        self.canvas, self.away, self.path = self.object, np.zeros(2, int), "begin"

    def _hold(self, stage: str, what: str, got: Array, want: Array) -> None:
        """Ends the example where a step gave something else than it should."""
        self.path = f"{self.path}, {what}"
        # The name that any path of the stage has: another run may be shown another one.
        found = with_about(deviation(f"{stage} on a journey", got, want), variant=DRAWN)
        if fails("translate", "journey", self.subject.precision, [found]):
            self.failed.append((stage, self.path, found))
            raise Parted
        known = self.worst.get(stage)
        if isinstance(found, Deviation) and (known is None or found.error > known.error):
            self.worst[stage] = found

    def _within(self, x: int, y: int) -> Array:
        return np.asarray(np.clip(self.away + np.array([x, y]), -_MARGIN, _MARGIN) - self.away)

    def _wanted(self) -> Array:
        return np.asarray(moved(self.object[None, :, :, None], *self.away)[0, :, :, 0])

    def _translate(self, images: Array, offsets: Array) -> Array:
        inputs = {"images": images, "offsets": offsets.astype(self.subject.rounding)}
        return np.asarray(self.subject("translate", inputs)["images"])

    @rule(x=_STEP, y=_STEP)
    def move(self, x: int, y: int) -> None:
        """Moves the whole canvas, as far as its margin goes."""
        step = self._within(x, y)
        self.canvas = self._translate(self.canvas[None, :, :, None], step[None])[0, :, :, 0]
        self.away = self.away + step
        self._hold("translate", f"move by {step}", self.canvas, self._wanted())

    @rule(steps=st.lists(st.tuples(_STEP, _STEP), min_size=1, max_size=3), copies=st.integers(1, 4))
    def scatter(self, steps: list[tuple[int, int]], copies: int) -> None:
        """Moves blocks of copies apart, each by an offset of its own, and back."""
        offsets = np.array([self._within(x, y) for x, y in steps])
        stack = np.tile(self.canvas[None, :, :, None], (len(steps) * copies, 1, 1, 1))
        there = self._translate(stack, offsets)
        # The way back alone would undo an offset that moved another block than its own.
        apart = np.concatenate([moved(self.object[None, :, :, None], *(self.away + step)) for step in offsets])
        what = f"scatter {copies} each by {offsets.tolist()}"
        self._hold("translate", what, there, np.repeat(apart, copies, axis=0))
        back = self._translate(there, -offsets)
        self._hold("translate", "gather them", back[..., 0], np.broadcast_to(self._wanted(), back.shape[:3]))
        self.canvas = back[-1, :, :, 0]

    @rule(
        side=st.integers(6, 9),
        gridsize=st.integers(1, 3),
        seed=st.integers(0, 99),
        batch=st.sampled_from([None, 1, 2, 5]),
        stream=st.booleans(),
    )
    def regroup(self, side: int, gridsize: int, seed: int, batch: int | None, stream: bool) -> None:
        """Cuts patches that cover the canvas, in groups drawn at random, and puts them together again."""
        positions = _covering(side, gridsize, seed)
        canvas = np.ascontiguousarray(self.canvas)
        given = rounded("extract", {"object": canvas, "positions": positions, "size": side}, self.subject.rounding)
        patches = self.subject("extract", given)["patches"]
        self._hold("extract", f"cut {side} x {side}", patches, consult("extract", given)["patches"])
        middle = np.array([_SHAPE[1] // 2, _SHAPE[0] // 2], self.subject.rounding)
        shared = {"patches": patches, "positions": given["positions"], "centre": middle, "canvas": _SHAPE}
        if self.subject.outside("reassemble", shared):
            return
        if stream and batch and self.subject.provides("reassemble_stream"):
            chunks = (
                (patches[i : i + batch], given["positions"][i : i + batch]) for i in range(0, len(patches), batch)
            )
            got = stitched(self.subject, chunks, middle, _SHAPE)
        else:
            taken = {} if "batch" in self.subject.lacks("reassemble") else {"batch": batch}
            got = self.subject("reassemble", shared | taken)
        what = f"put together in groups of {gridsize**2}, {'as a stream' if stream else 'batch'} {batch}"
        self._hold("reassemble", what, got["canvas"], self._wanted())
        self.canvas = got["canvas"]

    @rule(x=_FRACTION, y=_FRACTION)
    def glance(self, x: float, y: float) -> None:
        """A patch cut between pixels is the same patch cut from the object moved the other way."""
        side, at = 9, np.array([11.0, 10.0])
        cut = {"object": np.ascontiguousarray(self.canvas), "size": side}
        here = (at + np.array([x, y])).reshape(1, 1, 2, 1).astype(self.subject.rounding)
        between = self.subject("extract", {**cut, "positions": here})["patches"]
        shifted = self._translate(self.canvas[None, :, :, None], np.array([[-x, -y]]))[0, :, :, 0]
        wanted = consult("translate", {"images": self.canvas[None, :, :, None], "offsets": np.array([[-x, -y]])})
        self._hold("translate", f"move by {-x}, {-y}", shifted, wanted["images"][0, :, :, 0])
        rows, columns = (slice(int(p) - side // 2, int(p) - side // 2 + side) for p in at[::-1])
        self._hold("extract", f"cut at {x}, {y}", between[0, :, :, 0], shifted[rows, columns])

    def teardown(self) -> None:
        """Moves the object back, which is then what it was."""
        if not self.failed:
            home = self._translate(self.canvas[None, :, :, None], -self.away[None])[0, :, :, 0]
            self._hold("translate", "home", home, self.object)


def _covering(side: int, gridsize: int, seed: int) -> Array:
    """Whole positions (B, 1, 2, C) of patches that leave no pixel of the canvas out, some of them twice."""
    spots = [np.unique([*range(side // 2, size, side - 2), size - side + side // 2]) for size in _SHAPE[::-1]]
    points = np.stack(np.meshgrid(*spots), axis=-1).reshape(-1, 2).astype(np.float64)
    channels = gridsize**2
    bits = np.random.Generator(np.random.PCG64(seed))
    order = np.concatenate([bits.permutation(len(points)), bits.integers(0, len(points), -len(points) % channels)])
    grouped = points[order].reshape(-1, channels, 2)
    return np.ascontiguousarray(np.moveaxis(grouped, 2, 1)[:, None])


@law(
    stages=("translate",),
    cases="single",
    needs=("extract", "reassemble"),
    precisions=("float32",),
    searches=True,
    traits=LawTraits(other_sizes=True),
)
def journey(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """A sequence of cutting, moving and putting together in random groups, batches and chunks ends with the object it
    began with; a failure is the shortest sequence that hypothesis found.
    """
    members: dict[str, Any] = {"subject": subject, "worst": {}, "failed": [], "__module__": __name__}
    machine = type("Journey", (Journey,), members)
    steps = settings(profile(), stateful_step_count=_STEPS)
    beside = hunted(lambda: run_state_machine_as_test(machine, settings=steps))
    yield from members["worst"].values()
    yield from beside
    for blamed, path, found in members["failed"]:
        yield found
        yield Fact("journey", path)
        yield Blame(blamed)
