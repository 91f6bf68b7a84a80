"""The block of a cause: who is wrong where, what it looks like, what shows it, and the command that asks again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Stored, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.measured import Measured
from parity_suite.core.run_causes import RunCause, ToMend
from parity_suite.core.way import Raised, Rule
from parity_suite.laws.mending import told_to_mend
from parity_suite.report.causes import cause_lines, title
from parity_suite.report.smallest import shown_values

_ID = CheckId("translate", "oracle", "n16.g2.b5", "mine", "cpu", "float32")
OFF = Measured("images (complex)", 0.3, 1.2, 1e-6, (0, 1, 2, 0), 1.0, 2.0)
WRONG = Finding(
    str(_ID), *vars(_ID).values(), Verdict.SEMANTIC, "off", "translate", cause=Cause.OFF_BUDGET, measured=(OFF,),
    decided_by="images (complex)", kind=Kind.AXES, replay=Stored(f"parity-failures/{'n' * 90}"),
)  # fmt: skip


def of(*findings: Finding, passing: int = 0) -> ToMend:
    return ToMend(RunCause("mine", "translate"), findings, passing)


def lines(*those: ToMend) -> list[str]:
    return [line.text for line in cause_lines(those, Path())]


def stages(count: int) -> list[Finding]:
    return [replace(WRONG, check=f"s{place}.oracle[a-mine-cpu-float32]", blame=f"s{place}") for place in range(count)]


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (WRONG, "mine translate: x and y swapped (1 check)"),
        (replace(WRONG, kind=None), "mine translate: semantic, another meaning, not round-off (1 check)"),
        (replace(WRONG, implementation="gather"), "mine translate gather: x and y swapped (1 check)"),
        (
            replace(WRONG, verdict=Verdict.ERROR, raised=Raised("ValueError", "no", "mine.py", 3, "Mine.translate")),
            "mine translate: ValueError in mine.py:Mine.translate (1 check)",
        ),
        (replace(WRONG, verdict=Verdict.ERROR, raised=Raised("OSError")), "mine translate: OSError (1 check)"),
        (
            replace(WRONG, verdict=Verdict.CONTRACT, rules=(Rule("images", "rank", "images: rank"),)),
            "mine translate: contract: images rank (1 check)",
        ),
    ],
)
def test_the_heading_names_backend_stage_and_mistake(finding: Finding, said: str) -> None:
    (one,) = told_to_mend([finding])
    assert title(one) == said


def test_plurals_agree() -> None:
    other = replace(WRONG, check=WRONG.check.replace("n16", "n15"))
    assert title(of(WRONG, other)).endswith("(2 checks)")
    said = [next(line for line in lines(of(WRONG, passing=count)) if "fail:" in line) for count in (0, 1, 2)]
    assert said == [
        "   fail: oracle 1; 0 checks of translate hold",
        "   fail: oracle 1; 1 check of translate holds",
        "   fail: oracle 1; 2 checks of translate hold",
    ]


def test_a_block_has_the_check_the_error_the_laws_and_the_command() -> None:
    first, *more = lines(of(WRONG))
    assert first == "1. mine translate: x and y swapped (1 check)"
    assert more[0] == f"   {WRONG.check}"
    assert more[1].startswith("   images (complex) is off by 1.2, ")
    assert more[2].startswith("   worst at [0, 1, 2, 0]: got 1, wanted 2")
    assert more[-1] == f"   parity replay parity-failures/{'n' * 90}"


def test_an_exception_is_said_beside_the_rule_that_is_broken_too() -> None:
    raised = Raised("TypeError", "no astype", "mine.py", 3, "Mine.translate")
    broken = (Rule("images", "rank", "images: rank"),)
    both = replace(WRONG, verdict=Verdict.ERROR, cause=Cause.EXCEPTION, raised=raised, rules=broken, decided_by="")
    assert lines(of(both))[2:4] == ["   TypeError: no astype", "   images: rank"]


def test_what_the_ledger_says_of_it_is_said() -> None:
    (said,) = [
        line
        for line in lines(of(replace(WRONG, ledger=LedgerNote("entry 1", LedgerOutcome.OTHERWISE))))
        if "ledger" in line
    ]
    assert said == "   ledger: entry 1, outcome failed otherwise"


def test_the_few_that_are_of_another_kind_are_named() -> None:
    others = [replace(WRONG, check=f"translate.oracle[a{k}-mine-cpu-float32]", kind=None) for k in range(3)]
    many = [replace(WRONG, check=f"translate.oracle[b{k}-mine-cpu-float32]") for k in range(30)]
    said = " ".join(line.strip() for line in lines(of(*others, *many)))
    assert f"not so: {others[0].check}, {others[1].check}, {others[2].check} fail:" in said
    assert not any("not so" in line for line in lines(of(*many)))


def test_no_kind_is_said_where_more_than_a_few_are_not_of_it() -> None:
    others = [replace(WRONG, check=f"translate.oracle[a{k}-mine-cpu-float32]", kind=None) for k in range(6)]
    many = [replace(WRONG, check=f"translate.oracle[b{k}-mine-cpu-float32]") for k in range(94)]
    heading = lines(of(*others, *many))[0]
    assert str(WRONG.kind) not in heading
    assert str(WRONG.kind) in lines(of(*others[1:], *many))[0]


def test_what_explains_most_is_the_kind_where_little_was_asked() -> None:
    """A check of odd sides alone is explained in two ways, and those of even sides in one of them."""
    odd = [
        replace(WRONG, check=f"translate.oracle[a{k}-mine-cpu-float32]", kind=Kind.FFTSHIFT, other_kinds=(Kind.SHIFT,))
        for k in range(7)
    ]
    even = [replace(WRONG, check=f"translate.oracle[b{k}-mine-cpu-float32]", kind=Kind.SHIFT) for k in range(5)]
    assert str(Kind.SHIFT) in lines(of(*odd, *even))[0]
    assert str(Kind.FFTSHIFT) in lines(of(*odd))[0]


def test_two_mistakes_in_one_function_have_the_names_that_single_checks_give() -> None:
    one = [replace(WRONG, check=f"translate.oracle[a{k}-mine-cpu-float32]") for k in range(7)]
    two = [replace(WRONG, check=f"translate.oracle[b{k}-mine-cpu-float32]", kind=Kind.NEAREST) for k in range(5)]
    heading = " ".join(line.strip() for line in lines(of(*one, *two))[:2])
    assert f"{WRONG.kind} (7), {Kind.NEAREST} (5)" in heading


def test_two_mistakes_that_explain_a_failure_together_are_both_its_name() -> None:
    both = replace(WRONG, kind=None, other_kinds=(Kind.AXES, Kind.CONJUGATE))
    many = [replace(both, check=f"translate.oracle[a{k}-mine-cpu-float32]") for k in range(7)]
    heading = " ".join(line.strip() for line in lines(of(*many))[:2])
    assert f"{Kind.AXES} and {Kind.CONJUGATE} (7)" in heading


def test_there_are_three_blocks_and_a_line_for_each_further_cause() -> None:
    said = lines(*told_to_mend(stages(5)))
    headings = [place for place, line in enumerate(said) if line[0] != " "]
    assert [said[place].split(".")[0] for place in headings] == ["1", "2", "3", "4", "5"]
    assert headings[4] == headings[3] + 1 == len(said) - 1
    assert all(after - before > 4 for before, after in pairwise(headings[:4]))


def test_a_line_has_at_most_80_columns_apart_from_the_command() -> None:
    name = "a" * 40
    raised = Raised("A" * 30, "m " * 400, "mine.py", 3, f"{name}.{name}")
    long = replace(WRONG, subject=name, verdict=Verdict.ERROR, raised=raised, reason="words " * 50, decided_by="")
    said = [line for one in (WRONG, long) for line in lines(*told_to_mend([one]))]
    assert [line for line in said if len(line) > 80] == [f"   parity replay parity-failures/{'n' * 90}"] * 2


def test_the_heading_of_a_long_message_ends_after_two_lines() -> None:
    rule = Rule("images", "words " * 100, "images: words")
    found = list(cause_lines(told_to_mend([replace(WRONG, verdict=Verdict.CONTRACT, rules=(rule,))]), Path()))
    heading = [line.text for line in found if line.heading]
    assert len(heading) <= 2
    assert heading[-1].endswith(" ...")


def test_a_folder_that_is_gone_or_altered_takes_only_the_smallest_input(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    assert not any("smallest" in line for line in lines(of(replace(WRONG, replay=Stored(str(folder))))))
    folder.mkdir()
    (folder / "replay.json").write_text("{", "utf-8")
    said = lines(of(replace(WRONG, replay=Stored(str(folder)))))
    assert said[-1] == f"   parity replay {folder}"
    assert not any("smallest" in line for line in said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.array([[[1.0]]]), "1."),
        (np.array([1 + 0j, 0.5]), "[1. , 0.5]"),
        (np.array([1 + 2j]), "1.+2.j"),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (None, "None"),
        ("bilinear", "bilinear"),
    ],
)
def test_values_are_shown_in_a_line(value: object, said: str) -> None:
    assert shown_values(value) == said


def test_the_command_is_that_of_the_most_telling_check_that_has_a_folder() -> None:
    bare = replace(WRONG, check=WRONG.check.replace("oracle", "identity"), law="identity", replay=Stored())
    late = replace(WRONG, check=WRONG.check.replace("oracle", "adjoint"), law="adjoint", replay=Stored("failures/late"))
    (mend,) = told_to_mend([bare, late, WRONG])
    assert (mend.most_telling, mend.replayed) == (bare, WRONG)
    assert mend.to_json()["replay"] == WRONG.replay.folder
    assert lines(mend)[1] == f"   {bare.check}"
    assert lines(mend)[-1] == f"   parity replay {WRONG.replay.folder}"
    assert told_to_mend([bare])[0].replayed == bare
