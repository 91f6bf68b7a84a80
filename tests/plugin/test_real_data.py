"""A measured dataset stands trial before a backend is asked: refused it stops the run, suspect it is said with all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from parity_suite.ledger.runs import read_run
from parity_suite.ptychography.datasets import load_recipe, synthesise
from parity_suite.report.judgement import Judgement, judge_run


@pytest.fixture
def scan(stranger: Any) -> dict[str, Any]:
    """The members of a scan that is right, of which the run has checks by the name ``scan``."""
    made = synthesise(replace(load_recipe("modes64"), nphotons=1e6))
    few = (stranger.path / "conftest.py").read_text("utf-8")
    stranger.write("conftest.py", few.replace('"n16.g2.b5"', '"scan.g1"'))
    x, y = made.positions[:24].T
    arrays = {"xcoords": x, "ycoords": y, "diff3d": made.diff3d[:24], "probeGuess": made.probe}
    return {**arrays, "objectGuess": made.object}


def _run(stranger: Any, scan: dict[str, Any], *arguments: str) -> Any:
    np.savez(stranger.path / "scan.npz", **scan)
    return stranger.run("-k", "diffract and cpu-float64", "--parity-dataset", "scan.npz", *arguments)


def test_a_scan_that_is_believed_is_not_spoken_of(stranger: Any, scan: dict[str, Any]) -> None:
    result = _run(stranger, scan)
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*suspect*")


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_refused_scan_stops_the_run_before_a_backend_is_asked(
    stranger: Any, scan: dict[str, Any], more: tuple[str, ...]
) -> None:
    result = _run(stranger, {**scan, "diff3d": scan["diff3d"][:, ::-1]}, *more)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line.startswith("ERROR")]
    assert "scan.npz: refused: the patterns are not what probe and object give" in line
    assert line.endswith("scan.mended.npz --mend flipud")
    assert "diffract" not in result.stdout.str()


def test_the_report_of_a_refused_scan_is_its_picture(stranger: Any, scan: dict[str, Any]) -> None:
    result = _run(stranger, {**scan, "diff3d": scan["diff3d"][:, ::-1]}, "--parity-report", "out")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line.startswith("ERROR")]
    assert line.endswith("trial.scan.png shows it")
    assert (stranger.path / "out" / "trial.scan.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_suspect_scan_is_said_first_and_with_every_finding_about_it(
    stranger: Any, scan: dict[str, Any], more: tuple[str, ...]
) -> None:
    result = _run(stranger, {**scan, "diff3d": scan["diff3d"] / 2}, "--parity-report", "out", *more)
    assert result.ret == 0
    said = "scan.npz: amplitudes are 0.5 times what probe and object give"
    lines = result.stdout.lines
    assert lines[next(at for at, line in enumerate(lines) if "= parity =" in line) + 1] == f"suspect data: {said}"
    findings = json.loads((stranger.path / "out" / "record.json").read_text("utf-8"))["findings"]
    real = [one for one in findings if one["dataset"] == "scan"]
    assert real
    assert all(one["facts"]["suspect data"] == said for one in real)
    assert not any("suspect data" in one["facts"] for one in findings if one not in real)
    page, summary = ((stranger.path / "out" / name).read_text("utf-8") for name in ("report.html", "summary.md"))
    assert page.index(f"<strong>suspect data</strong> {said}") < page.index('id="why"')
    assert "Nothing is to be mended, unless it is the data that are suspect." in page
    assert summary.splitlines()[3] == f"**Suspect data:** {said}"
    judged = Judgement()
    judge_run(judged, read_run(stranger.path / "out" / "record.json"), (), None, date(2026, 1, 1))
    assert judged.notes == [f"suspect data: {said}"]


def test_what_fails_on_a_suspect_scan_is_told_with_it(stranger: Any, scan: dict[str, Any]) -> None:
    tiny = (stranger.path / "tiny.py").read_text("utf-8")
    stranger.write(
        "tiny.py", f"{tiny}\n\n_right = Tiny.diffract\nTiny.diffract = lambda self, psi: 2 * _right(self, psi)\n"
    )
    result = _run(stranger, {**scan, "diff3d": scan["diff3d"] / 2})
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = result.stdout.str().partition("what to mend")[2]
    assert "suspect data: scan.npz: amplitudes are 0.5 times" in " ".join(told.split())


@pytest.mark.parametrize("named", [False, True])
def test_a_file_elsewhere_does_not_take_the_root_away_unsaid(stranger: Any, scan: dict[str, Any], named: bool) -> None:
    stranger.apart = True
    stranger.write("pytest.ini", "[pytest]\nparity_backends = tiny:Tiny\n")
    there = stranger.path.parent / "elsewhere"
    there.mkdir(exist_ok=True)
    np.savez(there / "scan.npz", **scan)
    apart, joined = ("--parity-dataset", "../elsewhere/scan.npz"), ("--parity-dataset=../elsewhere/scan.npz",)
    tests = ["test_parity.py"] if named else []
    asked = ("-k", "diffract.oracle and cpu-float64")
    misled = stranger.run(*asked, *apart, *tests)
    said = [line for line in misled.stderr.lines if "write --parity-dataset=" in line]
    # From a test that is named pytest finds the ini file all the same.
    assert bool(said) is not named
    assert misled.ret == (0 if named else pytest.ExitCode.USAGE_ERROR)
    right = stranger.run(*asked, *joined, *tests)
    assert right.ret == 0
    right.stdout.no_fnmatch_line("*write --parity-dataset=*")
