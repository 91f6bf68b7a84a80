"""Two ways to do the same thing, timed in turn, so that whatever slows the machine slows both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

#: Rounds before the first that counts: libraries start their threads, plan their transforms, compile their graphs.
WARM_UP = 3


@dataclass(frozen=True)
class Timing:
    """Seconds of each round, base and candidate in pairs."""

    base: list[float]
    candidate: list[float]

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return median(self.candidate) / median(self.base)

    @property
    def difference(self) -> float:
        """The median of what the candidate took longer, pair by pair, in seconds."""
        return median(c - b for c, b in zip(self.candidate, self.base, strict=True))


def interleave(
    benchmark: Any,
    candidate: Callable[[], Any],
    base: Callable[[], Any],
    *,
    rounds: int = 30,
    warm_up: int = WARM_UP,
) -> Timing:
    """Runs base, candidate, base, candidate ...; pytest-benchmark keeps the candidate's times."""
    seconds: list[float] = []

    def run_base() -> None:
        start = perf_counter()
        base()
        seconds.append(perf_counter() - start)

    benchmark.pedantic(candidate, setup=run_base, rounds=rounds, warmup_rounds=warm_up)
    return Timing(seconds[warm_up:], list(benchmark.stats["data"]))
