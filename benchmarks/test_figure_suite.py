"""Wall time of the main job from a cold start: a fresh process, and no dataset made by an earlier run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from figures import Figure
from processes import python

_ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("marks", "seconds"), [("parity and not parity_slow", 60.0), ("parity", 160.0)], ids=["quick", "whole"]
)
def test_suite(benchmark: Any, report: Callable[[Figure], None], tmp_path: Path, marks: str, seconds: float) -> None:
    runs = []

    def run() -> None:
        cache = mkdtemp(dir=tmp_path)
        runs.append(python("-m", "pytest", "-q", "-m", marks, "-n", "2", "-o", f"cache_dir={cache}", folder=_ROOT))

    benchmark.pedantic(run, rounds=3)
    codes = {done.returncode for done in runs}
    assert codes <= {0, 1}, runs[-1].stdout[-2000:] + runs[-1].stderr[-2000:]
    last = runs[-1].stdout.strip().splitlines()[-1].strip("= ")
    report(
        Figure(
            name=f'pytest -m "{marks}" -n 2',
            subject="",
            mode="",
            measured=benchmark.stats["median"],
            budget=seconds,
            unit="s",
            rounds=3,
            note="" if codes == {0} else f"red: {last}",
        )
    )
