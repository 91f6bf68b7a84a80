"""Scans that are wrong in one way or two are refused, with what would mend them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, arrays_of, as_scan, blind, spoil, tried
from thinning import thinned

from parity_suite.ptychography.trial import answers, excess, mends, search, suspects
from parity_suite.ptychography.trial.excess import excess_of
from parity_suite.ptychography.trial.far_field import FarField
from parity_suite.ptychography.trial.repairs import FIT, mended
from parity_suite.ptychography.trial.survey import survey_of
from parity_suite.ptychography.trial.trial import try_scan
from parity_suite.ptychography.trial.verdict import Trial, TrialVerdict

#: What mends each, where there is an object.
SIGHTED = {
    "intensity": "root",
    "fourth root": "square",
    "corner": "fftshift",
    "inverted": "invert_xy",
    "mirrored": "mirror_x",
    "swapped": "swap_xy",
    "swapped and inverted": "swap_xy,invert_xy",
    "inverted as swapped": "invert_xy,swap_xy",
    "upside down": "flipud",
    "left for right": "fliplr",
    "transposed": "transpose",
    "turned": "transpose,fliplr",
    "rolled": "roll_rows-3",
    "rolled askew": "roll_rows+2,roll_columns-1",
    "early": "frames+1",
    "late": "frames-1",
    "conjugate": "conjugate",
    "conjugate probe": "conjugate_probe",
    "both conjugate": "conjugate,conjugate_probe",
    "gap": "fill_pixels",
    "masked": "fill_pixels",
    "masked column": "fill_pixels",
    "dark": "drop_frames",
    "saturated": "drop_frames",
    "half of some": "drop_frames",
    "metres": "pixel_size",
    "corner and intensity": "root,fftshift",
    "upside down and inverted": "flipud,invert_xy",
    "gap upside down": "flipud,fill_pixels",
    "hot": "fill_pixels",
    "probe in the corner": "fftshift_probe",
    "reversed": "reverse_frames",
    "from the middle": "from_middle",
    "from the corner": "from_corner",
    "other sign": "swap_xy,negate_x",
    "metres and inverted": "pixel_size,invert_xy",
    "nanometres": "pixel_size",
    "micrometres": "pixel_size",
    "early and inverted": "invert_xy,frames+1",
    "rolled and swapped": "swap_xy,roll_rows-2",
    "stuck": "fill_pixels",
    "logarithm": "expm1",
    "logarithm of intensity": "exp10m1,root",
    "logarithm upside down": "expm1,flipud",
}
#: The same where there is none; what cannot be told, or not mended, is left out.
BLIND = {
    "probe in the corner": "fftshift_probe",
    "hot": "fill_pixels",
    "reversed": "reverse_frames",
    "intensity": "root",
    "corner": "fftshift",
    "inverted": "invert_xy",
    "swapped": "swap_xy",
    "upside down": "flipud",
    "transposed": "transpose",
    "rolled": "roll_rows-3",
    "conjugate probe": "conjugate_probe",
    "gap": "fill_pixels",
    "masked": "fill_pixels",
    "dark": "drop_frames",
    "saturated": "drop_frames",
    "corner and intensity": "fftshift,root",
    "upside down and inverted": "flipud,invert_xy",
    "early and inverted": "invert_xy,frames+1",
    "rolled and swapped": "roll_rows-2,swap_xy",
    "stuck": "fill_pixels",
    "logarithm": "expm1",
    "logarithm of intensity": "exp10m1,root",
    "logarithm upside down": "expm1,flipud",
}


def assert_mended(good: Arrays, bad: Arrays, names: str, found: Trial) -> None:
    assert found.verdict is TrialVerdict.REFUSED
    assert [",".join(one.names) for one in found.answers] == [names]
    answer = found.answers[0]
    if "objectGuess" in bad:
        right = excess_of(as_scan(good), survey_of(as_scan(good))).typical
        after = mended(as_scan(bad), answer.names, answer.pixel_size)
        left = excess_of(after, survey_of(after)).typical
        assert left == pytest.approx(answer.leaves)
        assert left <= 1.05 * right + 1e-4


@pytest.mark.parametrize(("kind", "names"), thinned(SIGHTED.items(), 6))
def test_what_is_wrong_with_a_synthetic_scan_is_mended(cone: Arrays, kind: str, names: str) -> None:
    bad = spoil(kind, cone)
    assert_mended(cone, bad, names, tried(bad))


@pytest.mark.long
@pytest.mark.parametrize(("kind", "names"), SIGHTED.items())
def test_what_is_wrong_with_the_measured_star_is_mended(middle: Arrays, kind: str, names: str) -> None:
    bad = spoil(kind, middle)
    assert_mended(middle, bad, names, tried(bad))


@pytest.mark.parametrize(("kind", "names"), thinned(BLIND.items(), 7))
def test_it_is_mended_without_an_object(cone: Arrays, kind: str, names: str) -> None:
    assert_mended(cone, *(lambda bad: (bad, names, tried(bad)))(blind(spoil(kind, cone))))


@pytest.mark.long
@pytest.mark.parametrize(("kind", "names"), BLIND.items())
def test_the_measured_star_is_mended_without_an_object(middle: Arrays, kind: str, names: str) -> None:
    assert_mended(middle, *(lambda bad: (bad, names, tried(bad)))(blind(spoil(kind, middle))))


@pytest.mark.parametrize("kind", thinned(["intensity", "fourth root", "corner", "dark", "masked", "upside down"], 3))
def test_amplitudes_on_a_scale_of_their_own_are_mended(kind: str) -> None:
    good = arrays_of("field128", 1e6)
    bad = spoil(kind, good)
    power = np.mean(np.sum(bad["diff3d"].astype(float) ** 2, axis=(1, 2)))
    bad["diff3d"] = bad["diff3d"] * np.float32(64 / np.sqrt(power))
    assert_mended(good, bad, SIGHTED[kind], tried(bad))


@pytest.mark.parametrize("kind", thinned(["gap", "masked", "masked column"], 3))
def test_pixels_are_filled_without_an_object_as_one_would_have_it(middle: Arrays, kind: str) -> None:
    bad = blind(spoil(kind, middle))
    (answer,) = tried(bad).answers
    assert answer.names == ("fill_pixels",)
    after = replace(mended(as_scan(bad), answer.names), object=as_scan(middle).object)
    right = excess_of(as_scan(middle), survey_of(as_scan(middle))).typical
    # The object that the trial was not given.
    assert excess_of(after, survey_of(after)).typical <= 1.05 * right


def test_metres_are_mended_by_a_pixel_size_without_an_object(middle: Arrays) -> None:
    bad = blind(spoil("metres", middle))
    assert tried(bad).answers == ()
    (answer,) = tried(bad, 4.2e-9).answers
    assert answer.names == ("pixel_size",)
    assert np.allclose(mended(as_scan(bad), answer.names, answer.pixel_size).positions, as_scan(middle).positions)


def test_a_scale_of_the_amplitudes_is_suspect_and_no_root(middle: Arrays) -> None:
    found = tried(spoil("half", middle))
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.names for one in found.answers] == [("scale_probe",)]
    assert found.reasons[0].numbers["scale"] == pytest.approx(0.503, abs=0.002)


@pytest.mark.long
def test_what_no_mend_explains_has_none(middle: Arrays) -> None:
    other = {**middle, "objectGuess": np.roll(middle["objectGuess"], 40, axis=0)}
    for bad in (spoil("shuffled", middle), other):
        found = tried(bad)
        assert found.refused, "an object that explains less than none"
        assert found.answers == ()


def test_an_object_of_few_iterations_is_suspect(middle: Arrays) -> None:
    canvas = middle["objectGuess"]
    found = tried({**middle, "objectGuess": 1 + 0.3 * (canvas - 1)})
    assert found.verdict is TrialVerdict.SUSPECT
    assert found.answers == ()


@pytest.mark.parametrize("recipe", thinned(["field128", "star128", "modes64"], 3))
def test_an_object_that_explains_less_than_the_probe_alone_is_refused_however_weak_it_is(recipe: str) -> None:
    found = tried(spoil("shuffled", arrays_of(recipe, 1e6)))
    assert found.verdict is not TrialVerdict.BELIEVED
    assert found.answers == ()


@pytest.mark.parametrize("recipe", thinned(["field64", "field128", "leaves64", "star128", "modes64"], 2))
def test_positions_that_are_off_by_pixels_are_suspect(recipe: str) -> None:
    good = arrays_of(recipe, 1e6)
    assert_displaced(good, spoil("displaced", good))


@pytest.mark.long
def test_positions_of_the_measured_star_that_are_off_by_pixels_are_suspect(middle: Arrays) -> None:
    assert_displaced(middle, spoil("displaced", middle))


def assert_displaced(good: Arrays, bad: Arrays) -> None:
    found = tried(bad)
    assert found.verdict is TrialVerdict.SUSPECT
    assert found.answers == ()
    reason = found.reasons[0]
    assert reason.kind == "positions"
    assert 2 < reason.numbers["pixels"] < 6
    right = excess_of(as_scan(good), survey_of(as_scan(good))).typical
    assert reason.numbers["leaves"] < right + 0.002, "what the right positions leave"


def cut(good: Arrays, size: int) -> Arrays:
    """The middle of patterns and probe, as if a detector had fewer pixels."""
    first = (good["diff3d"].shape[-1] - size) // 2
    inner = (..., slice(first, first + size), slice(first, first + size))
    return {**good, "diff3d": good["diff3d"][inner].copy(), "probeGuess": good["probeGuess"][inner].copy()}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["displaced", "cut", "shuffled"])
def test_patterns_that_no_object_explains_are_suspect_without_one(cone: Arrays, kind: str) -> None:
    assert_unexplained(cut(cone, 100) if kind == "cut" else spoil(kind, cone))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["shuffled", "displaced", "cut"])
def test_patterns_of_the_measured_star_that_no_object_explains_are_suspect(middle: Arrays, kind: str) -> None:
    assert_unexplained(cut(middle, 100) if kind == "cut" else spoil(kind, middle))


def test_a_weak_specimen_is_held_to_what_the_probe_alone_leaves() -> None:
    # Less than a strong one may leave.
    found = assert_unexplained(spoil("shuffled", arrays_of("field128", 1e6)))
    assert found.numbers["left"] < 0.014


def assert_unexplained(bad: Arrays) -> Trial:
    found = tried(blind(bad))
    assert found.verdict is TrialVerdict.SUSPECT
    assert found.answers == ()
    assert "unexplained" in {reason.kind for reason in found.reasons}
    return found


@pytest.mark.parametrize("kind", ["gap", "masked"])
def test_no_word_is_said_of_an_object_that_there_is_not(cone: Arrays, kind: str) -> None:
    text = " ".join(tried(blind(spoil(kind, cone))).lines(Path("scan.npz")))
    assert "probe and object" not in text
    assert "the object" not in text


def test_several_answers_are_said_as_such() -> None:
    made = arrays_of("modes64", 1e9)
    # Probe and canvas are their own transposes: transposed patterns are those at swapped positions.
    side = min(made["objectGuess"].shape)
    canvas, probe = made["objectGuess"][:side, :side], made["probeGuess"]
    canvas, probe = (canvas + canvas.T) / 2, (probe + probe.transpose(0, 2, 1)) / 2
    positions = np.stack([made["xcoords"], made["ycoords"]], axis=1)
    exact = FarField(probe, canvas).amplitude(positions)
    good = {**made, "objectGuess": canvas, "probeGuess": probe, "diff3d": exact}
    assert tried(good).verdict is TrialVerdict.BELIEVED
    found = tried(spoil("transposed", good))
    assert {one.names for one in found.answers} == {("transpose",), ("swap_xy",)}
    assert any("2 mends fit as well" in line for line in found.lines(Path("scan.npz")))


def test_a_file_with_arrays_that_change_what_patterns_mean_is_suspect(middle: Arrays) -> None:
    found = try_scan(replace(as_scan(middle), unread=("dark_frame", "energy", "notes")))
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.words for one in found.reasons] == ["dark_frame: no reader here knows what to do with it"]


@pytest.mark.parametrize("kind", ["logarithm", "logarithm of intensity"])
def test_a_logarithm_is_told_and_not_taken_for_a_root(middle: Arrays, kind: str) -> None:
    for bad in (spoil(kind, middle), blind(spoil(kind, middle))):
        found = tried(bad)
        assert "logarithm" in [one.kind for one in found.reasons]
        assert [",".join(one.names) for one in found.answers] == [SIGHTED[kind]]


def test_a_detector_that_is_saturated_in_the_beam_of_every_frame_is_suspect(middle: Arrays) -> None:
    patterns = np.sqrt(np.minimum(np.round(middle["diff3d"] ** 2), 255)).astype(np.float32)
    assert (patterns == patterns.max()).all(axis=0).any()
    for bad in ({**middle, "diff3d": patterns}, blind({**middle, "diff3d": patterns})):
        assert "clipped" in [one.kind for one in tried(bad).reasons]


def test_saturated_pixels_are_suspect(middle: Arrays) -> None:
    found = tried({**middle, "diff3d": np.minimum(middle["diff3d"], np.quantile(middle["diff3d"], 0.999))})
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.kind for one in found.reasons] == ["clipped"]


@pytest.mark.parametrize(
    ("place", "name", "value", "kind"),
    thinned(
        [
            (suspects, "FRAME_EXCESS", 1e9, "dark"),
            (search, "SHIFTED", mends.TRANSPOSED, "corner"),
            (search, "MOST_ROLLED", 2, "rolled"),
            (search, "MOST_COMPOSED", 1, "upside down and inverted"),
            (excess, "LOST_POWER", 1.0, "masked"),
            (answers, "MENDED", 0.0, "slightly"),
        ],
        3,
    ),
)
def test_each_part_of_the_trial_is_needed(
    middle: Arrays, monkeypatch: pytest.MonkeyPatch, place: object, name: str, value: object, kind: str
) -> None:
    # One frame early, the weakest of the recipes leaves less than what is believed at sight of others.
    bad = spoil("early", arrays_of("field128", 1e6)) if kind == "slightly" else spoil(kind, middle)
    if kind == "slightly":
        monkeypatch.setattr(excess, "_OF_FLAT", 1e9)
    assert tried(bad).answers
    monkeypatch.setattr(place, name, value)
    # A frame early on a raster is a step to the side for most.
    assert {one.names for one in tried(bad).answers} <= {(FIT,)}
