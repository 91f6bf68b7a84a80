"""The Python of the pages runs as it is printed, one block after another; the tutorial as it is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from parity_suite.contracts import load_contract
from parity_suite.contracts.sample_file import write_sample

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
#: Pages whose blocks have tests of their own, which do more with them.
ELSEWHERE: Final = frozenset({"packs.md", "translation.md"})


def blocks(page: Path) -> list[str]:
    """The blocks of Python on a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


PAGES: Final = [page for page in sorted(DOCS.glob("*.md")) if page.name not in ELSEWHERE and blocks(page)]


def test_there_are_pages() -> None:
    assert len(PAGES) >= 4
    assert all(blocks(DOCS / name) for name in ELSEWHERE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_run(page: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "scan.npz", load_contract("raw"), seed=1)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks(page))], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _fenced(page: Path) -> Iterator[tuple[str, str]]:
    """What follows the fence of each block, and its text."""
    yield from re.findall(r"^```([^\n]+)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def _typed(commands: str, folder: Path) -> str:
    """What a shell in a folder prints, as a stranger types there; the first that fails ends it."""
    outer = ("PYTEST", "PARITY", "_PARITY", "CI", "GITHUB", "COV", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outer)}
    bin_folder = str(Path(sys.executable).parent)
    who = {f"GIT_{role}_{what}": "me@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=kept | who | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.stdout}{done.stderr}"


def _unmet(shown: str, printed: str) -> list[str]:
    """The lines of a page that were not printed in this order; any number or commit stands for any other, and
    ``...`` for lines."""
    number = re.compile(r"\b[0-9a-f]{10}\b|\d[\d.]*(?:e[+-]\d+)?")
    lines = iter([number.sub("0", " ".join(line.split())) for line in printed.splitlines()])
    wanted = [number.sub("0", " ".join(line.split())) for line in shown.splitlines() if line != "..."]
    return [one for one in wanted if one not in lines]


@pytest.mark.long
def test_the_tutorial_does_what_it_says_in_an_empty_directory(tmp_path: Path) -> None:
    printed = ""
    shown = 0
    for info, text in _fenced(DOCS / "tutorial.md"):
        language, _, title = info.partition(" title=")
        if language == "python":
            (tmp_path / title.strip('"')).write_text(text, "utf-8")
        elif language == "sh" and "pip install" not in text:
            printed = _typed(text, tmp_path)
        elif language == "text":
            assert _unmet(text, printed) == [], printed
            shown += 1
    assert shown >= 8


def test_a_line_that_is_not_printed_is_seen() -> None:
    printed = "== 3.2 s\nok  12\nred  2"
    assert _unmet("ok  9\n...\nred  1", printed) == []
    assert _unmet("red  1\nok  9", printed) == ["ok 0"]
    assert _unmet("amber  1", printed) == ["amber 0"]
