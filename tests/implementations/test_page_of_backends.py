"""What the page of backends shows of other implementations and of chains in one is right, and asked as it says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from inner_runs import write_module

from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

PAGE = Path(__file__).resolve().parents[2] / "docs" / "backends.md"


@pytest.mark.parametrize(
    ("heading", "subject", "stage", "laws"),
    [
        ("## Other implementations", "mine.looped", "diffract", {"oracle", "batch_invariance"}),
        ("## Chains in one", "mine", "illuminate+diffract", {"oracle", "batch_invariance"}),
    ],
)
def test_what_is_shown_is_right(
    heading: str, subject: str, stage: str, laws: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = re.findall(rf"^{heading}$.*?^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    write_module(tmp_path / "shown_on_page.py", text)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("shown_on_page", None)
    runner = Runner(RunContext())
    checks = [
        one
        for one in enumerate_checks([parse_spec("shown_on_page:Mine")])
        if (one.subject, one.stage, one.device) == (subject, stage, "cpu") and one.law in laws and not one.slow
    ]
    assert {one.law for one in checks} == laws
    assert [(one.check, one.reason) for one in map(runner.run, checks) if not one.passed] == []
