"""Frames that were exposed longer than the others, and light that lies on every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from scans import Arrays, arrays_of, blind, tried

from parity_suite.ptychography.trial.exposures import exposures_of
from parity_suite.ptychography.trial.verdict import Trial, TrialVerdict

DRAWN = np.random.default_rng(3)


def test_two_exposures_are_told_by_their_power() -> None:
    power = DRAWN.normal(1, 0.02, 60) * np.where(np.arange(60) < 20, 1.3, 1)
    found = exposures_of(power)
    assert found is not None
    assert (found.brighter, found.frames) == (20, 60)
    assert found.ratio == pytest.approx(1.3, rel=0.02)


@pytest.mark.parametrize(
    "power",
    [
        DRAWN.normal(1, 0.02, 60),
        DRAWN.uniform(1, 2, 60),
        DRAWN.exponential(1, 60),
        # Drops and no more: too few, or too little.
        np.where(np.arange(60) < 3, 2.0, 1.0),
        np.where(np.arange(60) < 30, 1.05, 1.0),
        np.array([1.0, 2.0]),
        np.zeros(9),
    ],
    ids=["one", "all", "tail", "few", "little", "two", "dark"],
)
def test_one_exposure_is_none_of_two(power: np.ndarray) -> None:
    assert exposures_of(power) is None


def test_a_specimen_that_absorbs_in_one_half_is_no_exposure() -> None:
    # Frames at its rim see both halves.
    parts = [DRAWN.normal(1, 0.01, 25), DRAWN.uniform(1, 1.4, 10), DRAWN.normal(1.4, 0.01, 25)]
    assert exposures_of(np.concatenate(parts), expected=False) is None


def _of(kind: str, good: Arrays) -> Arrays:
    amplitude = good["diff3d"].astype(np.float64)
    place = np.arange(len(amplitude))[:, None, None]
    if kind == "background":
        counts = amplitude**2
        return {**good, "diff3d": np.sqrt(counts + 0.03 * counts.mean()).astype(np.float32)}
    longer = place % 2 == 0 if kind == "every second" else place < len(amplitude) // 2
    return {**good, "diff3d": (amplitude * np.where(longer, np.sqrt(1.3), 1)).astype(np.float32)}


def assert_only(found: Trial, kind: str) -> None:
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.kind for one in found.reasons] == [kind]
    assert found.answers == ()


@pytest.mark.parametrize(("kind", "reason"), [("first half", "exposures"), ("background", "background")])
def test_light_that_is_not_of_probe_and_object_is_suspect(kind: str, reason: str) -> None:
    found = tried(_of(kind, arrays_of("field64", 1e5)))
    assert_only(found, reason)
    ((_, number),) = [one for one in found.reasons[0].numbers.items() if one[0] in ("ratio", "share")]
    assert number == pytest.approx(1.3 if reason == "exposures" else 0.03, rel=0.1)


@pytest.mark.parametrize(("kind", "reason"), [("every second", "exposures"), ("background", "background")])
def test_it_is_suspect_without_an_object(kind: str, reason: str) -> None:
    found = tried(blind(_of(kind, arrays_of("field64", 1e5))))
    assert reason in {one.kind for one in found.reasons}
    assert found.verdict is TrialVerdict.SUSPECT


@pytest.mark.parametrize("deviation", [0.05, 0.4])
def test_exposures_that_vary_from_frame_to_frame_are_suspect(deviation: float) -> None:
    good = arrays_of("field64", 1e5)
    bits = np.random.default_rng(8)
    times = 1 + deviation * np.sqrt(3) * bits.uniform(-1, 1, len(good["diff3d"]))
    found = tried({**good, "diff3d": (good["diff3d"] * np.sqrt(times)[:, None, None]).astype(np.float32)})
    if deviation < 0.1:
        # As a beam does.
        assert found.verdict is TrialVerdict.BELIEVED
    else:
        assert_only(found, "exposures")
        assert "their exposures differ" in found.reasons[0].words
