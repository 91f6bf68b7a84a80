"""The page of a record of 5,000 findings with 510 pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from processes import python

_NAME = "page of 5,000 findings with 510 pictures"


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_rendering(benchmark: Any, report: Callable[[Figure], None], tmp_path: Path) -> None:
    def called() -> str:
        done = python("rendering.py", str(tmp_path), folder=Path(__file__).parent)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    called()
    found: list[dict[str, float]] = []
    benchmark.pedantic(lambda: found.append(json.loads(called())), rounds=3)
    assert {one["pictures"] for one in found} == {510}
    for name, scale, budget, unit in (
        ("seconds", 1.0, 30.0, "s"),
        ("peak", 1e6, 500.0, "MB"),
        ("page", 1e6, 20.0, "MB"),
    ):
        worst = max(one[name] for one in found) / scale
        report(Figure(f"{_NAME}, {name}", "", "", worst, budget, unit, rounds=3, note="the worst of three"))
