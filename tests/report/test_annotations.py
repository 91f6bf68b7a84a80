"""Annotations of GitHub, at the lines that raise, and where a stage that is wrong begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import failed, held

from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Verdict
from parity_suite.core.way import Raised
from parity_suite.report.annotations import annotation_lines


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("mine.py", "src/package/late.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path.parent / "outside.py").write_text("")
    return tmp_path


def raising(file: str, line: int, law: str = "oracle", **more: object) -> Finding:
    return failed(
        law, verdict=Verdict.ERROR, raised=Raised("ValueError", "50%\nno", file, line, "Mine.translate"), **more
    )


def test_each_line_that_raises_has_one_with_how_many_checks_fail_there(root: Path) -> None:
    found = [raising("mine.py", 7), raising("mine.py", 9, "a"), raising("mine.py", 9, "b"), held("energy")]
    first, second = annotation_lines(found, root, {})
    assert first.startswith("::error file=mine.py,line=9,title=parity%3A mine translate::ValueError: 50%25\\nno (")
    assert first.endswith("translate.a[n16.g2.b5-mine-cpu-float32], and 1 check more)")
    assert ",line=7," in second


def test_a_file_is_found_below_src_and_named_from_the_root(root: Path) -> None:
    (line,) = annotation_lines([raising("package/late.py", 3)], root, {})
    assert line.startswith("::error file=src/package/late.py,line=3,")


@pytest.mark.parametrize("file", ["gone.py", "../outside.py", "", "src"])
def test_what_cannot_be_placed_has_none(root: Path, file: str) -> None:
    assert list(annotation_lines([raising(file, 3)], root, {})) == []


def test_neither_has_what_the_ledger_knows(root: Path) -> None:
    known = LedgerNote("entry 1", LedgerOutcome.AS_SAID)
    assert list(annotation_lines([raising("mine.py", 3, ledger=known)], root, {})) == []


def test_there_are_ten_at_most(root: Path) -> None:
    found = [raising("mine.py", line, f"law{line}") for line in range(1, 15)]
    assert len(list(annotation_lines(found, root, {}))) == 10


MINE = """
class Mine:
    implementations = {"late": "translate"}
    fused = {"far_field": ("illuminate", "diffract")}
    extract = adapt(cut)

    def translate(self, images, offsets):
        return images

    def translate_late(self, images, offsets):
        return images

    def far_field(self, patches, probe):
        return patches
"""


@pytest.mark.parametrize(
    ("stage", "subject", "line"),
    [
        ("translate", "mine", 7),
        ("translate", "mine.late", 10),
        ("extract", "mine", 5),
        ("illuminate+diffract", "mine", 13),
    ],
)
def test_a_wrong_answer_is_told_where_its_stage_begins(tmp_path: Path, stage: str, subject: str, line: int) -> None:
    (tmp_path / "its" / "package").mkdir(parents=True)
    (tmp_path / "its" / "__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "its" / "package" / "source.py").write_text(MINE)
    mine = {"classes": {"mine": "its.package.source:Mine"}}
    red = [failed("oracle", stage, subject), failed("identity", stage, subject)]
    (said,) = annotation_lines(red, tmp_path, mine)
    assert said.startswith(
        f"::error file=its/package/source.py,line={line},title=parity%3A {subject} {stage}::{subject} {stage}: "
    )
    assert " (2 checks); " in said
    assert list(annotation_lines([failed("oracle", "diffract", subject)], tmp_path, mine)) == [], "it defines none"
    assert list(annotation_lines(red, tmp_path / "elsewhere", mine)) == []


def test_of_two_the_culprit_is_told(tmp_path: Path) -> None:
    (tmp_path / "its_other.py").write_text(MINE)
    both = {"classes": {"mine": "its_other:Mine", "other": "nowhere:Other"}}
    assert len(list(annotation_lines([failed("pair", subject="mine+other", culprit="mine")], tmp_path, both))) == 1
    assert list(annotation_lines([failed("pair", subject="mine+other")], tmp_path, both)) == []
