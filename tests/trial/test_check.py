"""``parity check`` says the verdict of the trial in each of its forms, and ends with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scans import Arrays, blind, spoil

from parity_suite.cli.main import main


def test_a_refused_scan_is_told_in_a_few_lines(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **spoil("upside down", cone))  # type: ignore[arg-type]
    assert main(["check", str(written)]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(("overlap", "64 of 64"))]
    assert lines[0] == f"{written}: keeps raw 3"
    assert lines[1].startswith(f"trial of {written}: refused: the patterns are not what probe and object give: an exc")
    assert lines[2].startswith("  patterns upside down: leaves ")
    out = written.with_name("scan.mended.npz")
    assert lines[3:] == [f"  parity convert raw-to-raw {written} {out} --mend flipud"]


def test_a_believed_scan_is_one_line(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **cone)  # type: ignore[arg-type]
    assert main(["check", str(written)]) == 0
    assert f"trial of {written}: believed, excess " in capsys.readouterr().out
    np.savez(written, **blind(cone))  # type: ignore[arg-type]
    assert main(["check", str(written)]) == 0
    assert capsys.readouterr().out.endswith(f"trial of {written}: believed\n")


def test_a_suspect_scan_is_told_and_ends_well(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **spoil("half", cone))  # type: ignore[arg-type]
    assert main(["check", str(written)]) == 0
    assert f"trial of {written}: suspect: amplitudes are 0.5 times what" in capsys.readouterr().out


def test_the_trial_is_data(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **spoil("dark", cone))  # type: ignore[arg-type]
    assert main(["check", str(written), "--format", "json"]) == 1
    (entry,) = json.loads(capsys.readouterr().out)
    trial = entry["trial"]
    assert (entry["ok"], trial["verdict"]) == (True, "refused")
    assert trial["reasons"][0] == {
        "kind": "frames",
        "verdict": "refused",
        "words": "3 of 64 frames stand apart from the rest: 3, 9, 20",
        "numbers": {"frames": 3},
    }
    assert trial["mends"][0]["names"] == ["drop_frames"]
    assert main(["check", str(written), "--format", "github"]) == 1
    told = capsys.readouterr().out
    assert told.startswith(f"::error file={written},title=trial::{written}: refused: 3 of 64 frames stand apart")
    assert "--mend drop_frames" in told


def test_numbers_that_no_detector_gives_are_refused(
    cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(written, **{**cone, "probeGuess": cone["probeGuess"] * 1e30})  # type: ignore[arg-type]
    assert main(["check", str(written), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["trial"]["mends"] == []


def test_a_pixel_size_is_taken(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **blind(spoil("metres", cone)))  # type: ignore[arg-type]
    assert main(["check", str(written)]) == 1
    assert "--pixel-size SIZE" in capsys.readouterr().out
    assert main(["check", str(written), "--pixel-size", "4.2e-9"]) == 1
    assert "--mend pixel_size --pixel-size 4.2e-09" in capsys.readouterr().out
