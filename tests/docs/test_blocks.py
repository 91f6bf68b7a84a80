"""The Python of the pages runs as it is printed, the blocks of a page one after another."""

from __future__ import annotations

import re
import subprocess
import sys
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
