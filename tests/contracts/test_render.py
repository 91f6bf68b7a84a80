"""What is checked is shown as a table, as annotations of a pull request, and raised with all that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_rules import field

from parity_suite.contracts.check import Checked
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.render import render_checked
from parity_suite.contracts.violation import MOST_KEPT, ContractError, Violation, bounded, count_of

TINY = parse_contract(f'name = "tiny"\nversion = 2\ncontainer = "npz"\ndoc = "d"\n{field("a", shape="")}'.encode(), "t")
FIRST = Violation("a", "dtype", "int64", "float64")
SECOND = Violation("b", "finite", "nan, at 50%", "numbers", "[3, 1]")


def checked(name: str, *violations: Violation, known: bool = True) -> Checked:
    return Checked(Path(name), TINY if known else None, violations)


def test_a_table_of_every_file() -> None:
    files = [checked("fine.npz"), checked("a\nb.npz", FIRST), checked("odd.npz", FIRST, SECOND, known=False)]
    assert render_checked(files, "table").splitlines() == [
        "fine.npz: keeps tiny 2",
        "a\\nb.npz: 1 violation of tiny 2",
        " field  rule   where  found  wanted",
        " a      dtype         int64  float64",
        "odd.npz: 2 violations",
        " field  rule    where   found        wanted",
        " a      dtype           int64        float64",
        " b      finite  [3, 1]  nan, at 50%  numbers",
    ]
    assert render_checked([checked("a\nb.npz", known=False)], "table") == "a\\nb.npz: keeps no contract"


def test_annotations_of_every_violation() -> None:
    files = [checked("fine.npz"), checked("d,e.npz", FIRST, SECOND), checked("odd.npz", FIRST, known=False)]
    assert render_checked(files, "github").splitlines() == [
        "::error file=d%2Ce.npz,title=tiny 2%3A dtype::a: dtype: found int64, wanted float64",
        "::error file=d%2Ce.npz,title=tiny 2%3A finite::b: finite: found nan, at 50%25 at [3, 1], wanted numbers",
        "::error file=odd.npz,title=no contract%3A dtype::a: dtype: found int64, wanted float64",
    ]


def test_what_is_required_is_raised_with_the_file() -> None:
    checked("fine.npz").require()
    with pytest.raises(ContractError) as caught:
        checked("odd.npz", FIRST, SECOND).require()
    assert caught.value.violations == (FIRST, SECOND)
    assert "odd.npz" in str(caught.value)


def test_of_one_rule_so_many_are_kept_and_all_are_counted() -> None:
    many = [Violation(f"k{index}", "unknown", "a name", "another") for index in range(1000)]
    found = bounded([FIRST, *many, SECOND])
    assert found[:2] == [FIRST, many[0]]
    assert found[MOST_KEPT:] == [
        many[MOST_KEPT - 1],
        SECOND,
        Violation("...", "unknown", f"{1000 - MOST_KEPT} more of this kind", "another", times=1000 - MOST_KEPT),
    ]
    assert count_of(found) == 1002
    # What is bounded file by file is so for all of them together.
    assert count_of(bounded([*found, *found])) == 2004
    assert len(bounded([*found, *found])) == MOST_KEPT + 5
    assert str(ContractError(found, "x")).startswith("x: 1002 contract violations\n")
    assert bounded(many[:MOST_KEPT]) == many[:MOST_KEPT]


def test_a_text_as_long_as_the_file_is_cut() -> None:
    long = Violation("a" * 10**6, "pattern", "b" * 10**6, "c" * 10**6)
    assert len(str(long)) < 10**4
    assert "b" * 1000 in long.found


def test_an_annotation_is_printable() -> None:
    line = render_checked([checked("a\x1b[31m\udcff.npz", Violation("a\nb", "dtype", "\u202e", "float64"))], "github")
    assert line == (
        "::error file=a\\x1b[31m\\udcff.npz,title=tiny 2%3A dtype::a b: dtype: found \\u202e, wanted float64"
    )
