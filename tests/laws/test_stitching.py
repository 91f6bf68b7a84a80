"""Splits with remainders: the right backend is green, and each way to lose the last batch is red and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, finding_of, subject_of

from parity_suite.compare.deviation import BrokenRule, Deviation
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ptychography.laws.stitching import BATCH, SIZES, chunks_of, kept, split_of


class Dropping(Plain):
    """Leaves out the last batch where it is partial."""

    def cut(self, patches: Any, positions: Any, batch: int) -> Any:
        return super().cut(patches[: len(patches) // batch * batch], positions, batch)


class Streamless(Dropping):
    """The same in a stream alone."""

    cut = Plain.cut

    def reassemble_stream(self, chunks: Any, *rest: Any) -> Any:
        return super().reassemble_stream((one for one in chunks if len(one[0]) == BATCH), *rest)


class Crashing(Plain):
    """Reshapes a chunk to groups of as many rows as it has, which of none nobody can tell."""

    def add(self, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int]) -> Any:
        groups = patches.reshape(len(patches), -1)
        return super().add(groups.reshape(patches.shape), positions, centre, canvas)


class Drifting(Plain):
    """Centres what it holds on the mean of its own positions."""

    def add(self, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int]) -> Any:
        own = positions.mean(axis=(0, 1, 3)) if len(positions) else centre
        return super().add(patches, positions, own, canvas)


class Uncentred(Plain):
    """Forgets the centre, so that what lies far off falls beside the canvas."""

    def reassemble(self, patches: Any, positions: Any, centre: Any, *rest: Any, **named: Any) -> Any:
        return super().reassemble(patches, positions, np.zeros_like(centre), *rest, **named)


class Blank(Plain):
    """Sums and counts well, and shows nothing."""

    def reassemble(self, *given: Any, **named: Any) -> Any:
        found = super().reassemble(*given, **named)
        return {**found, "canvas": np.zeros_like(found["canvas"])}


class Refusing(Plain):
    """Knows no stream."""

    reassemble_stream = None  # type: ignore[assignment]


def _remainders(cls: type[Any], precision: str = "float32") -> Finding:
    return finding_of(cls, "reassemble", "remainders", CASE, precision)


def _red(found: Finding) -> set[str]:
    return {one.output for one in found.measured if not one.within}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_right_backend_is_green_in_every_way(precision: str) -> None:
    found = _remainders(Plain, precision)
    assert found.verdict is Verdict.OK, found.reason
    for gridsize in (1, 2, 3):
        for way in ("one shot", "in batches", "stream"):
            for split, place in (("train", 0), ("test", 1)):
                for sizes in SIZES:
                    label = f"count of the {split} split of {sizes[place]} at gridsize {gridsize}, {way}"
                    assert label in {one.output for one in found.measured}


def test_a_last_partial_batch_that_is_dropped_is_red_where_there_is_one() -> None:
    found = _remainders(Dropping)
    assert found.verdict is Verdict.SEMANTIC
    red = _red(found)
    assert all(label.endswith("in batches") for label in red)
    assert {int(label.split(" split of ")[1].split()[0]) for label in red} == {5, 6, 7, 9, 10, 11}
    assert "weight on the canvas of the train split of 9 at gridsize 1, in batches" in red


def test_a_stream_that_drops_it_is_red_in_the_stream_alone() -> None:
    found = _remainders(Streamless)
    assert found.verdict is Verdict.SEMANTIC
    assert all(label.endswith("stream") for label in _red(found))


def test_a_crash_on_an_empty_chunk_is_an_error() -> None:
    found = _remainders(Crashing)
    assert found.verdict is Verdict.ERROR
    assert found.reason.startswith("ValueError: cannot reshape array of size 0")


def test_batches_that_centre_themselves_are_red() -> None:
    found = _remainders(Drifting)
    assert found.verdict is Verdict.SEMANTIC
    red = _red(found)
    assert not any(label.endswith("one shot") for label in red)
    assert any(label.endswith("stream") for label in red)
    assert any(label.endswith("in batches") for label in red)
    # One batch of all is centred where it should be.
    assert not any("split of 4 " in label and label.endswith("in batches") for label in red)


@pytest.mark.parametrize("cls", [Uncentred, Blank])
def test_what_is_blank_is_named_as_such(cls: type[Any]) -> None:
    found = _remainders(cls)
    assert found.verdict is Verdict.SEMANTIC
    assert "blank pixels among the covered of the test split of 5 at gridsize 2, one shot" in _red(found)


def test_a_backend_without_a_stream_is_judged_by_the_rest() -> None:
    found = _remainders(Refusing)
    assert found.verdict is Verdict.OK
    assert not any("stream" in one.output for one in found.measured)


def test_the_sizes_leave_every_remainder_in_both_splits_and_the_last_chunk_is_empty() -> None:
    for split in zip(*SIZES, strict=True):
        assert {size % BATCH for size in split} == set(range(BATCH))
    for size in {size for sizes in SIZES for size in sizes}:
        parts = [range(size)[part] for part in chunks_of(size)]
        assert [row for part in parts for row in part] == list(range(size))
        assert len(parts[-1]) == 0
        assert max(len(part) for part in parts) == BATCH


def test_a_split_that_is_blank_proves_nothing() -> None:
    patches = np.zeros((2, 4, 4, 1), complex)
    split = split_of("dark split", patches, np.arange(4.0).reshape(2, 1, 2, 1) ** 2, "float64")
    outcomes = list(kept("dark split", split.expected, split))
    assert BrokenRule("the dark split is blank, so that it proves nothing", "contract") in outcomes


def test_a_canvas_that_clips_nothing_keeps_the_weight_of_every_patch() -> None:
    bits = np.random.default_rng(3)
    patches = bits.normal(size=(5, 9, 9, 4)) + 1j
    positions = np.round(bits.uniform(200, 300, (5, 1, 2, 4)) * 64) / 64
    split = split_of("far split", patches, positions, "float32")
    assert split.expected["count"].sum() == pytest.approx(patches.size, rel=1e-12)
    got = subject_of(Plain)("reassemble", split.inputs)
    less = {**got, "count": got["count"] * (np.arange(split.canvas[1]) > split.canvas[1] // 3)}
    (weight,) = [one for one in kept("far split", less, split) if getattr(one, "output", "").startswith("weight")]
    assert isinstance(weight, Deviation)
    assert weight.error > 0.1
