"""``parity check`` of a long scan: it takes at most twice as long as reading it, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from figures import Figure
from processes import python

from parity_suite.ptychography.datasets import load_synthetic

_SIZES: Final = (2**29, 2**31)
_ROUNDS: Final = 5


def _write(path: Path, size: int) -> None:
    """The frames of a recipe, over and over, to ``size`` bytes of patterns."""
    scan = load_synthetic("star128")
    frames = np.arange(size // scan.diff3d[0].astype(np.float32).nbytes) % len(scan.diff3d)
    x, y = scan.positions[frames].T
    np.savez(
        path,
        diff3d=scan.diff3d.astype(np.float32)[frames],
        xcoords=x,
        ycoords=y,
        probeGuess=scan.probe,
        objectGuess=scan.object,
        domain=scan.domain,
        nphotons=scan.nphotons,
    )


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_check(benchmark: Any, report: Callable[[Figure], None], tmp_path: Path) -> None:
    def measured(path: Path, what: str) -> tuple[float, float]:
        done = python("check_scan.py", what, str(path), folder=Path(__file__).parent)
        assert done.returncode == 0, done.stderr[-2000:]
        seconds, peak = map(float, done.stdout.split())
        return seconds, peak

    peaks = []
    for size in _SIZES:
        path = tmp_path / "scan.npz"
        _write(path, size)
        peaks.append(measured(path, "check")[1])
    rounds: list[tuple[float, float]] = []
    benchmark.pedantic(lambda: rounds.append((measured(path, "read")[0], measured(path, "check")[0])), rounds=_ROUNDS)
    path.unlink()
    reading, checking = np.median(rounds, axis=0)
    name = f"`parity check` of a scan of {_SIZES[-1] / 2**30:g} GiB"
    slope = (peaks[1] - peaks[0]) / 1e6 / ((_SIZES[1] - _SIZES[0]) / 2**30)
    report(Figure(f"{name}, peak memory", "", "", peaks[1] / 1e6, 256.0, "MB", note=f"slope {slope:.1f} MB a GiB"))
    speed = Figure(f"{name}, against `np.load` and a sum", "", "", checking / reading, 2.0, "x", rounds=_ROUNDS)
    report(Figure(**{**vars(speed), "base": reading, "candidate": checking, "ratio": checking / reading}))
