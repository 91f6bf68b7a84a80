"""Writers that are killed leave what was there, or what they wrote: ``ci/kill.py``, cut short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

KILL = Path(__file__).resolve().parents[1] / "ci" / "kill.py"


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        (("--random", "1", "ledger", "record", "ids", "failure"), {"ledger": 8, "record": 8, "ids": 8, "failure": 10}),
        (("--random", "0", "--stride", "83", "update"), {"update": 12}),
    ],
    ids=["each step", "an update here and there"],
)
def test_what_is_killed_leaves_the_old_or_the_new(arguments: tuple[str, ...], steps: dict[str, int]) -> None:
    """In a process of its own: a fork of one that has run a thousand tests copies what they left."""
    done = subprocess.run([sys.executable, str(KILL), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {name: int(count) for name, count in re.findall(r"^(\w+): killed at .*?(\d+) steps", done.stdout, re.M)}
    assert made.keys() == steps.keys()
    assert all(made[name] >= least for name, least in steps.items()), done.stdout
