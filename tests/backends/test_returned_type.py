"""Results that are no NumPy arrays, as a tensor that was handed back: what is said of them, and of nothing else."""

from __future__ import annotations

from typing import Any

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.oracle import Oracle

CONTEXT = RunContext()


class Lists(Oracle):
    """Gives lists, two outputs too few, and refuses nothing."""

    def stats(self, patches: Any) -> Any:
        found = super().stats(patches[:1] if patches.ndim == 4 else patches.reshape(1, 2, 2, -1))
        return {name: list(value) for name, value in found.items() if name not in ("minimum", "maximum")}


def reason(law: str) -> str:
    spec = BackendSpec("lists", __name__, "Lists")
    check = next(one for one in enumerate_checks([spec]) if one.id.startswith(f"stats.{law}[") and one.device == "cpu")
    found = Runner(CONTEXT).run(check)
    assert found.verdict is Verdict.CONTRACT
    return found.reason


def test_what_is_missing_is_missing_among_the_names_that_there_are() -> None:
    said = reason("oracle")
    assert "mean: type: found list, wanted a NumPy array" in said
    assert "minimum: required: found no such key among mean, " in said


def test_a_damage_that_is_not_refused_says_the_first_of_what_came_back() -> None:
    said = reason("refusal")
    assert "not refused (stats returned mean: type: found list, wanted a NumPy array, and " in said
    assert "minimum" not in said
