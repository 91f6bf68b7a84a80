"""The page of conventions lists every one that its script measures, and what it says can be measured anew."""

from __future__ import annotations

import re

import measure_conventions
import pytest
from measuring import lesson16, optimiser_rows
from measuring.page import measured_part
from measuring.row import Convention

ROWS = tuple(row for rows in measure_conventions.CHAPTERS.values() for row in rows)


def _page() -> dict[str, list[str]]:
    """The cells of every row by the name of its convention."""
    lines = measured_part(measure_conventions.PAGE).splitlines()
    cells = ([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("| **"))
    return {row[0].strip("*"): row for row in cells}


def _named(name: str) -> Convention:
    return next(row for row in ROWS if row.name == name)


def test_the_page_lists_what_is_measured_and_nothing_else() -> None:
    """Otherwise: python docs/measure_conventions.py."""
    assert list(_page()) == [row.name for row in ROWS]
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_rule_defaults_a_number_and_who_sees_it(row: Convention) -> None:
    _, rule, torch, tensorflow, consequence, seen_by = _page()[row.name]
    assert (rule, torch, tensorflow) == tuple(
        cell.replace("|", "\\|") for cell in (row.rule, row.torch, row.tensorflow)
    )
    assert re.search(r"\d", consequence)
    assert seen_by


@pytest.mark.parametrize("name", ["arguments of the loss", "flat layout", "dtype of positions"])
def test_a_row_measured_anew_says_the_same(name: str) -> None:
    found = _named(name).measure()
    assert [found.consequence, found.seen_by] == _page()[name][4:]


def test_a_training_measured_anew_goes_as_far_astray() -> None:
    right = lesson16.baseline("float64")
    with lesson16.made((lesson16.training, "Adam", optimiser_rows._Uncorrected)):
        text = lesson16.effect(lesson16.run(lesson16.torch_spec()), right)
    assert _numbers(text) == pytest.approx(_numbers(_page()["bias correction"][4]), rel=0.1)


def _numbers(text: str) -> list[float]:
    found = [float(number) for number in re.findall(r"\d[\d.]*(?:e[+-]\d+)?", text)]
    assert len(found) == 5, text
    return found


def test_without_a_mistake_nothing_changes_and_nothing_is_red() -> None:
    spec = lesson16.torch_spec()
    text = lesson16.effect(lesson16.run(spec), lesson16.baseline("float64"))
    assert _numbers(text) == [0.0] * 5
    alone = [check for check in lesson16.CHECKS if check[1] != "pair"]
    assert lesson16.seen(spec, checks=alone) == ()
