"""``infer_stream``: the memory that a process needs does not grow with the number of groups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from figures import Figure
from processes import python
from subjects import SUBJECTS

_GROUPS: Final = 5216
_FEWER: Final = 512


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_memory(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str) -> None:
    def peak(groups: int) -> float:
        done = python("inference_memory.py", name, mode, str(groups), folder=Path(__file__).parent)
        assert done.returncode == 0, done.stderr[-2000:]
        return int(done.stdout) / 1e6

    fewer = peak(_FEWER)
    samples: list[float] = []
    benchmark.pedantic(lambda: samples.append(peak(_GROUPS)), rounds=1)
    report(
        Figure(
            name="evaluation, peak memory, 5,216 against 512 groups of 4",
            subject=f"{name} {mode}",
            mode="",
            measured=samples[0] - fewer,
            budget=64.0,
            unit="MB more",
            base=fewer,
            candidate=samples[0],
            ratio=samples[0] / fewer,
        )
    )
