"""Every block of code on the page of packs runs beside the example that it tells of."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from parity_suite.cases.rules import Rules
from parity_suite.laws.registry import all_laws

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "packs.md").read_text("utf-8")
FOUND = re.findall(r"^( *)```python\n(.*?)^ *```", PAGE, re.M | re.S)
BLOCKS = [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in FOUND]
#: Prints the names that each block defines.
RUN = """
import json, sys
from parity_suite.core.packs import name_pack
name_pack("tomography.pack:PACK")
told = []
for place, block in enumerate(json.load(sys.stdin)):
    names = {}
    exec(compile(block, f"block {place}", "exec"), names)
    told.append(sorted(names))
print(json.dumps(told))
"""


def test_every_block_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(BLOCKS),
        cwd=ROOT / "examples" / "tomography",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) == 9
    for block, names in zip(BLOCKS, told, strict=True):
        defined = {name for pair in re.findall(r"^(?:def|class) (\w+)|^(\w+) =", block, re.M) for name in pair if name}
        assert defined
        assert defined <= set(names)


def test_every_rule_and_every_law_of_any_stage_has_a_row() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    assert {name for name in vars(Rules) if not name.startswith("_")} <= named
    assert {law.name for law in all_laws() if not isinstance(law.named, tuple)} - {"snapshot"} <= named
