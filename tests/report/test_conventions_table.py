"""Where two backends differ by convention: one table, in the terminal, the summary, the page and the record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from runs import failed, held, run

from parity_suite.core.by_convention import FACT, Apart, all_apart
from parity_suite.core.finding import Finding
from parity_suite.report.html import render_page
from parity_suite.report.record import write_record
from parity_suite.report.summary import render_summary
from parity_suite.report.terminal import verdict_lines

MEAN = Apart("loss", "nll_mean", "one", "pixels", "two", "batch", True)
FACTORIAL = Apart("loss", "log_factorial", "one", "no", "two", "yes", False)


def told(*apart: Apart, red: bool = False) -> Finding:
    one = (failed if red else held)("pair", "loss", "one+two")
    return replace(one, facts={FACT: [each.to_json() for each in apart]})


def test_each_is_told_once_and_what_is_declared_is() -> None:
    undeclared = replace(MEAN, declared=False)
    assert all_apart([told(MEAN), told(MEAN, undeclared), told(FACTORIAL, red=True)]) == [FACTORIAL, MEAN]


def test_facts_of_somebody_else_are_not_read() -> None:
    assert all_apart([replace(held(), facts={FACT: one}) for one in ("text", [1], [{"stage": "loss"}])]) == []


def test_the_terminal_has_a_line_for_what_is_declared_and_one_for_what_is_not() -> None:
    lines = " ".join(line.strip() for line in verdict_lines([told(MEAN), told(FACTORIAL, red=True)], {}))
    assert "conventions that differ, declared, each held to its own: loss nll_mean (one pixels, two batch)" in lines
    assert "conventions that differ, not declared, red: loss log_factorial (one no, two yes)" in lines
    assert "conventions that differ" not in "".join(verdict_lines([held()], {}))


def test_the_summary_has_a_table() -> None:
    text = render_summary(run([told(MEAN)]), Path())
    assert "| loss | nll\\_mean | one: pixels | two: batch | declared: each is held to its own |\n" in text
    assert "by convention" not in render_summary(run([held()]), Path())


def test_the_page_has_one_and_leads_to_it() -> None:
    text = render_page(run([told(FACTORIAL, red=True)]), Path("nowhere"), Path("nowhere"))
    assert '<a href="#conventions">' in text
    assert "<td><code>log_factorial</code></td><td>one: no</td><td>two: yes</td><td>not declared: red</td>" in text
    plain = render_page(run([held()]), Path("nowhere"), Path("nowhere"))
    assert "conventions" not in plain.partition("<main")[2]


def test_the_record_keeps_its_contract_with_them(tmp_path: Path) -> None:
    path = write_record(tmp_path, tmp_path, [told(MEAN)], {"machine": {}, "run": {}, "backends": {}}, {})
    assert json.loads(path.read_text())["conventions"] == [MEAN.to_json()]
