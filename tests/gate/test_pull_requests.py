"""Pull requests to a project with two code bases of its own, each judged by the gate: its verdict and its words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final

import pytest
from inner_runs import whole_package, write_module

import parity_suite.core.packs as registry
from parity_suite.cli.main import main
from parity_suite.core.check_id import CheckId
from parity_suite.core.id_list import read_list
from parity_suite.report.html import PAGE
from parity_suite.report.summary import SUMMARY

__all__ = ["whole_package"]

PROJECT: Final = Path(__file__).parent / "project"
#: What would tell a run here of the one that these tests are part of.
OUTER: Final = ("PYTEST", "PARITY", "_PARITY", "CI", "GITHUB_", "GITLAB_")
IGNORED: Final = "__pycache__\n.pytest_cache\n.hypothesis\nout*\n"
REASON: Final = "the second code base has no such step"

#: The line that counts what ran.
COUNT: Final = re.compile(r"\d+ checks: \d+ ran")
MEND: Final = "take it back from the base and update again with --update-snapshots --reason TEXT"
LOST: Final = "checks of check-ids.txt are lost; --update-snapshots --reason TEXT accepts that"
LOST1: Final = LOST.replace("checks", "check", 1).replace("are", "is", 1)

Lines = list[str]


def git(place: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", "-C", str(place), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Project:
    """The repository on the branch of a pull request, and what its author and its CI do there."""

    def __init__(self, path: Path, run: Callable[..., pytest.RunResult], capture: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._run = run
        self._capture = capture

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text("utf-8")
        assert old in text
        write_module(self.path / name, text.replace(old, new))

    def pytest(self, *arguments: str, ci: bool = False) -> pytest.RunResult:
        """A run in this process, which leaves neither packs nor modules behind."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry, "_PACKS", dict(registry._PACKS))
            patch.setenv("_PARITY_PACKS_OF_PARENT", "")
            patch.setenv("CI", "true" if ci else "")
            for name in ("signals", "codes", "test_parity", "test_window"):
                patch.delitem(sys.modules, name, raising=False)
            return self._run("-q", "-p", "no:cacheprovider", *arguments)

    def update(self, *arguments: str) -> None:
        self.pytest("--update-snapshots", *arguments)

    def listed(self, stage: str = "", *, ran: bool = False) -> int:
        """The checks in the list that are about the second backend, of a stage or of all, or those that ran."""
        found = read_list(self.path / "snapshots" / "check-ids.txt")
        assert found is not None
        checks = [CheckId.parse(one) for one in (found.ran if ran else found.ids) if "::" not in one]
        return sum("vectors" in one.subject.split("+") and stage in ("", one.stage) for one in checks)

    def commit(self) -> None:
        git(self.path, "add", "-A")
        git(self.path, "commit", "-qm", "change")

    def parity(self, *arguments: str) -> tuple[int, Lines]:
        self._capture.readouterr()
        code = main(list(arguments))
        return code, self._capture.readouterr().out.splitlines()

    def judged(self, *arguments: str, run: bool = True) -> tuple[int, Lines]:
        """What the gate says of what is committed: its exit code and its lines, without the base and the count."""
        if run:
            self.commit()
            self.pytest("--parity-report", "out", ci=True)
        code, lines = self.parity("gate", "--record", "out", "--base", "main", *arguments)
        assert re.fullmatch(r"gate: base: [0-9a-f]{10}, of HEAD and main", lines[0])
        self.is_shown(code, lines)
        return code, [line.removeprefix("gate: ") for line in lines[1:] if not COUNT.search(line)]

    def is_shown(self, code: int, lines: Lines) -> None:
        """The page and the summary say what the gate says, whatever the run said of itself."""
        verdict = "red" if code else "green"
        page, summary = ((self.path / "out" / name).read_text("utf-8") for name in (PAGE, SUMMARY))
        assert f"<h1>parity gate: {verdict}</h1>" in page
        assert summary.startswith(f"## parity gate: {verdict}\n")
        said = [one.partition(": ")[2] for one in lines if one.startswith(("gate: red: ", "gate: accepted: "))]
        for line in (one.partition(": ")[2] for one in said):
            assert escape(line, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"'), line


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its snapshots, all on the branch main."""
    place = tmp_path_factory.mktemp("base")
    shutil.copytree(PROJECT, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (place / ".gitignore").write_text(IGNORED)
    with pytest.MonkeyPatch.context() as patch:
        _alone(patch)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--update-snapshots"]
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "base")
    return place


@pytest.fixture
def project(
    base: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    _alone(monkeypatch)
    shutil.copytree(base, pytester.path, dirs_exist_ok=True)
    git(pytester.path, "checkout", "-qb", "change")
    return Project(pytester.path, pytester.runpytest_inprocess, capsys)


def _alone(patch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(OUTER) and name != "PYTEST_CURRENT_TEST":
            patch.delenv(name)
    patch.setenv("OMP_NUM_THREADS", "1")


def test_a_change_of_no_answer_is_green(project: Project) -> None:
    project.change("codes.py", "signals + signals", "2 * signals")
    assert project.judged() == (0, ["green"])


def test_a_broken_implementation(project: Project) -> None:
    project.change("codes.py", "(2 * signals)", "(-2 * signals)")
    wanted = ["red: vectors double: opposite sign (3 checks)", "red, for 1 reason"]
    assert project.judged() == (1, wanted)


def test_a_baseline_changed(project: Project) -> None:
    project.change("codes.py", "np.arange(1.0, length + 1)", "np.arange(2.0, length + 2)")
    project.update()
    said = {
        "long": "18 numbers, most of all values minimum from 0.025 to 0.0487805",
        "short": "17 numbers, most of all values minimum from 0.25 to 0.4",
    }
    red = [
        f"red: baselines/window.{name}.own changed without a reason: {those}; {MEND}" for name, those in said.items()
    ]
    assert project.judged() == (1, [*red, "red, for 2 reasons"])

    git(project.path, "checkout", "-q", "main", "--", "snapshots")
    project.update("--reason", REASON)
    accepted = [f"accepted: baselines/window.{name}.own: {those}, since {REASON}" for name, those in said.items()]
    assert project.judged() == (0, [*accepted, "green"])


def test_a_stage_removed(project: Project) -> None:
    text = (project.path / "codes.py").read_text("utf-8")
    project.change("codes.py", text[text.rindex("    def step") : text.rindex("    def double")], "")
    count = project.listed("step", ran=True)
    code, lines = project.judged()
    assert (code, lines[0], lines[2:]) == (1, f"red: {count} {LOST}", ["red, for 2 reasons"])
    assert lines[1].startswith(f"red: lost of step: {count} not provided: step.baseline[n9-vectors-cpu-float32], ")

    project.update("--reason", REASON)
    code, lines = project.judged()
    assert (code, lines[2:]) == (0, ["green"])
    assert re.match(rf"accepted: lost, [0-9-]{{10}}, since {REASON}: step: {count} not provided: step\.", lines[0])
    assert lines[1].startswith(f"accepted: against the base lost of step: {count} not provided: step.")


def test_a_backend_dropped(project: Project) -> None:
    gone, double = project.listed(), project.listed("double")
    ran = {stage: project.listed(stage, ran=True) for stage in ("double", "step")}
    project.change("test_parity.py", ', "codes:Vectors"', "")
    code, lines = project.judged()
    assert (code, lines[0], lines[-1]) == (1, f"red: {gone} {LOST}", "red, for 5 reasons")

    (project.path / "snapshots" / "check-ids.txt").unlink()
    project.update()
    code, lines = project.judged()
    gone_too = [f"red: baselines/{stage}.n9.vectors is gone without a reason: {MEND}" for stage in ran]
    assert (code, lines[2:]) == (1, [*gone_too, "red, for 4 reasons"]), "a list that was made anew hides nothing"
    for line, (stage, count) in zip(lines, ran.items(), strict=False):
        assert line.startswith(f"red: without a reason lost of {stage}: {count} gone: {stage}.baseline[n9-vectors-")

    git(project.path, "checkout", "-q", "main", "--", "snapshots")
    project.update("--reason", REASON)
    code, lines = project.judged()
    assert (code, lines[3:]) == (0, ["green"])
    assert f", since {REASON}: double: {double} gone: " in lines[0]


def test_a_baseline_test_deleted(project: Project) -> None:
    text = (project.path / "test_window.py").read_text("utf-8")
    project.change("test_window.py", text[text.index("def test_long") :], "")
    gone = "lost of tests with baselines: 1 gone: test_window.py::test_long"
    orphan = "red: 1 baseline is held by no test; --update-snapshots takes them away: window.long.own"
    assert project.judged() == (1, [f"red: 1 {LOST1}", f"red: {gone}", orphan, "red, for 3 reasons"])

    for name in ("baselines/window.long.own.json", "check-ids.txt"):
        (project.path / "snapshots" / name).unlink()
    project.update()
    file = f"red: baselines/window.long.own is gone without a reason: {MEND}"
    assert project.judged() == (1, [f"red: without a reason {gone}", file, "red, for 2 reasons"])

    git(project.path, "checkout", "-q", "main", "--", "snapshots")
    project.update("--reason", REASON)
    code, lines = project.judged()
    assert (code, lines[1:]) == (0, [f"accepted: against the base {gone}", "green"])
    assert lines[0].endswith(
        "tests with baselines: 1 gone: test_window.py::test_long; baselines: 1 gone: window.long.own"
    )


def test_a_contract_widened(project: Project) -> None:
    project.change("contracts/spectrum.toml", '["Hz"]', '["Hz", "kHz"]')
    broken = "contract spectrum: still version 1, wanted at least 2, since fields.unit.one_of breaks readers"
    assert project.judged() == (1, [f"red: {broken}", "red, for 1 reason"])
    project.change("contracts/spectrum.toml", "version = 1", "version = 2")
    accepted = "accepted: contract spectrum: 1 breaking change, and version 1 became 2"
    assert project.judged() == (0, [accepted, "green"])


def test_a_ledger_entry_for_what_nobody_explained(project: Project) -> None:
    project.change("codes.py", "(2 * signals)", "(-2 * signals)")
    project.pytest("--parity-report", "out")
    terms = ("--reason", "todo, to be looked at", "--owner", "me@example.org", "--expires", "30d")
    assert project.parity("ledger", "add", "--from", "out/record.json", "--all", *terms)[0] == 0
    code, lines = project.judged()
    pairs = [f"double.pair[n9-loops+vectors-cpu-float{bits}]" for bits in (32, 64)]
    checks = ", ".join(["double.baseline[n9-vectors-cpu-float32]", *pairs])
    more = "the ledger excuses 3 checks more than that of the base"
    red = f"red: {more}, and --new-excuses allows 0: {checks}"
    assert (code, lines[2:]) == (1, [red, "red, for 1 reason"])
    known = "known to fail, since todo, to be looked at (me@example.org, until "
    assert lines[0].startswith(f"accepted: the ledger's entry 1: 1 check {known}")
    assert lines[1].startswith(f"accepted: the ledger's entry 2: 2 checks {known}")
    code, lines = project.judged("--new-excuses", "3", run=False)
    assert (code, lines[2:]) == (0, [f"accepted: {more}, as --new-excuses 3 allows: {checks}", "green"])


def test_a_shard_that_never_reported(project: Project) -> None:
    project.change("codes.py", "signals + signals", "2 * signals")
    project.commit()
    shards = [f"out{k}" for k in (1, 2, 3)]
    for k, shard in enumerate(shards, 1):
        assert project.pytest("--parity-report", shard, "--parity-shard", f"{k}/3", ci=True).ret == 0
    assert project.parity("report", "out1", "out3", "-o", "out")[0] == 1
    code, lines = project.judged(run=False)
    assert (code, len(lines)) == (1, 2)
    assert lines[0].startswith("red: the run is not whole: shard 2/3 never reported; ")
    assert project.parity("report", *shards, "-o", "out")[0] == 0
    assert project.judged("--shards", "3", run=False) == (0, ["green"])
    wanted = ["red: shards 1/4, 2/4, 3/4, 4/4 never reported", "red, for 1 reason"]
    assert project.judged("--shards", "4", run=False) == (1, wanted)
