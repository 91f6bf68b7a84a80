"""Pixels that a file's own mask leaves out are judged by nobody, turn with the patterns, and are no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, blind
from thinning import thinned

from parity_suite.contracts.check import check_file
from parity_suite.ptychography.trial.mended_file import mend_raw
from parity_suite.ptychography.trial.trial import try_file
from parity_suite.ptychography.trial.verdict import Trial, TrialVerdict

ROWS = slice(60, 68)


def _masked(good: Arrays, pixels: tuple[slice | int, slice | int], value: float) -> Arrays:
    mask, amplitude = np.ones(good["diff3d"].shape[1:], bool), good["diff3d"].copy()
    mask[pixels] = False
    amplitude[:, ~mask] = value
    return {**good, "diff3d": amplitude, "mask": mask}


@pytest.fixture
def tried_file(written: Path) -> Callable[[Arrays], Trial]:
    def tried(arrays: Arrays) -> Trial:
        np.savez(written, **arrays)  # type: ignore[arg-type]
        assert check_file(written, "raw").ok
        return try_file(written)

    return tried


@pytest.mark.parametrize("value", thinned([0.0, 60000.0], 2, ids=["dead", "hot"]))
@pytest.mark.parametrize("seen", [dict, blind], ids=["sighted", "blind"])
def test_what_matters_little_is_left_out(
    middle: Arrays, tried_file: Callable[[Arrays], Trial], value: float, seen: Callable[[Arrays], Arrays]
) -> None:
    bad = _masked(middle, (slice(20, 22), slice(30, 33)), value)
    assert tried_file(seen(bad)).verdict is TrialVerdict.BELIEVED
    if value:
        del bad["mask"]
        assert tried_file(seen(bad)).verdict is not TrialVerdict.BELIEVED


@pytest.mark.parametrize("seen", [dict, blind], ids=["sighted", "blind"])
def test_what_stages_would_take_for_darkness_is_said_and_filled(
    middle: Arrays, written: Path, tried_file: Callable[[Arrays], Trial], seen: Callable[[Arrays], Arrays]
) -> None:
    found = tried_file(seen(_masked(middle, (ROWS, slice(None)), 0.0)))
    assert found.verdict is TrialVerdict.SUSPECT
    assert [one.kind for one in found.reasons] == ["mask"]
    assert [one.names for one in found.answers] == [("fill_pixels",)]
    out = written.with_name("out.npz")
    mend_raw(written, out, ["fill_pixels"])
    assert try_file(out).verdict is TrialVerdict.BELIEVED


def test_a_mask_turns_with_the_patterns(middle: Arrays, written: Path, tried_file: Callable[[Arrays], Trial]) -> None:
    masked = _masked(middle, (ROWS, slice(None)), 0.0)
    turned = {name: masked[name][..., ::-1, :] for name in ("diff3d", "mask")}
    found = tried_file({**masked, **turned})
    assert found.verdict is TrialVerdict.REFUSED
    assert [one.names for one in found.answers] == [("flipud", "fill_pixels")]
    out = written.with_name("out.npz")
    mend_raw(written, out, ["flipud"])
    with np.load(out) as stored:
        assert np.array_equal(stored["mask"], masked["mask"])
    assert [one.kind for one in try_file(out).reasons] == ["mask"]


def test_the_root_of_amplitudes_leaves_the_mask_where_it_is(
    middle: Arrays, written: Path, tried_file: Callable[[Arrays], Trial]
) -> None:
    masked = _masked(middle, (slice(20, 22), slice(30, 33)), 0.0)
    found = tried_file({**masked, "diff3d": masked["diff3d"] ** 2})
    assert [one.names for one in found.answers] == [("root",)]
    mend_raw(written, written.with_name("out.npz"), ["root"])
    with np.load(written.with_name("out.npz")) as stored:
        assert np.array_equal(stored["mask"], masked["mask"])


@pytest.mark.parametrize("seen", [dict, blind], ids=["sighted", "blind"])
def test_a_mask_that_leaves_hardly_anything_is_refused_and_nothing_is_made_up(
    middle: Arrays, written: Path, tried_file: Callable[[Arrays], Trial], seen: Callable[[Arrays], Arrays]
) -> None:
    bad = _masked(middle, (ROWS, slice(None)), 0.0)
    found = tried_file(seen({**bad, "mask": ~bad["mask"]}))
    assert found.verdict is TrialVerdict.REFUSED
    assert "mask" in [one.kind for one in found.reasons]
    assert found.answers == ()
    with pytest.raises(ValueError, match=r"fill_pixels: (0\.\d+|1) of the power .* no scan is left"):
        mend_raw(written, written.with_name("out.npz"), ["fill_pixels"])
