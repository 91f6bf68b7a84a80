"""What a trained model's statistics are allowed to move by: a factor over the spread in ``spread.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.allowance import FACTOR
from parity_suite.compare.budgets import ProvenanceError

SPREAD_FILE: Final = Path(__file__).with_name("spread.toml")


@cache
def trained_budget(source: str) -> float:
    """The greatest change of any statistic that is still round-off, for lessons of one source."""
    rows = [float(row["worst"]) for row in _measured()["run"] if row["case"].startswith(f"{source}.")]
    if not rows:
        raise KeyError(f"spread.toml has no run of {source}")
    return FACTOR * max(rows)


@cache
def _measured() -> dict[str, Any]:
    found = tomllib.loads(SPREAD_FILE.read_text("utf-8"))
    missing = {"command", "date", "machine"} - {fact for fact, said in found.get("measured", {}).items() if said}
    if missing:
        raise ProvenanceError(f"spread.toml: [measured] lacks {', '.join(sorted(missing))}")
    return found
