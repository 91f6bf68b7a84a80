"""One epoch of training, then save, load, evaluate and stitch: in a fresh process, the framework's import included."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any, Final

import learning
import pytest
from figures import Figure
from interleaving import interleave
from processes import python
from subjects import SUBJECTS

Learner = Callable[[str, str], dict[str, float]]

_TORCH, *_TENSORFLOW = SUBJECTS
_ROUNDS: Final = 3


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Learner:
    """Learns in a new process with a backend in a mode, and gives the seconds of each step."""
    folder = tmp_path_factory.mktemp("learning")
    lesson = folder / "lesson.npz"
    learning.write(lesson)

    def run(name: str, mode: str) -> dict[str, float]:
        bundle = mkdtemp(dir=folder)
        done = python("learning.py", name, mode, str(lesson), bundle, folder=Path(__file__).parent)
        assert done.returncode == 0, done.stderr[-2000:]
        laps: dict[str, float] = json.loads(done.stdout)
        return laps

    return run


@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_seconds(benchmark: Any, report: Callable[[Figure], None], learn: Learner, name: str, mode: str) -> None:
    runs: list[dict[str, float]] = []
    benchmark.pedantic(lambda: runs.append(learn(name, mode)), rounds=_ROUNDS)
    laps = {step: median(run[step] for run in runs) for step in runs[0]}
    report(
        Figure(
            name="learning, from the start of a process to the canvas",
            subject=f"{name} {mode}",
            mode="",
            measured=benchmark.stats["median"],
            budget=12.0,
            unit="s",
            rounds=_ROUNDS,
            note=", ".join(f"{step} {seconds:.2f} s" for step, seconds in laps.items()),
        )
    )


@pytest.mark.parametrize(("name", "mode"), _TENSORFLOW)
def test_ratio(benchmark: Any, report: Callable[[Figure], None], learn: Learner, name: str, mode: str) -> None:
    timing = interleave(benchmark, partial(learn, name, mode), partial(learn, *_TORCH), rounds=_ROUNDS, warm_up=0)
    report(
        Figure(
            name="the same, the slower backend against the faster",
            subject="torch and tensorflow",
            mode=mode,
            measured=max(timing.ratio, 1 / timing.ratio),
            budget=2.0,
            unit="x",
            base=median(timing.base),
            candidate=median(timing.candidate),
            ratio=timing.ratio,
            rounds=_ROUNDS,
        )
    )
