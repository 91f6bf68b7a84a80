"""Page and summary beside the record, whatever becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from parity_suite.cli.main import main
from parity_suite.report import renderings

pytestmark = pytest.mark.usefixtures("failures")

ARGUMENTS = ("-m", "parity", "--parity-report", "out")


RAISING = """from tiny import Tiny

class Raising(Tiny):
    def illuminate(self, patches, probe):
        raise OSError("gone")
"""


@pytest.fixture
def out(stranger: Any) -> Path:
    stranger.parity_test("tiny:Tiny", "wrong=tiny:Unshifted")
    path: Path = stranger.path / "out"
    return path


def test_a_run_leaves_its_page_and_its_summary(stranger: Any, out: Path) -> None:
    result = stranger.run(*ARGUMENTS)
    result.stdout.fnmatch_lines(["report: out/report.html"])
    page = (out / "report.html").read_text("utf-8")
    assert "<h1>parity: red</h1>" in page
    assert "wrong diffract: zero frequency elsewhere" in page
    # As it was found: the smallest one has too few numbers for a picture.
    assert page.count("data:image/png;base64,") == 3
    assert (out / "summary.md").read_text("utf-8").startswith("## parity: red\n")


def test_without_a_folder_nothing_is_written(stranger: Any, out: Path) -> None:
    result = stranger.run("-m", "parity", "-k", "tiny and illuminate")
    result.stdout.no_fnmatch_line("report: *")
    assert not out.exists()


def test_a_run_whose_page_cannot_be_made_is_as_it_was(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise MemoryError("too many pictures")

    monkeypatch.setattr(renderings, "render_page", broken)
    result = stranger.run(*ARGUMENTS, "-k", "tiny and illuminate")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["report: could not write *report.html: MemoryError: too many pictures"])
    assert json.loads((out / "record.json").read_text("utf-8"))["exit_status"] == 0
    assert (out / "summary.md").is_file()


@pytest.mark.parametrize("name", ["report.html", "summary.md"])
def test_what_is_in_the_way_is_said_and_fails_nothing(stranger: Any, out: Path, name: str) -> None:
    (out / name).mkdir(parents=True)
    result = stranger.run(*ARGUMENTS, "-k", "tiny and illuminate")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"report: could not write *{name}: something else is there"])


def test_a_link_in_its_place_is_not_written_through(stranger: Any, out: Path) -> None:
    out.mkdir()
    stranger.write("mine.html", "mine")
    (out / "report.html").symlink_to(stranger.path / "mine.html")
    result = stranger.run(*ARGUMENTS, "-k", "tiny and illuminate")
    assert (stranger.path / "mine.html").read_text("utf-8") == "mine"
    result.stdout.fnmatch_lines(["report: could not write *report.html is a symbolic link*"])


def test_the_summary_goes_behind_what_the_step_has_said(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.write("step.md", "built\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(stranger.path / "step.md"))
    stranger.run(*ARGUMENTS, "-k", "tiny and illuminate")
    assert (stranger.path / "step.md").read_text("utf-8") == "built\n" + (out / "summary.md").read_text("utf-8")


def test_a_full_summary_of_a_step_stays_below_what_is_shown(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.write("step.md", "x" * (2**20 - 250))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(stranger.path / "step.md"))
    stranger.run(*ARGUMENTS)
    assert 2**20 - 250 < (stranger.path / "step.md").stat().st_size <= 2**20


def test_a_line_that_raises_is_annotated_where_github_reads(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.write("raising.py", RAISING)
    stranger.parity_test("raising:Raising")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = stranger.run(*ARGUMENTS)
    result.stdout.fnmatch_lines(["::error file=raising.py,line=5,title=parity%3A raising illuminate::OSError: gone *"])
    monkeypatch.delenv("GITHUB_ACTIONS")
    stranger.run(*ARGUMENTS).stdout.no_fnmatch_line("::error*")


def test_a_page_is_rendered_again_and_the_record_left_alone(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger.run(*ARGUMENTS)
    before, page = (out / "record.json").read_bytes(), (out / "report.html").read_text("utf-8")
    (out / "report.html").unlink()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["report", "out"]) == 1
    assert (out / "report.html").read_text("utf-8") == page
    assert (out / "record.json").read_bytes() == before
    told = capsys.readouterr().out
    assert "RED: wrong diffract: zero frequency elsewhere" in told
    assert "\n::error file=tiny.py,line=" in told


def test_pictures_are_found_beside_a_record_that_came_from_elsewhere(
    stranger: Any, out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger.run(*ARGUMENTS)
    out.rename(stranger.path / "download")
    (elsewhere := stranger.path / "elsewhere").mkdir()
    monkeypatch.chdir(elsewhere)
    main(["report", "../download"])
    assert "data:image/png" in (stranger.path / "download" / "report.html").read_text("utf-8")


def test_a_base_shows_what_changed(stranger: Any, out: Path) -> None:
    stranger.run("-m", "parity", "--parity-report", "base", "-k", "tiny")
    stranger.run(*ARGUMENTS)
    assert main(["report", "out", "--base", "base"]) == 1
    assert "checks new</summary>" in (out / "report.html").read_text("utf-8")
    assert "Against the base of" in (out / "summary.md").read_text("utf-8")
    assert main(["report", "out", "--base", "base/record.json"]) == 1
    assert main(["report", "out", "--base", "nowhere"]) == 2


def test_merged_records_have_a_page(stranger: Any, out: Path) -> None:
    for part in ("1/2", "2/2"):
        stranger.run("-m", "parity", "--parity-report", f"parts/{part[0]}", "--parity-shard", part)
    assert main(["report", "parts", "-o", "merged"]) == 1
    assert "wrong diffract" in (stranger.path / "merged" / "report.html").read_text("utf-8")
