"""Keeps the figures of a run and prints them as one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from figures import Figure, table
from machine import load, machine

_FIGURES = pytest.StashKey[list[Figure]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []


@pytest.fixture
def report(benchmark: Any, pytestconfig: pytest.Config) -> Callable[[Figure], None]:
    """Puts a figure into the record of pytest-benchmark, and into the table."""
    if not benchmark.enabled:
        pytest.skip("a figure needs its benchmark")

    def add(figure: Figure) -> None:
        benchmark.extra_info.update(figure.info(), machine=machine(), load=load())
        pytestconfig.stash[_FIGURES].append(figure)

    return add


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    figures = config.stash[_FIGURES]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line(machine())
        for line in table(figures):
            terminalreporter.write_line(line)
