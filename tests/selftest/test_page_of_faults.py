"""The page of faults says by which command it is written, whichever pack and backend that is about."""

from __future__ import annotations

from pathlib import Path

from test_faults_seen import COMMAND

from parity_suite.selftest.page import render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"


def test_the_page_of_this_project_begins_with_its_command() -> None:
    head = render([], COMMAND).partition("| stage")[0].rstrip()
    assert COMMAND in " ".join(head.split())
    assert PAGE.read_text("utf-8").startswith(head)


def test_a_page_of_another_pack_says_its_own_command() -> None:
    page = render([], "parity selftest --backend mine:Mine --pack mine:PACK --markdown mine.md")
    assert "Written by `parity selftest --backend mine:Mine --pack mine:PACK --markdown mine.md`;" in page
    assert "torch" not in page
