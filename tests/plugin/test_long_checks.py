"""A check that takes long is named while it runs, in this process and from a worker, and one that is quick is not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from thinning import IN_WORKERS, thinned

from parity_suite.plugin import long_checks

SLOW = """
from time import sleep
from tiny import Unshifted

class Slow(Unshifted):
    def diffract(self, psi):
        sleep(1.5)
        return super().diffract(psi)
"""
SOON = "from parity_suite.plugin import long_checks\nlong_checks.LONG, long_checks._LOOK = 1.0, 0.05\n"


@pytest.fixture
def slow(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(long_checks, "LONG", 1.0)
    monkeypatch.setattr(long_checks, "_LOOK", 0.05)
    # For the run that is a process of its own.
    stranger.write("conftest.py", SOON)
    stranger.write("slow.py", SLOW)
    stranger.parity_test("slow:Slow")
    return stranger


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_a_check_that_takes_long_is_named_while_it_runs(slow: Any, arguments: tuple[str, ...]) -> None:
    result = slow.run("-m", "parity", "-k", "diffract.oracle[n16.g2.b5 and float32 and cpu", *arguments)
    said = [line for line in result.outlines if line.endswith("still running")]
    assert said
    assert all(re.fullmatch(r"diffract\.oracle\[\S+\]: [12]?[0-9] s, still running", line) for line in said)


@pytest.mark.parametrize(("stage", "arguments"), thinned([("illuminate", ()), ("diffract", ("-q",))], 2))
def test_nothing_is_said_of_quick_checks_or_where_quiet_is_wanted(
    slow: Any, stage: str, arguments: tuple[str, ...]
) -> None:
    result = slow.run("-m", "parity", "-k", f"{stage}.oracle[n16.g2.b5 and float32 and cpu", *arguments)
    assert result.parseoutcomes()
    assert not [line for line in result.outlines if "still running" in line]
