"""``reassemble``, 5,216 patches onto one canvas: its time against a plain NumPy loop, and its memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from figures import Figure
from interleaving import interleave
from processes import python
from scans import CANVAS, plain_loop, scan
from subjects import SUBJECTS, backend

_PATCHES, _FEWER = 5216, 512


@pytest.fixture(scope="module")
def dense() -> Any:
    return scan(_PATCHES)


@pytest.mark.parametrize("door", ["tensors", "numpy"])
@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_time(benchmark: Any, report: Callable[[Figure], None], dense: Any, name: str, mode: str, door: str) -> None:
    subject, (patches, positions) = backend(name, mode), dense
    centre = np.zeros(2)
    candidate = partial(subject.reassemble, patches, positions, centre, CANVAS)
    _agree(candidate()["numerator"], plain_loop(patches, positions))
    if door == "tensors":
        tensors = {"patches": patches, "positions": positions, "centre": centre}
        tensors = {key: subject.put(value) for key, value in tensors.items()}
        candidate = partial(subject.kernel("reassemble"), **tensors, canvas=CANVAS)
    timing = interleave(benchmark, candidate, partial(plain_loop, patches, positions))
    compiled = name == "torch" or mode == "xla"
    report(
        Figure(
            name=f"reassemble, 5,216 patches, {'framework tensors' if door == 'tensors' else 'NumPy door'}",
            subject=f"{name} {mode}",
            mode="",
            measured=timing.ratio,
            budget=1.0 if compiled else 5.0,
            unit="x NumPy loop",
            base=median(timing.base),
            candidate=median(timing.candidate),
            ratio=timing.ratio,
            rounds=len(timing.base),
        )
    )


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_memory(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str) -> None:
    def beyond_input(count: int) -> float:
        done = python("memory.py", name, mode, str(count), folder=Path(__file__).parent)
        assert done.returncode == 0, done.stderr
        return int(done.stdout) / 1e6

    fewer = median(beyond_input(_FEWER) for _ in range(3))
    samples: list[float] = []
    benchmark.pedantic(lambda: samples.append(beyond_input(_PATCHES)), rounds=3)
    report(
        Figure(
            name="reassemble, memory beyond the input, 5,216 against 512 patches",
            subject=f"{name} {mode}",
            mode="",
            measured=median(samples) - fewer,
            budget=256.0,
            unit="MB more",
            base=fewer,
            candidate=median(samples),
            ratio=median(samples) / fewer,
            rounds=3,
        )
    )


def _agree(got: Any, want: Any) -> None:
    """A fast answer that is wrong is no figure."""
    assert np.linalg.norm(got - want) <= 1e-6 * np.linalg.norm(want)
