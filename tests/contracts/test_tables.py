"""Tables of text and of Markdown: what is in a cell is all there, and is not an instruction to who reads it."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import markdown_table, text_table


def test_a_table_is_words_in_columns() -> None:
    lines = text_table(("a", "long head"), [("x", "y"), ("[red]longer", "z")])
    assert lines == ["a            long head", "x            y", "[red]longer  z"]


def test_numbers_stand_to_the_right() -> None:
    lines = text_table(("a", "number", "b"), [("x", "1", "y"), ("", "12345678", "")], right=("number",))
    assert lines == ["a    number  b", "x         1  y", "   12345678"]


def test_control_characters_are_written_out() -> None:
    assert text_table(("a",), [("x\x1b[2J",), ("y\nz",)]) == ["a", "x\\x1b[2J", "y\\nz"]
    assert printable("a\nb\x1b") == "a\\nb\\x1b"


def test_long_cells_are_one_line_or_folded_and_never_cut() -> None:
    rows = [("x" * 1500, "y" * 1500)]
    assert text_table(("a", "b"), rows)[1] == f"{'x' * 1500}  {'y' * 1500}"
    lines = text_table(("a", "b"), rows, fold=True)
    assert all(len(line) <= 200 for line in lines)
    text = "".join(lines)
    assert (text.count("x"), text.count("y")) == (1500, 1500)


def test_in_a_terminal_lines_are_folded_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: True, write=lambda text: None, flush=lambda: None))
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: SimpleNamespace(columns=90))
    lines = text_table(("a", "b"), [("x" * 150, "y" * 150)], fold=True)
    assert 80 < max(map(len, lines)) <= 90


def test_a_cell_of_markdown_is_one_line_without_a_bar() -> None:
    lines = markdown_table(("a", "n"), [("x | y\nz", "1")], right=("n",))
    assert lines == ["| a | n |", "| --- | ---: |", "| x \\| y z | 1 |"]
