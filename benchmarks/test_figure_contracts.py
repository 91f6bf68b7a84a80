"""Validation of a memory-mapped dataset: its peak memory does not grow with the file, and it keeps up with reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from contract_memory import SIDE, write
from figures import Figure
from processes import python

_BYTES: Final = 4 * SIDE * SIDE
_SIZES: Final = (2**29, 2**30, 2**31)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_streaming(benchmark: Any, report: Callable[[Figure], None], tmp_path: Path) -> None:
    def measured(size: int) -> tuple[float, float, float]:
        path = tmp_path / "diff3d.raw"
        write(path, size // _BYTES)
        done = python("contract_memory.py", str(path), str(size // _BYTES), folder=Path(__file__).parent)
        path.unlink()
        assert done.returncode == 0, done.stderr[-2000:]
        reading, holding, peak = map(float, done.stdout.split())
        return reading, holding, peak

    rows = [measured(size) for size in _SIZES[:-1]]
    benchmark.pedantic(lambda: rows.append(measured(_SIZES[-1])), rounds=1)
    gigabytes = [size / 2**30 for size in _SIZES]
    slope = (rows[-1][2] - rows[0][2]) / 1e6 / (gigabytes[-1] - gigabytes[0])
    for size, (reading, holding, peak) in zip(gigabytes, rows, strict=True):
        name = f"validation of a memory-mapped dataset of {size:g} GiB"
        report(Figure(f"{name}, peak memory", "", "", peak / 1e6, 256.0, "MB", note=f"slope {slope:.1f} MB a GiB"))
        speed = Figure(f"{name}, against reading it with NumPy", "", "", holding / reading, 2.0, "x")
        report(Figure(**{**vars(speed), "base": reading, "candidate": holding, "ratio": holding / reading}))
