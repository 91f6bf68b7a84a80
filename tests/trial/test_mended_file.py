"""The file after a mend: it keeps its contract, is what the trial promised, and loses nothing that no mend touches."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, arrays_of, blind, spoil
from thinning import thinned

from parity_suite.cli.main import main
from parity_suite.contracts import check_file
from parity_suite.ptychography.trial.mended_file import mend_raw
from parity_suite.ptychography.trial.trial import try_file


def members(path: Path) -> Arrays:
    with np.load(path) as stored:
        return dict(stored)


_TOLD_BLIND = ("intensity", "upside down", "inverted", "dark", "rolled", "masked")


@pytest.mark.parametrize(
    ("kind", "sighted"),
    thinned(
        [*((kind, True) for kind in (*_TOLD_BLIND, "conjugate", "metres")), *((kind, False) for kind in _TOLD_BLIND)], 5
    ),
)
def test_the_command_that_the_trial_names_works(cone: Arrays, written: Path, kind: str, sighted: bool) -> None:
    np.savez(written, **(cone if sighted else blind(cone)))  # type: ignore[arg-type]
    good = try_file(written)
    np.savez(written, **(spoil(kind, cone) if sighted else blind(spoil(kind, cone))))  # type: ignore[arg-type]
    bad = try_file(written)
    (answer,) = bad.answers
    parity, *arguments = shlex.split(answer.command(written))
    assert (parity, main(arguments)) == ("parity", 0)
    found = try_file(written.with_name("scan.mended.npz"))
    assert found.verdict == "believed", [one.words for one in found.reasons]
    if sighted:
        assert found.excess is not None
        assert good.excess is not None
        assert found.excess <= 1.05 * good.excess + 1e-4


def test_frames_are_dropped_from_all_that_has_frames(cone: Arrays, written: Path) -> None:
    count = len(cone["xcoords"])
    more = {"scan_index": np.arange(count), "xcoords_start": cone["xcoords"] + 1, "notes": np.array("hand-written")}
    np.savez(written, **spoil("dark", cone), **more)  # type: ignore[arg-type]
    mend_raw(written, written.with_name("out.npz"), ["drop_frames"])
    out = members(written.with_name("out.npz"))
    kept = np.delete(np.arange(count), [3, 9, 20])
    assert np.array_equal(out["scan_index"], kept)
    assert np.array_equal(out["xcoords"], cone["xcoords"][kept])
    assert np.array_equal(out["diff3d"], cone["diff3d"][kept])
    assert str(out["notes"]) == "hand-written"
    assert "xcoords_start" not in out
    assert out["probeGuess"].tobytes() == cone["probeGuess"].tobytes()


def test_filled_pixels_are_listed_in_the_place_of_the_mask(cone: Arrays, written: Path) -> None:
    mask = np.ones((128, 128), bool)
    np.savez(written, **spoil("masked", cone), mask=mask)  # type: ignore[arg-type]
    mend_raw(written, written.with_name("out.npz"), ["fill_pixels"])
    out = members(written.with_name("out.npz"))
    filled = out["filled_pixels"]
    assert filled.any()
    assert not filled[:60].any()
    assert np.array_equal(out["diff3d"][:, ~filled], spoil("masked", cone)["diff3d"][:, ~filled])
    assert "mask" not in out
    assert try_file(written.with_name("out.npz")).verdict == "believed"


@pytest.mark.parametrize("kind", thinned(["dark", "corner", "intensity"], 3))
def test_a_normalised_scan_is_normalised_again(written: Path, kind: str) -> None:
    bad = spoil(kind, arrays_of("field128", 1e6))
    power = np.mean(np.sum(bad["diff3d"].astype(float) ** 2, axis=(1, 2)))
    bad["diff3d"] = bad["diff3d"] * np.float32(64 / np.sqrt(power))
    np.savez(written, **bad)  # type: ignore[arg-type]
    assert check_file(written, "raw").ok
    (answer,) = try_file(written).answers
    mend_raw(written, written.with_name("out.npz"), answer.names)
    out = members(written.with_name("out.npz"))
    assert check_file(written.with_name("out.npz"), "raw", role="writer").ok
    # Dark frames are 3 of 49, and the photons of the others were counted as those of all.
    more = 49 / 46 if kind == "dark" else 1
    assert float(out["nphotons"]) == pytest.approx(1e6 * more, rel=1e-3)
    assert try_file(written.with_name("out.npz")).verdict == "believed"


def test_counts_become_amplitudes(cone: Arrays, written: Path) -> None:
    counts = np.rint(cone["diff3d"].astype(float) ** 2)
    more = {"diffraction": counts, "measurement_domain": "count_intensity", "scale_contract_version": "1"}
    np.savez(written, nphotons=counts.sum() / len(counts), **{k: v for k, v in cone.items() if k != "diff3d"}, **more)
    assert try_file(written).verdict == "believed"
    mend_raw(written, written.with_name("out.npz"), ["flipud"])
    out = members(written.with_name("out.npz"))
    assert np.allclose(out["diff3d"], cone["diff3d"][:, ::-1], atol=1e-4)
    assert not {"diffraction", "measurement_domain"} & set(out)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("turn", "no mend is called 'turn'; there are root, square,"),
        ("pixel_size", "pixel_size: metres above 0 are wanted"),
        ("drop_frames", "drop_frames: 0 of 64 frames stand apart"),
        ("fill_pixels", "fill_pixels: every pixel measured"),
    ],
)
def test_what_cannot_be_mended_is_said(
    cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str], names: str, said: str
) -> None:
    np.savez(written, **cone)  # type: ignore[arg-type]
    out = written.with_name("out.npz")
    assert main(["convert", "raw-to-raw", str(written), str(out), "--mend", names]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_what_is_there_is_not_overwritten(cone: Arrays, written: Path) -> None:
    np.savez(written, **cone)  # type: ignore[arg-type]
    arguments = ["convert", "raw-to-raw", str(written), str(written), "--mend", "flipud"]
    before = written.read_bytes()
    assert main(arguments) == 1
    assert written.read_bytes() == before
    assert main([*arguments, "--overwrite"]) == 0
    assert try_file(written).answers[0].names == ("flipud",)
