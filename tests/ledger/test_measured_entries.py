"""``parity ledger add --from`` and ``update``: entries made of a record, one for each cause, and brought to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parity_suite.cli.main import main
from parity_suite.core.about import About
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.run_facts import RunFacts
from parity_suite.core.way import Raised, Rule
from parity_suite.ledger import read_ledger, today
from parity_suite.ledger.ledger import Ledger
from parity_suite.report.record import write_record

TERMS = ("--reason", "known for a long time", "--owner", "me", "--expires", "30d")
OTHER = "grid_sample"


def finding(case: str, verdict: Verdict = Verdict.SEMANTIC, stage: str = "translate", **more: Any) -> Finding:
    parts = (stage, "oracle", case, "torch", "cpu", "float32")
    known = {"implementation": "", "measured": (wrong(1.0),) if verdict is Verdict.SEMANTIC else (), "blame": stage}
    return Finding(f"{stage}.oracle[{case}-torch-cpu-float32]", *parts, verdict, **{**known, **more})


def wrong(got: float, output: str = "images", implementation: str = "") -> Measured:
    return Measured(output, 1.0, 1.0, 1e-6, (0,), got, 3.0, about=About(implementation=implementation))


def other(case: str, got: float = 1.0, **more: Any) -> Finding:
    """A failure of an implementation that is not the default one."""
    return finding(case, implementation=OTHER, measured=(wrong(got, "images, other", OTHER),), **more)


OK, NOT_RUN = Verdict.OK, Verdict.NOT_RUN
RUN = [
    finding("a"),
    finding("b"),
    other("c"),
    other("d", kind=Kind("opposite sign")),
    other("e"),
    finding("f", Verdict.ERROR, "loss", raised=Raised("ValueError", "no", "mine.py", 3, "Mine.loss")),
    finding("g", Verdict.CONTRACT, "loss", rules=(Rule("total", "dtype", "float16"),)),
    finding("h", OK),
    finding("i", NOT_RUN, cause=Cause.NO_DEVICE),
]


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def record(*findings: Finding, **more: Any) -> str:
    folder = Path("runs") / str(len(list(Path().glob("runs/*"))))
    return str(write_record(folder, Path(), findings, {}, {}, **more))


def ledger() -> Ledger:
    return read_ledger(Path("parity-ledger.toml"), today())


def text() -> str:
    return Path("parity-ledger.toml").read_text("utf-8")


def cases() -> list[str]:
    """The cases in each entry."""
    return ["".join(sorted(check.split("[")[1][0] for check in entry.pins)) for entry in ledger().pinned]


def add(*findings: Finding, which: Any = ("--all",)) -> int:
    return main(["ledger", "add", "--from", record(*findings), *which, *TERMS])


def update(*findings: Finding) -> int:
    return main(["ledger", "update", "--from", record(*findings)])


def test_one_entry_a_cause_and_one_line_a_check() -> None:
    assert add(*RUN) == 0
    assert cases() == ["cde", "ab", "g", "f"]
    assert [str(entry.cause) for entry in ledger().pinned] == [
        "torch translate grid_sample",
        "torch translate",
        "torch loss dtype",
        "torch loss ValueError mine.py:Mine.loss",
    ]
    assert ledger().pinned[0].kind == "opposite sign"
    assert len(text().splitlines()) == 1 + 4 * 9 + 7
    for one in RUN:
        entry = ledger().of(one.check)
        assert (entry is not None) is one.red
        assert entry is None or entry.differences(one) == ""


def test_the_causes_are_listed_where_none_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(*RUN, which=()) == 2
    out, error = capsys.readouterr()
    assert error == "parity ledger add: which of them: --cause N or --all\n"
    assert [" ".join(line.split()) for line in out.splitlines()][:2] == [
        "cause what checks fails as looks like first check",
        "1 torch translate grid_sample 3 semantic opposite sign translate.oracle[c-torch-cpu-float32]",
    ]
    assert len(out.splitlines()) == 5
    assert not Path("parity-ledger.toml").exists()


def test_one_cause_is_added_and_not_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(*RUN, which=("--cause", "2")) == 0
    assert cases() == ["ab"]
    assert capsys.readouterr().out == "entry 1: torch translate, 2 checks\n"
    before = text()
    assert add(*RUN, which=("--cause", "2")) == 2
    assert capsys.readouterr().err == "parity ledger add: cause 2, torch translate, is known\n"
    assert add(*RUN, which=("--cause", "9")) == 2
    assert capsys.readouterr().err == "parity ledger add: the run has no cause 9\n"
    assert add(*RUN, finding("j"), which=("--cause", "1")) == 2
    assert "is that of entry 1, which parity ledger update extends" in capsys.readouterr().err
    assert text() == before
    assert add(*RUN) == 0
    assert cases() == ["ab", "cde", "g", "f"]
    assert text().startswith(before)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "either CHECK or --from RECORD is wanted"),
        (("a.b[*]", "--from", "r.json"), "either CHECK or --from RECORD is wanted"),
        (("a.b[*]",), "--reason, --owner, --expires, --verdict is missing"),
    ],
)
def test_what_is_missing_is_said(arguments: Any, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "add", *arguments]) == 2
    assert capsys.readouterr().err == f"parity ledger add: {says}\n"
    assert main(["ledger", "update", "--from", record()]) == 2
    assert capsys.readouterr().err == "parity ledger update: parity-ledger.toml is not there\n"


def test_a_partial_record_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(*RUN) == 0
    before = text()
    part = record(*RUN, partial="3 of 9 checks have no finding")
    said = f"{part} is not of a whole run: 3 of 9 checks have no finding"
    for action in (["add", "--all", *TERMS], ["update"]):
        capsys.readouterr()
        assert main(["ledger", *action, "--from", part]) == 2
        assert capsys.readouterr().err == f"parity ledger {action[0]}: {said}; --parts takes what it has\n"
    assert main(["ledger", "add", "--all", *TERMS, "--from", part, "--from", part]) == 2
    assert "--parts takes those of several parts" in capsys.readouterr().err
    assert text() == before


def test_entries_are_made_of_several_parts_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    early = [replace(RUN[0], verdict=OK), *RUN[1:4]]
    parts = [record(*one, partial="some of 9 checks have no finding") for one in (early, RUN[4:], RUN[:1])]
    arguments = [text for part in parts for text in ("--from", part)]
    assert main(["ledger", "add", "--parts", *arguments, "--all", *TERMS]) == 0
    # As of one run, and of a check that two have as in the last.
    assert cases() == ["cde", "ab", "g", "f"]
    assert capsys.readouterr().out.splitlines()[0] == "entry 1: torch translate grid_sample, 3 checks"


def test_an_update_beside_what_is_not_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(finding("a", measured=(wrong(float("nan")),)), finding("b")) == 0
    capsys.readouterr()
    assert update(finding("a", measured=(wrong(float("nan")),)), finding("b", OK)) == 0
    assert capsys.readouterr().out == "entry 1: translate.oracle[b-torch-cpu-float32] passes: taken out\n"
    assert cases() == ["a"]


def test_an_update_by_a_part_leaves_what_it_did_not_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(*RUN) == 0
    assert main(["ledger", "add", "stats.*[*]", *TERMS, "--verdict", "semantic"]) == 0
    before = cases()
    part = record(replace(RUN[0], verdict=OK), RUN[1], finding("z", stage="stats"), partial="some have no finding")
    capsys.readouterr()
    assert main(["ledger", "update", "--parts", "--from", part]) == 0
    assert capsys.readouterr().out == "entry 2: translate.oracle[a-torch-cpu-float32] passes: taken out\n"
    assert cases() == [one.replace("a", "") for one in before]
    assert len(ledger().unpinned) == 1


@pytest.mark.parametrize("cut", ["short", "crashed"])
def test_no_entry_is_made_of_a_run_that_did_not_end(cut: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = RunFacts(cut_short=cut == "short")
    lost = finding("z", Verdict.ERROR, cause=Cause.CRASHED if cut == "crashed" else None)
    part = record(*RUN, lost, partial="it ended", facts=facts)
    assert main(["ledger", "add", "--parts", "--from", record(*RUN), "--from", part, "--all", *TERMS]) == 2
    assert capsys.readouterr().err == f"parity ledger add: {part} is of a run that did not end: it ended\n"
    assert not Path("parity-ledger.toml").exists()


def test_no_entry_is_made_of_runs_of_two_commits(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--from", record(*RUN, commit="a" * 40), "--from", record(*RUN, commit="b" * 40)]
    assert main(["ledger", "add", "--parts", *arguments, "--all", *TERMS]) == 2
    said = f"the records are of more than one commit: {'a' * 40}, {'b' * 40}"
    assert capsys.readouterr().err == f"parity ledger add: {said}\n"


def test_an_update_takes_out_what_passes_and_adds_what_fails_for_the_cause(capsys: pytest.CaptureFixture[str]) -> None:
    add(*RUN)
    before = text()
    assert update(*RUN) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "every entry is as the run measured it"
    assert text() == before
    assert update(finding("a", OK), finding("b"), finding("h"), other("c"), other("d"), other("e"), *RUN[5:7]) == 0
    assert cases() == ["cde", "bh", "g", "f"]
    assert capsys.readouterr().out.splitlines() == [
        "entry 2: translate.oracle[a-torch-cpu-float32] passes: taken out",
        "entry 2: translate.oracle[h-torch-cpu-float32] fails for its cause: added",
    ]


def test_what_did_not_run_or_fails_for_another_cause_stays(capsys: pytest.CaptureFixture[str]) -> None:
    add(*RUN)
    pins = ledger().pinned[1].pins
    assert update(finding("a", NOT_RUN, cause=Cause.NO_DEVICE), other("b"), *RUN[2:]) == 0
    assert dict(ledger().pinned[1].pins) == pins
    assert "[b-torch-cpu-float32] fails for another cause, torch translate grid_sample: left as it is" in (
        capsys.readouterr().out
    )


def test_an_update_takes_no_other_implementation_in(capsys: pytest.CaptureFixture[str]) -> None:
    add(*RUN)
    before = text()
    both = replace(other("c"), measured=(*other("c").measured, wrong(1.0)))
    assert update(*RUN[:2], both, *RUN[3:]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "entry 1: translate.oracle[c-torch-cpu-float32] fails in another implementation as well: left as it is"
    )
    assert text() == before


def test_what_fails_otherwise_for_the_cause_is_pinned_anew(capsys: pytest.CaptureFixture[str]) -> None:
    both = finding("a", measured=(wrong(1.0), wrong(1.0, "mask")))
    add(both, finding("b"))
    now = finding("a", measured=(wrong(2.0, "mask"),))
    assert update(now, finding("b", measured=(wrong(1.1),))) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "entry 1: translate.oracle[a-torch-cpu-float32] mask has 2 at [0], where 1 at [0] is known: pinned anew"
    )
    first, second = ledger().pinned[0].pins.values()
    assert [one.output for one in first.outputs] == ["mask"]
    # What moved by less than makes it news stays as it was measured first, so that it does not creep away.
    assert [str(one) for one in second.outputs] == ["1 at [0]"]


def test_an_output_that_is_mended_is_taken_out() -> None:
    add(finding("a", measured=(wrong(1.0), wrong(1.0, "mask"))))
    assert update(finding("a")) == 0
    ((pin),) = ledger().pinned[0].pins.values()
    assert [one.output for one in pin.outputs] == ["images"]


def test_comments_and_the_order_of_what_stays_are_kept() -> None:
    add(*RUN)
    marked = text().replace("[[entries]]", "# about the next\n[[entries]]").replace("]\n\n", "] # end\n\n")
    assert "# end" in marked
    Path("parity-ledger.toml").write_text(marked.replace("] # end", "]\n# end"), "utf-8")
    assert update(finding("a", OK), finding("b", OK), *RUN[2:]) == 0
    assert cases() == ["cde", "g", "f"]
    assert text().count("# about the next") == 4
    assert [entry.name for entry in ledger().pinned] == ["entry 1", "entry 2", "entry 3"]


def test_what_is_laid_out_otherwise_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    add(*RUN)
    other_way = text().replace("checks = [", "checks=[")
    Path("parity-ledger.toml").write_text(other_way, "utf-8")
    assert update(finding("a", OK), *RUN[1:]) == 2
    assert "the checks of an entry do not stand in lines of their own" in capsys.readouterr().err
    assert text() == other_way


def test_unpinned_entries_are_pinned_by_their_causes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ledger", "add", "translate.*[*]", *TERMS, "--verdict", "semantic"])
    main(["ledger", "add", "stats.*[*]", *TERMS, "--verdict", "semantic"])
    capsys.readouterr()
    assert update(*RUN) == 0
    said = "translate.*[*]: 5 checks pinned, of 2 causes; 1 of its checks did not run, and have no entry"
    assert capsys.readouterr().out.splitlines() == [said]
    assert cases() == ["cde", "ab"]
    assert [entry.name for entry in ledger().unpinned] == ["stats.*[*]"]


def test_an_unpinned_entry_of_which_nothing_fails_is_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ledger", "add", "translate.*[*]", *TERMS, "--verdict", "semantic"])
    capsys.readouterr()
    assert update(finding("h", OK), finding("i", NOT_RUN, cause=Cause.NO_DEVICE)) == 0
    said = "translate.*[*]: no check of it fails: taken out; 1 of its checks did not run, and have no entry"
    assert capsys.readouterr().out.splitlines() == [said]
    assert not ledger().entries


def test_a_backend_that_cannot_be_had_is_one_entry_whichever_check_says_so() -> None:
    gone: Any = {"cause": Cause.UNAVAILABLE, "raised": Raised("ImportError", "none", "mine.py", 1, "<module>")}
    first = finding("a", Verdict.ERROR, **gone)
    second = finding("b", NOT_RUN, **gone)
    assert add(first, second) == 0
    assert cases() == ["ab"]
    entry = ledger().of(second.check)
    assert entry is not None
    assert entry.differences(replace(second, verdict=Verdict.ERROR)) == ""


def test_values_of_every_kind_come_back_as_they_were() -> None:
    values = [1.5, 1 + 2j, complex(float("inf"), 1), float("-inf"), 7, True, 'a "text"\x7f\n']
    those = [replace(wrong(0.0, f"output {k}"), got=value, want="nothing") for k, value in enumerate(values)]
    failed = finding("a", measured=tuple(those))
    assert add(failed) == 0
    entry = ledger().of(failed.check)
    assert entry is not None
    assert entry.differences(failed) == ""
    (pin,) = ledger().pinned[0].pins.values()
    assert [getattr(one, "gives", None) for one in pin.outputs] == values


def test_a_pin_that_is_none_and_a_check_that_is_listed_twice_are_refused() -> None:
    add(*RUN)
    for old, new, says in (
        ('rules = [["total", "dtype", ""]]', "", "nothing is known to fail"),
        ('rules = [["total", "dtype", ""]]', "rule = []", "rule is not one of"),
        ("oracle[b-", "oracle[a-", "unique"),
        ('kind = "opposite sign"', 'kind = "opposite sign", other = ""', "unknown"),
    ):
        assert old in text()
        Path("parity-ledger.toml").with_name("wrong.toml").write_text(text().replace(old, new), "utf-8")
        with pytest.raises(ValueError, match=says):
            read_ledger(Path("wrong.toml"), today())
