"""``diffract``: its error against the oracle, and its time against the bare transform of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import pytest
import torch
from figures import Figure
from interleaving import interleave
from subjects import SUBJECTS, backend

from parity_suite.ptychography.oracle import Oracle

_BUDGETS = {"float32": 5e-7, "float64": 1e-14}
#: (patches, N): powers of two, an odd N, and one that is a prime
_SHAPES = ((512, 64), (16, 63), (16, 61), (16, 128), (8, 256))


def _waves(count: int, side: int, precision: str) -> Any:
    """Exit waves (B, 1, N, N, 1) over four decades of amplitude."""
    rng = np.random.default_rng(side)
    shape = (count, 1, side, side, 1)
    phase = rng.uniform(-np.pi, np.pi, shape)
    return (10 ** rng.uniform(-3, 1, shape) * np.exp(1j * phase)).astype(np.result_type(precision, np.complex64))


@pytest.mark.parametrize("precision", _BUDGETS)
@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_error(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str, precision: str) -> None:
    subject = backend(name, mode, precision)

    def error(count: int, side: int) -> float:
        psi = _waves(count, side, precision)
        want = Oracle().diffract(psi)
        return float(np.linalg.norm(subject.diffract(psi) - want) / np.linalg.norm(want))

    worst = benchmark.pedantic(lambda: max(error(*shape) for shape in _SHAPES))
    report(
        Figure(
            name=f"diffract, normwise error in {precision}",
            subject=f"{name} {mode}",
            mode="",
            measured=worst,
            budget=_BUDGETS[precision],
            unit="",
        )
    )
    assert worst <= _BUDGETS[precision]


@pytest.mark.parametrize(("door", "budget"), [("tensors", 8.0), ("numpy", 14.0)])
@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_time(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str, door: str, budget: float) -> None:
    subject = backend(name, mode)
    psi = _waves(512, 64, "float32")
    bare = partial(torch.fft.fft2, torch.from_numpy(psi[:, 0, :, :, 0].copy()))
    candidate = partial(subject.diffract, psi)
    if door == "tensors":
        candidate = partial(subject.kernel("diffract"), psi=subject.put(psi))
    timing = interleave(benchmark, candidate, bare)
    report(
        Figure(
            name=f"diffract, 512 patches of 64 x 64, {'framework tensors' if door == 'tensors' else 'NumPy door'}",
            subject=name,
            mode=mode,
            measured=timing.ratio,
            budget=budget,
            unit="x torch.fft.fft2",
            base=median(timing.base),
            candidate=median(timing.candidate),
            ratio=timing.ratio,
            rounds=len(timing.base),
        )
    )
