"""What the plugin costs a repository that has no parity test."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

import pytest
from figures import Figure
from interleaving import interleave
from processes import python

_HEAVY = {"numpy", "torch", "tensorflow", "hypothesis", "xdist"}
_LIST_MODULES = """
import json, sys, pytest
status = pytest.main(sys.argv[1:])
print(json.dumps([int(status), sorted(sys.modules)]))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (tmp_path / "test_sum.py").write_text("def test_sum():\n    assert sum([1, 2]) == 3\n", "utf-8")
    return tmp_path


def test_overhead(benchmark: Any, report: Callable[[Figure], None], repository: Path) -> None:
    command = partial(python, "-m", "pytest", "-q", folder=repository)
    assert command().returncode == command("-p", "no:parity_suite").returncode == 0
    spent: dict[str, list[float]] = {"with": [], "without": []}

    def run(key: str, *arguments: str) -> None:
        before = _processor_time()
        command(*arguments)
        spent[key].append(_processor_time() - before)

    timing = interleave(benchmark, partial(run, "with"), partial(run, "without", "-p", "no:parity_suite"))
    processor = median(c - b for c, b in zip(spent["with"], spent["without"], strict=True))
    report(
        Figure(
            name="the plugin, no parity test",
            subject="",
            mode="",
            measured=1e3 * timing.difference,
            budget=20.0,
            unit="ms",
            ratio=timing.ratio,
            rounds=len(timing.base),
            note=f"{1e3 * processor:.3g} ms of processor time",
            base=median(timing.base),
            candidate=median(timing.candidate),
        )
    )


def _processor_time() -> float:
    """Seconds that all processes started from here have computed: the load hardly matters to it."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_imports(benchmark: Any, report: Callable[[Figure], None], repository: Path) -> None:
    def modules(*plugins: str) -> set[str]:
        off = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = python("-c", _LIST_MODULES, "-q", *plugins, folder=repository, **off)
        status, names = json.loads(done.stdout.splitlines()[-1])
        assert status == 0, done.stdout
        return set(names)

    loaded = benchmark.pedantic(modules, ("-p", "parity_suite.plugin.hooks"))
    assert "parity_suite.plugin.hooks" in loaded
    heavy = {name for name in loaded if name.partition(".")[0] in _HEAVY}
    benchmark.extra_info["imported"] = sorted(loaded - modules())
    report(
        Figure(
            name="numpy, torch, tensorflow, hypothesis, xdist imported by the plugin alone",
            subject="",
            mode="",
            measured=len(heavy),
            budget=0,
            unit="modules",
        )
    )
    assert not heavy
