"""What is red in a change by its record and by what is stored: each way to hide something, without a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.cli.gate import Expected, mismatches
from parity_suite.cli.main import main
from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Measured, Verdict
from parity_suite.core.id_list import IdList
from parity_suite.core.run_causes import cause_of
from parity_suite.core.run_facts import HeldTest, RunFacts
from parity_suite.core.tree import FolderTree
from parity_suite.ledger import today
from parity_suite.ledger.entry import PinnedEntry, Terms
from parity_suite.ledger.form import FORMAT, lines_of
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.measured import entry_of
from parity_suite.ledger.runs import Run
from parity_suite.ledger.widening import newly_excused
from parity_suite.report.against_base import judge_change
from parity_suite.report.judgement import Judgement, judge_run
from parity_suite.snapshots.anchors import Approval, describe_array, render

DAY = today()
TERMS = Terms("known for a long time", "me", DAY, DAY + timedelta(days=30))
NAME = "window.short.own"


def finding(case: str, got: float = 1.0, device: str = "cpu", **more: Any) -> Finding:
    """A check that gives a wrong number."""
    parts = CheckId("step", "oracle", case, "mine", device, "float32")
    wrong = Measured("steps", 1.0, 1.0, 1e-6, (0,), got, 3.0)
    known = {"verdict": Verdict.SEMANTIC, "cause": Cause.OFF_BUDGET, "measured": (wrong,), **more}
    return Finding(str(parts), *vars(parts).values(), **known)


def excused(one: Finding) -> Finding:
    return replace(one, ledger=LedgerNote("entry 1", LedgerOutcome.AS_SAID))


def idle(case: str, device: str = "cpu", cause: Cause = Cause.NO_DEVICE) -> Finding:
    return finding(case, device=device, verdict=Verdict.NOT_RUN, cause=cause, measured=())


def ledger(*known: Finding) -> Ledger:
    return Ledger((entry_of(cause_of(known[0]), known, TERMS, 1),) if known else ())


def numbers(*values: float, reason: str = "", time: str = "") -> str:
    return render(NAME, {"values": describe_array(np.array(values))}, Approval(1e-6, reason, time))


def ids(ran: Sequence[str] = (), *, accepted: Sequence[str] = ()) -> str:
    return IdList(frozenset(ran), frozenset(ran), accepted=tuple(accepted)).render()


class Sides:
    """The folders of the base and of the change."""

    def __init__(self, place: Path) -> None:
        self.base, self.here = place / "base", place / "here"
        for side in (self.base, self.here):
            side.mkdir()

    def write(self, name: str, before: str | None, after: str | None) -> None:
        for side, text in ((self.base, before), (self.here, after)):
            if text is not None:
                (side / name).parent.mkdir(parents=True, exist_ok=True)
                (side / name).write_text(text, "utf-8")

    def judged(self, *findings: Finding, allowed: int = 0, **facts: Any) -> Judgement:
        said = Judgement()
        run = Run(tuple(findings), facts=RunFacts(**facts))
        base = FolderTree(self.base)
        judge_change(said, run, self.here, base, contracts="contracts", new_excuses=allowed, day=DAY)
        return said


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


FILE = f"snapshots/baselines/{NAME}.json"
LIST = "snapshots/check-ids.txt"
FIRST, SECOND = "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01+00:00"


@pytest.mark.parametrize(
    ("before", "after", "red"),
    [
        (numbers(1, 2), numbers(1, 2), 0),
        (numbers(1, 2), numbers(1, 3), 1),
        (numbers(1, 2), numbers(1, 3, reason="moved", time=FIRST), 0),
        (numbers(1, 2, reason="moved", time=FIRST), numbers(1, 3, reason="moved", time=FIRST), 1),
        (numbers(1, 2, reason="moved", time=FIRST), numbers(1, 3, reason="moved", time=SECOND), 0),
        (numbers(1, 2), numbers(1, 2, reason="moved", time=FIRST), 0),
        (None, numbers(1, 2), 0),
        ("{}", numbers(1, 2), 0),
        (numbers(1, 2), "{}", 1),
        (numbers(1, 2), "torn", 1),
        (numbers(1, 2), None, 1),
    ],
    ids=["same", "none", "given", "of before", "again", "alone", "new", "torn before", "empty", "torn", "gone"],
)
def test_a_stored_number_and_the_reason_beside_it(
    sides: Sides, before: str | None, after: str | None, red: int
) -> None:
    sides.write(FILE, before, after)
    said = sides.judged()
    assert len(said.red) == red
    assert all(line.startswith(f"baselines/{NAME} ") for line in said.red)
    assert said.accepted == [] or said.accepted[0].endswith(", since moved")


CHECK, OTHER = finding("a").check, finding("b").check


@pytest.mark.parametrize(
    ("before", "after", "red"),
    [
        (ids([CHECK]), ids([CHECK]), []),
        (ids([CHECK, OTHER]), ids([CHECK]), ["without a reason lost of step: 1 gone: "]),
        (ids([CHECK, OTHER]), ids([CHECK], accepted=["2026-01-01, since it moved: step: 1 gone"]), []),
        (
            ids([CHECK, OTHER], accepted=["2025-01-01, since it was slow: loss: 1 gone"]),
            ids([CHECK], accepted=["2025-01-01, since it was slow: loss: 1 gone"]),
            ["without a reason lost of step: 1 gone: "],
        ),
        (ids([CHECK]), None, [f"{LIST} of the base is gone: nothing says"]),
        ("torn", ids([CHECK]), [f"{LIST} of the base is torn"]),
        ("torn", ids([CHECK], accepted=["2026-01-01, since it was torn: the list, which was torn"]), []),
        (None, ids([CHECK]), []),
    ],
    ids=["same", "edited", "given", "of before", "gone", "torn", "mended", "first use"],
)
def test_the_list_of_ids(sides: Sides, before: str | None, after: str | None, red: Sequence[str]) -> None:
    sides.write(LIST, before, after)
    said = sides.judged(finding("a"))
    assert len(said.red) == len(red), said.red
    assert all(line.startswith(start) for line, start in zip(said.red, red, strict=True))
    assert said.notes == []


def test_without_a_list_one_note(sides: Sides) -> None:
    said = sides.judged(finding("a"))
    assert (said.red, len(said.notes)) == ([], 1)
    assert said.notes[0].startswith(f"there is no {LIST}: no run can tell that a check is lost")


WIDER = "baselines/window.short.own is held by a budget of 0.01, and was by 1e-06"


@pytest.mark.parametrize(
    ("after", "red", "accepted"),
    [
        (Approval(1e-6), [f"{WIDER}, without a reason; --update-snapshots --reason TEXT gives one"], []),
        (Approval(1e-2), [f"{WIDER}, without a reason; --update-snapshots --reason TEXT gives one"], []),
        (
            Approval(1e-6, "why", "2026-11-30T10:00:00Z"),
            [f"{WIDER}, without a reason; --update-snapshots --reason TEXT gives one"],
            [],
        ),
        (Approval(1e-2, "why", "2026-11-30T10:00:00Z"), [], [f"{WIDER}, since why"]),
    ],
)
def test_the_budget_in_a_test_of_a_baseline(after: Approval, red: list[str], accepted: list[str], sides: Sides) -> None:
    sides.write("snapshots/check-ids.txt", ids(), ids())
    texts = [render(NAME, {"values": describe_array(np.ones(2))}, one) for one in (Approval(1e-6), after)]
    sides.write(f"snapshots/baselines/{NAME}.json", *texts)
    parts = CheckId("window", "baseline", "short", "own", "cpu", "float64")
    one = Measured("values", 0.0, 0.0, 1e-2, (), 1.0, 1.0)
    found = replace(finding("short", verdict=Verdict.OK), **vars(parts), check=str(parts), measured=(one,))
    said = sides.judged(found, tests=[HeldTest("test_window.py::test_short", "passed", (str(parts),))])
    assert (said.red, said.accepted) == (red, accepted)


@pytest.mark.parametrize(
    "base", ["[tool.parity.budgets]\n'step.oracle' = {times = 2, reason = 'y'}\n", "[tool.parity]\nbudgets = 1\n", "]"]
)
def test_what_a_project_makes_wider_is_listed(base: str, sides: Sides) -> None:
    sides.write("snapshots/check-ids.txt", ids(), ids())
    sides.write("pyproject.toml", base, "[tool.parity.thresholds]\nmean = {minimum = 0}\n")
    said, run = Judgement(), Run((), environment={"budgets": {"step.oracle": {"times": 4.0, "reason": "why"}}})
    judge_change(said, run, sides.here, FolderTree(sides.base), contracts="contracts", new_excuses=0, day=DAY)
    was = ", and was 2 times" if "times" in base else ""
    assert said.accepted == [f"budget step.oracle is 4 times as wide{was}, since why"]
    assert said.notes == ["[tool.parity.thresholds] is another one than that of the base"]


def test_the_folder_of_snapshots_is_moved(sides: Sides) -> None:
    """A new list in another place hides nothing of the old one."""
    sides.write(LIST, ids([CHECK, OTHER]), None)
    sides.write("elsewhere/check-ids.txt", None, ids([CHECK]))
    said = sides.judged(finding("a"), snapshots="elsewhere")
    assert said.red == [f"{LIST} of the base is gone: nothing says what was lost"]


def test_a_list_that_forgets_what_ran(sides: Sides) -> None:
    """Else a first change could take out the word, and a second one the check."""
    for here in (ids([CHECK]), ids([CHECK, OTHER]).replace(f"{OTHER} ran", OTHER)):
        sides.write(LIST, ids([CHECK, OTHER]), here)
        for other in (finding("b", verdict=Verdict.OK), idle("b")):
            (said,) = sides.judged(finding("a", verdict=Verdict.OK), other).red
            assert said.startswith(f"check-ids.txt no longer says that 1 check ran: {OTHER}; take it back")
    # What is accepted is lost, and what ran is not.
    sides.write(LIST, ids([CHECK, OTHER]), ids([CHECK], accepted=["2026-11-28, since why: b"]))
    assert sides.judged(finding("a", verdict=Verdict.OK), idle("b")).red == []
    assert len(sides.judged(finding("a", verdict=Verdict.OK), finding("b", verdict=Verdict.OK)).red) == 1


def test_what_another_machine_can_ask_is_not_lost(sides: Sides) -> None:
    sides.write(LIST, ids([CHECK, OTHER]), ids([CHECK, OTHER]))
    assert sides.judged(finding("a"), idle("b")).red == []
    sides.write(LIST, ids([CHECK, OTHER]), ids([CHECK]))
    assert len(sides.judged(finding("a"), idle("b"), required=["cpu"]).red) == 1
    assert len(sides.judged(finding("a"), idle("b", cause=Cause.NOT_PROVIDED)).red) == 1


def test_what_a_ledger_excuses_beyond_another() -> None:
    def new(found: Sequence[Finding], known: Sequence[Finding], before: Sequence[Finding]) -> list[str]:
        return newly_excused(found, ledger(*known), ledger(*before), DAY)

    one, other = finding("a"), finding("a", got=-40.0)
    gpu = idle("a", device="cuda")
    there = finding("a", device="cuda")
    assert new([excused(one)], [one], [one]) == []
    assert new([excused(one)], [one], []) == [one.check]
    assert new([excused(other)], [other], [one]) == [one.check], "another failure of the same check"
    assert new([one], [other], [one]) == [], "what is red is no excuse"
    assert new([excused(one), gpu], [one, there], [one]) == [there.check], "what fails on another machine"
    assert new([excused(one), gpu], [one, there], [one, there]) == []
    assert new([gpu], [finding("a", got=-40.0, device="cuda")], [there]) == [there.check]
    ended = replace(TERMS, added=DAY - timedelta(days=60), expires=DAY - timedelta(days=30))
    late = Ledger((PinnedEntry(ended, 1, cause_of(one), ledger(one).pinned[0].pins),))
    assert newly_excused([excused(one)], ledger(one), late, DAY) == [], "what was renewed is not new"


def test_the_bound_on_what_a_ledger_excuses(sides: Sides) -> None:
    def text(*known: Finding) -> str:
        return "\n".join(
            [f"format = {FORMAT}", *(line for one in ledger(*known).entries for line in lines_of(one)), ""]
        )

    found = [finding("a"), finding("b")]
    sides.write("known.toml", text(found[0]), text(*found))
    known = [excused(one) for one in found]
    (red,) = sides.judged(*known, ledger="known.toml").red
    assert red == f"the ledger excuses 1 check more than that of the base, and --new-excuses allows 0: {OTHER}"
    said = sides.judged(*known, ledger="known.toml", allowed=1)
    assert (said.red, len(said.accepted)) == ([], 1)
    sides.write("known.toml", "format = 1", None)
    said = sides.judged(*known, ledger="known.toml")
    assert said.red[0].startswith("the ledger excuses 2 checks more")
    assert said.notes[-1].startswith("known.toml of the base cannot be read, so all that this one excuses is new: ")
    assert sides.judged(*known).red == [], "without a ledger nothing is excused"


def account(**more: Any) -> Mapping[str, Any]:
    known = {"entry": "entry 1", "pinned": True, "reason": "it is known", "owner": "me", "as_said": 2, "passed": 0}
    return {**known, "expires": str(DAY + timedelta(days=9)), **more}


@pytest.mark.parametrize(
    ("change", "red"),
    [
        ({}, ""),
        ({"passed": 1}, "the ledger's entry 1 excuses what passes: 1 check; narrow or remove it"),
        ({"pinned": False}, "the ledger's entry 1 is not pinned: parity ledger update --from RECORD pins it"),
        ({"expires": str(DAY - timedelta(days=1))}, "the ledger's entry 1 has expired since the run, on "),
        # Of which the run has said so.
        ({"expires": str(DAY - timedelta(days=9))}, ""),
    ],
)
def test_the_entries_of_a_ledger(change: Mapping[str, Any], red: str) -> None:
    said = Judgement()
    judge_run(said, Run((), time=str(DAY - timedelta(days=5)), accounts=(account(**change),)), (), None, DAY)
    assert len(said.red) == bool(red)
    assert "".join(said.red).startswith(red)
    assert len(said.accepted) == (change.get("pinned") is not False)


def _red(run: Run, *required: str, count: int | None = None) -> list[str]:
    said = Judgement()
    judge_run(said, run, required, count, DAY)
    return said.red


def test_what_must_have_run() -> None:
    passing = finding("a", verdict=Verdict.OK, cause=None, measured=())
    run = Run((passing, idle("a", "cuda")), facts=RunFacts(backends=["mine"]))
    assert _red(run, "mine", "cpu") == []
    assert _red(run, "cuda") == ["--require cuda: nothing of that name ran"]
    asked = replace(run, facts=replace(run.facts, required=["cuda"], errors=["--parity-require cuda: nothing ran"]))
    assert _red(asked, "cuda") == ["--parity-require cuda: nothing ran"], "once"


@pytest.mark.parametrize(
    ("there", "count", "red"),
    [
        ([], None, []),
        ([], 1, ["shard 1/1 never reported"]),
        (["1/2", "2/2"], 2, []),
        (["1/2", "2/2"], 3, ["shards 1/3, 2/3, 3/3 never reported"]),
        # Which the record says of itself.
        (["1/2"], 2, []),
    ],
)
def test_parts(there: list[str], count: int | None, red: list[str]) -> None:
    assert _red(Run((), facts=RunFacts(shards=there)), count=count) == red


def test_how_pytest_ended() -> None:
    assert _red(Run((), facts=RunFacts(exit_status=1))) == ["pytest ended with 1"]
    assert _red(Run((), facts=RunFacts(exit_status=1, errors=["nothing ran"]))) == ["nothing ran"]
    assert _red(Run((), facts=RunFacts(exit_status=4, errors=["x"]))) == ["x", "pytest ended with 4"]
    assert _red(Run((), partial="it was cut short")) == ["the run is not whole: it was cut short"]
    assert _red(Run((finding("a"),)))[0].startswith("mine step: semantic, ")


def test_a_record_beside_changes_that_are_in_no_commit(capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = mismatches(Expected(Path("record.json"), "abc+changes"), Run((), commit="abc"))
    assert said.endswith("not 'abc+changes'; the files here have changes since, which are in no commit")
    assert not list(mismatches(Expected(Path("record.json"), "abc"), Run((), commit="abc")))
    for wrong in (["--shards", "0"], ["--new-excuses", "-1"]):
        assert main(["gate", *wrong]) == 2
    assert capsys.readouterr().err.count(" Error ") == 2
