"""What is odd about frames and pixels is told by its own name, and of a long scan in the part that is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, blind, spoil, tried

from parity_suite.ptychography.datasets import frames
from parity_suite.ptychography.trial import survey
from parity_suite.ptychography.trial.verdict import TrialVerdict


def test_frames_that_were_written_twice_are_suspect(cone: Arrays) -> None:
    twice = cone["diff3d"].copy()
    twice[[20, 31]] = twice[[19, 4]]
    found = tried(blind({**cone, "diff3d": twice}))
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.words for one in found.reasons] == [
        "frames hold the very counts of earlier ones at other positions: 20, 31"
    ]
    # Twice at one place, or without photon noise, it can be so.
    places = {name: cone[name].copy() for name in ("xcoords", "ycoords")}
    for one in places.values():
        one[[20, 31]] = one[[19, 4]]
    assert tried(blind({**cone, **places, "diff3d": twice})).verdict is TrialVerdict.BELIEVED


def test_amplitudes_that_were_rounded_are_no_intensities(cone: Arrays) -> None:
    rounded = {**cone, "diff3d": np.rint(cone["diff3d"])}
    for one in (rounded, blind(rounded)):
        found = tried(one)
        assert "rounded" in [reason.kind for reason in found.reasons]
        assert "root" not in [name for answer in found.answers for name in answer.names]


def test_a_pixel_that_one_frame_alone_saw_takes_the_frame_away(cone: Arrays) -> None:
    struck = cone["diff3d"].copy()
    struck[7, 3, 5] = 30 * struck.max()
    (answer,) = tried(blind({**cone, "diff3d": struck})).answers
    assert answer.names == ("drop_frames",)


@pytest.mark.parametrize("kind", ["gap", "intensity"])
def test_the_cause_is_told_before_what_follows_from_it(middle: Arrays, kind: str) -> None:
    kinds = [one.kind for one in tried(spoil(kind, middle)).reasons]
    assert kinds[0] == {"gap": "pixels", "intensity": "squares"}[kind]
    assert "excess" in kinds[1:]


def test_of_a_long_scan_part_is_judged_and_the_power_of_all(cone: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "JUDGED_PIXELS", cone["diff3d"].size // 3)
    monkeypatch.setattr(frames, "_BLOCK", 4 * cone["diff3d"][0].size)
    for one in (cone, blind(cone)):
        assert tried(one).verdict is TrialVerdict.BELIEVED
    found = tried(cone)
    assert 0.2 * len(cone["xcoords"]) < found.judged < 0.5 * len(cone["xcoords"])
    assert any(line.startswith(f"  {found.judged} of 64 frames were held against") for line in found.lines(Path("a")))
    for place in range(3):
        # In a part or not.
        dark = cone["diff3d"].copy()
        dark[place] = 0
        assert [one.names for one in tried({**cone, "diff3d": dark}).answers] == [("drop_frames",)]
    assert tried(spoil("upside down", cone)).answers[0].names == ("flipud",)
