"""Lessons: what training is given is what was measured of the object, at every gridsize, and the same every time."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.ptychography.learning.architecture import size
from parity_suite.ptychography.lessons import TrainingTask, lesson
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import GUARDED, LESSONS

CONTEXT = RunContext()

CASES = (*LESSONS, *GUARDED)

#: sha256 of counts, positions times 256 and order, as whole numbers; the positions have eight bits of fraction.
DIGESTS = {
    "lesson16.g1": "cb30a1c4ec0ae8b0ddc192bc978ed0e9f8bd51c0482350a381316defba60a999",
    "lesson16.g2": "45d19e2b7a4d29375f1726894881394df339515de205ea22cf6ff1ad0d26ece0",
    "lesson16.g3": "5a65da032b0c5d899cf0d3dd4d8a2f3dd8504972d9bb22184ae952ddd22878f9",
    "lesson32.g1": "0c6a3634eb82163a8a91784a0c39d86b617a468404bb73059f3a9499a301d351",
    "lesson32.g2": "b95ad708da6cb156df67b316fc0d812e5d886ed736ffb7462cddd6a4e12b534c",
    "lesson32.g3": "af7ce2a80c802d537baf41f62f9bdd7762678578dbf59bcb4c8d9898497c137b",
}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.delenv("PARITY_SEED", raising=False)
    chosen: Case = request.param
    return chosen


@pytest.fixture
def given(case: Case) -> TrainingTask:
    """The lesson as it is made of nothing that was kept."""
    return lesson(RunContext(), case)


def _digest(given: TrainingTask) -> str:
    whole = (given.counts, given.positions * 256, given.order)
    for array in whole:
        assert np.array_equal(array, np.rint(array))
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).astype("<i8").tobytes() for a in whole)).hexdigest()


def test_the_arrays_fit_each_other(case: Case, given: TrainingTask) -> None:
    groups, side, channels = len(given.counts), case.size("N"), case.size("C")
    assert given.counts.shape == (groups, side, side, channels)
    assert given.positions.shape == (groups, 1, 2, channels)
    assert given.centres.shape == (groups, 1, 2, 1)
    assert given.weights.shape == (size(channels),)
    assert given.need_truth().shape == given.counts.shape


def test_a_lesson_is_the_same_every_time(case: Case, given: TrainingTask) -> None:
    assert _digest(given) == DIGESTS[case.name]


def test_counts_are_whole_and_some_pixels_have_none(given: TrainingTask) -> None:
    assert given.counts.dtype == np.float64
    assert given.counts.min() == 0
    assert np.array_equal(given.counts, np.rint(given.counts))
    assert np.allclose(given.amplitude**2, given.counts, rtol=1e-15, atol=0)


def test_counts_are_poisson_of_the_true_patches_under_the_probe(case: Case, given: TrainingTask) -> None:
    oracle = Oracle()
    shape = oracle.diffract(oracle.illuminate(given.need_truth(), given.probe)) ** 2
    rate = shape * given.counts.sum() / shape.sum()
    bright = rate > 5
    chi_square = np.mean((given.counts - rate)[bright] ** 2 / rate[bright])
    # The mean of (n - r)^2 / r over k pixels has a variance of some 2 / k.
    assert abs(chi_square - 1) < 5 * np.sqrt(2 / bright.sum()) + 0.01
    if case.size("C") > 1:
        assert not np.array_equal(given.truth[..., 0], given.truth[..., 1])  # type: ignore[index]


def test_the_truth_is_the_object_at_the_positions(given: TrainingTask) -> None:
    # Pixel N//2 lies at the position: by the four neighbours of one pixel, weighed by hand.
    true, side = given.need_object(), given.counts.shape[1]
    for group, channel, row, column in ((0, 0, 3, 5), (7, given.counts.shape[3] - 1, 10, 2)):
        x, y = given.positions[group, 0, :, channel] + np.array([column, row]) - side // 2
        left, top = int(np.floor(x)), int(np.floor(y))
        u, v = x - left, y - top
        (a, b), (c, d) = true[top : top + 2, left : left + 2]
        want = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
        assert given.need_truth()[group, row, column, channel] == pytest.approx(want, abs=1e-12)


def test_the_canvas_holds_every_patch(given: TrainingTask) -> None:
    # The weight of a stitched patch is 1 a pixel; what falls off a canvas is missing from the sum.
    ones = np.ones(given.counts.shape, complex)
    height, width = given.canvas
    held = Oracle().reassemble(ones, given.positions, given.centres, given.canvas)["numerator"].real.sum(axis=(1, 2))
    assert held == pytest.approx(np.full(len(ones), ones[0].size))
    smaller = Oracle().reassemble(ones, given.positions, given.centres, (height - 2, width - 2))["numerator"]
    assert smaller.real.sum(axis=(1, 2)).min() < ones[0].size - 0.5


def test_every_epoch_takes_each_group_once_and_in_another_order(given: TrainingTask) -> None:
    groups, taken = len(given.counts), given.order.ravel()
    epochs = [taken[start : start + groups] for start in range(0, len(taken), groups)]
    whole = [epoch for epoch in epochs if len(epoch) == groups]
    assert len(whole) >= 2
    assert all(np.array_equal(np.sort(epoch), np.arange(groups)) for epoch in whole)
    assert len(np.unique(epochs[-1])) == len(epochs[-1])
    assert len({tuple(epoch) for epoch in whole}) == len(whole)


def test_a_gridsize_has_weights_and_order_of_its_own() -> None:
    orders = [lesson(CONTEXT, case).order for case in LESSONS]
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_inputs_are_rounded_and_counts_are_not(precision: str) -> None:
    given = lesson(CONTEXT, LESSONS[1])
    inputs = given.inputs(precision, scale=2.5)
    wide = np.result_type(precision, np.complex64)
    assert inputs["probe"].dtype == wide
    assert np.array_equal(inputs["probe"], given.probe.astype(wide))
    assert inputs["weights"].dtype == precision
    assert inputs["counts"].dtype == np.float64
    assert inputs["scale"] == 2.5
    assert np.array_equal(inputs["watch"], np.arange(24))
    assert inputs["settings"] == given.settings.to_json()
