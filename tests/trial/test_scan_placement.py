"""Positions that are scaled, turned, sheared or moved as a whole: said, and brought to where the frames fit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scans import Arrays, arrays_of, as_scan, blind, tried
from thinning import thinned

from parity_suite.ptychography.trial.excess import excess_of
from parity_suite.ptychography.trial.placement import fit_map
from parity_suite.ptychography.trial.repairs import FIT, mended
from parity_suite.ptychography.trial.survey import survey_of
from parity_suite.ptychography.trial.verdict import TrialVerdict

NUMBER = r"[-+]?\d+(?:\.\d+)?"
#: The map by which positions are off, and what is said of the way back.
OFF: dict[str, tuple[list[list[float]], tuple[float, float], str]] = {
    "scaled": ([[1.03, 0], [0, 1.03]], (0, 0), "0.971 times as far apart"),
    "turned": ([[0.99939, -0.0349], [0.0349, 0.99939]], (0, 0), "turned by -2 degrees"),
    "sheared": ([[1, 0.05], [0, 1]], (0, 0), "sheared by 0.025"),
    "moved": ([[1, 0], [0, 1]], (3, -2), "moved by -3 in x and +2 in y"),
}


def _off(good: Arrays, kind: str) -> Arrays:
    matrix, shift, _ = OFF[kind]
    positions = np.stack([good["xcoords"], good["ycoords"]], axis=1)
    middle = positions.mean(axis=0)
    x, y = ((positions - middle) @ np.array(matrix).T + middle + shift).T
    return {**good, "xcoords": x, "ycoords": y}


def assert_mapped(good: Arrays, kind: str, error: float) -> None:
    bad = _off(good, kind)
    found = tried(bad)
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.kind for one in found.reasons if one.kind != "excess"] == ["positions"]
    assert re.sub(NUMBER, "_", OFF[kind][2]) in re.sub(NUMBER, "_", found.reasons[0].words)
    said = [float(number) for number in re.findall(NUMBER, found.reasons[0].words)]
    assert all(any(abs(one - float(number)) <= error for one in said) for number in re.findall(NUMBER, OFF[kind][2]))
    assert [one.names for one in found.answers] == [(FIT,)]
    after, before = mended(as_scan(bad), (FIT,)), as_scan(good)
    left, right = (excess_of(one, survey_of(one)).typical for one in (after, before))
    assert left <= 1.05 * right + 2e-4


@pytest.mark.parametrize("kind", thinned(OFF, 4))
def test_a_map_of_all_positions_is_found_and_mended(kind: str) -> None:
    assert_mapped(arrays_of("field64", 1e5), kind, 0.006)


@pytest.mark.long
@pytest.mark.parametrize("kind", OFF)
def test_that_of_the_measured_star_is_too(middle: Arrays, kind: str) -> None:
    # Its own positions were measured.
    assert_mapped(middle, kind, 0.2 if kind in ("turned", "moved") else 0.006)


def test_of_positions_on_a_line_nothing_is_made_up_across_it() -> None:
    line = np.stack([np.arange(12.0), np.full(12, 5.0)], axis=1)
    found = fit_map(line, (line - line.mean(axis=0)) * [1.03, 1] + line.mean(axis=0), line.mean(axis=0))
    assert np.allclose(found.matrix, np.diag([1.03, 1]))
    assert np.allclose(found.shift[1], 0)


def test_frames_far_from_the_map_do_not_move_it() -> None:
    places = np.random.default_rng(2).uniform(0, 60, (24, 2))
    best = places * 1.03
    best[:4] += 7
    middle = places.mean(axis=0)
    assert np.allclose(fit_map(places, best, middle).matrix, np.eye(2) * 1.03, atol=0.002)


def test_nothing_is_moved_where_nothing_fits_better() -> None:
    good = arrays_of("modes64", 1e5)
    with pytest.raises(ValueError, match="no scale, turn or shift"):
        mended(as_scan(good), (FIT,))
    with pytest.raises(ValueError, match="no object"):
        mended(as_scan(blind(good)), (FIT,))
