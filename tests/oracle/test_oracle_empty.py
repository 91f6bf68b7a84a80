"""None in, none out: an empty batch goes through every stage with the axes that a full one would have."""

from __future__ import annotations

import numpy as np

from parity_suite.ptychography.oracle import Oracle


def test_stages_keep_the_other_axes_of_an_empty_batch(oracle: Oracle) -> None:
    patches, positions = np.zeros((0, 5, 5, 4), complex), np.zeros((0, 1, 2, 4))
    assert oracle.extract(np.zeros((9, 8), complex), positions, 5).shape == (0, 5, 5, 4)
    assert oracle.illuminate(patches, np.ones((3, 5, 5), complex)).shape == (0, 3, 5, 5, 4)
    assert oracle.diffract(np.zeros((0, 3, 5, 5, 4), complex)).shape == (0, 5, 5, 4)
    assert oracle.observe(np.zeros((0, 5, 5, 4)), 2.0, 1).shape == (0, 5, 5, 4)
    assert oracle.translate(np.zeros((0, 5, 6, 1), complex), np.zeros((0, 2))).shape == (0, 5, 6, 1)
    assert {value.shape for value in oracle.stats(patches).values()} == {(0, 4)}


def test_no_patches_leave_an_empty_canvas(oracle: Oracle) -> None:
    patches, positions = np.zeros((0, 5, 5, 4), complex), np.zeros((0, 1, 2, 4))
    common = oracle.reassemble(patches, positions, np.array([3.0, 4.0]), (9, 8))
    assert {value.shape for value in common.values()} == {(9, 8)}
    assert not any(value.any() for value in common.values())
    own = oracle.reassemble(patches, positions, np.zeros((0, 1, 2, 1)), (9, 8))
    assert {value.shape for value in own.values()} == {(0, 9, 8)}


def test_no_scan_points_make_no_groups(oracle: Oracle) -> None:
    result = oracle.group(np.zeros((0, 2)), 2)
    assert [result[name].shape for name in ("indices", "coords_offsets", "coords_relative")] == [
        (0, 4),
        (0, 1, 2, 1),
        (0, 1, 2, 4),
    ]
