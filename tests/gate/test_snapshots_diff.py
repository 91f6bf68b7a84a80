"""``parity snapshots diff``: old, new, change in budgets and reason of what is stored, and its picture."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from parity_suite.cli.main import main
from parity_suite.core.id_list import IdList
from parity_suite.snapshots.anchors import Approval, describe_array, render

BUDGET = 0.25
TIME = "2026-01-01T00:00:00+00:00"
KNOWN = Approval(BUDGET)
CHECKS = [f"step.oracle[{case}-mine-cpu-float32]" for case in "ab"]


def numbers(name: str, *values: float, approval: Approval = KNOWN) -> str:
    return render(name, {"values": describe_array(np.array(values))}, approval)


def stored(place: Path, name: str, text: str) -> None:
    path = place / "snapshots" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two baselines, an anchor and a list, of which the working directory has copies."""
    here, place = tmp_path / "here", tmp_path / "old"
    for side in (here, place):
        stored(side, "baselines/train.short.mine.json", numbers("train.short.mine", 1, 2))
        stored(side, "baselines/train.long.mine.json", numbers("train.long.mine", 1, 2, 3))
        stored(side, "anchors/step.snapshot.a.json", numbers("step.snapshot.a", 4, approval=Approval()))
        stored(side, "check-ids.txt", IdList(frozenset(CHECKS), frozenset(CHECKS)).render())
    monkeypatch.chdir(here)
    return place


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["snapshots", "diff", *arguments])
    printed = capsys.readouterr()
    return code, [" ".join(line.split()) for line in (printed.out + printed.err).splitlines()]


def test_nothing_changed(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, str(old)) == (0, ["no change"])


def test_a_number_with_its_reason_and_its_picture(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since = Approval(BUDGET, "the step is centred", TIME)
    stored(Path(), "baselines/train.short.mine.json", numbers("train.short.mine", 2, 4, approval=since))
    Path("report").mkdir()
    for name in ("losses.short.mine.cpu.float32.png", "losses.long.mine.cpu.float32.png"):
        (Path("report") / name).touch()
    code, lines = said(capsys, str(old), "--report", "report")
    assert code == 0
    assert lines[0] == f"baselines/train.short.mine: 2 numbers changed, since the step is centred ({TIME})"
    assert lines[1] == "old new budgets number"
    assert lines[2:-1] == sorted(lines[2:-1], key=lambda line: -float(line.split()[2])), "what changed most comes first"
    assert "2 4 4 values peak" in lines, "by 2 of the old peak, 2, where a quarter is allowed"
    assert lines[-1] == "picture: report/losses.short.mine.cpu.float32.png"


def test_what_changed_without_a_reason(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(Path(), "anchors/step.snapshot.a.json", numbers("step.snapshot.a", 5, approval=Approval()))
    code, lines = said(capsys, str(old))
    assert (code, lines[0]) == (1, "anchors/step.snapshot.a: 2 numbers changed, without a reason")
    assert {line.split()[2] for line in lines[2:]} == {"-"}, "a file of before has no budget"


def test_what_is_new_gone_or_torn(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(Path(), "baselines/train.more.mine.json", numbers("train.more.mine", 1))
    Path("snapshots/baselines/train.long.mine.json").unlink()
    lost = IdList(frozenset({CHECKS[0], "own.py::test"}), accepted=("2026-01-01, since it is slow: step: 1 gone",))
    stored(Path(), "check-ids.txt", lost.render())
    code, lines = said(capsys, str(old))
    assert code == 0
    assert lines[:2] == [
        "check-ids.txt: 1 new, 1 gone, 1 no longer said to run",
        "accepted as lost 2026-01-01, since it is slow: step: 1 gone",
    ]
    assert [line.partition(",")[0] for line in lines[2:]] == [
        "baselines/train.long.mine: gone",
        "baselines/train.more.mine: new",
    ]
    stored(Path(), "baselines/train.short.mine.json", "[]")
    code, lines = said(capsys, str(old))
    assert (code, lines[-1]) == (1, "baselines/train.short.mine: it is not the JSON of stored numbers")


def test_where_it_cannot_look(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "nowhere")
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("parity snapshots diff: 'nowhere' is not a folder, and not a revision of git in ")
    stored(old, "check-ids.txt", "torn")
    assert said(capsys, str(old))[0] == 2


def test_a_revision(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@example.org commit -qm all"):
        subprocess.run(["git", *command.split()], check=True)
    assert said(capsys) == (0, ["no change"])
    stored(Path(), "anchors/step.snapshot.a.json", numbers("step.snapshot.a", 5))
    assert said(capsys)[0] == said(capsys, "HEAD")[0] == 1
