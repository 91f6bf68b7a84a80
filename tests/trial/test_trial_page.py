"""The page about the trial lists what there is."""

from __future__ import annotations

import re
from pathlib import Path

from parity_suite.ptychography.trial.mends import MENDS, MOST_ROLLED, ROLLS
from parity_suite.ptychography.trial.repairs import REPAIRS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trial.md").read_text("utf-8")


def test_every_mend_is_on_the_page_and_no_other() -> None:
    table = PAGE.partition("| name | what it does |")[2].partition("\n\n")[0]
    names = "".join(line.split("|")[1] for line in table.splitlines() if line)
    listed = set(re.findall(r"`([a-z][a-z0-9_]*(?:[+-]\d)?)`", names))
    ends = {f"roll_{axis}{sign}{MOST_ROLLED}" for axis in ("rows", "columns") for sign in "+-"}
    assert listed == ({*MENDS} - {one.name for one in ROLLS}) | ends | {*REPAIRS}
