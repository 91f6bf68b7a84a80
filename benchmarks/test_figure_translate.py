"""``translate`` in float32: whole pixels exactly, fractions within round-off, up to canvases of 2048."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from figures import Figure
from subjects import SUBJECTS, backend

from parity_suite.backends.oracle import Oracle

_SIDES = (64, 448, 1024, 2048)
#: [x, y] in pixels: each axis and sign on its own, both, next to nothing, and nearly all of a canvas
_WHOLE = ((3.0, 0.0), (0.0, -5.0), (-17.0, 11.0), (60.0, -63.0))
_FRACTIONS = ((0.3, 0.0), (0.0, -0.7), (-17.13, 11.61), (1e-3, 59.999))


@cache
def _image(side: int) -> Any:
    rng = np.random.default_rng(side)
    parts = rng.standard_normal((2, 1, side, side, 1), np.float32)
    return parts[0] + 1j * parts[1]


@cache
def _true(side: int, offset: tuple[float, float]) -> Any:
    return Oracle().translate(_image(side), np.array([offset]))


def _moved(image: Any, offset: tuple[float, float]) -> Any:
    x, y = map(int, offset)
    side = image.shape[1]
    out = np.zeros_like(image)
    rows, columns = slice(max(y, 0), side + min(y, 0)), slice(max(x, 0), side + min(x, 0))
    out[:, rows, columns] = image[:, max(-y, 0) : side - max(y, 0), max(-x, 0) : side - max(x, 0)]
    return out


@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_whole_pixels(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str) -> None:
    subject = backend(name, mode)

    def differing(side: int, offset: tuple[float, float]) -> int:
        image = _image(side)
        return int(np.sum(subject.translate(image, np.array([offset])) != _moved(image, offset)))

    pixels = benchmark.pedantic(lambda: sum(differing(side, offset) for side in _SIDES for offset in _WHOLE))
    report(
        Figure(
            name="translate, whole pixels, up to 2048",
            subject=f"{name} {mode}",
            mode="",
            measured=pixels,
            budget=0,
            unit="pixels differ",
        )
    )
    assert pixels == 0


@pytest.mark.parametrize(("name", "mode"), SUBJECTS)
def test_fractions(benchmark: Any, report: Callable[[Figure], None], name: str, mode: str) -> None:
    subject = backend(name, mode)

    def error(side: int, offset: tuple[float, float]) -> float:
        want = _true(side, offset)
        got = subject.translate(_image(side), np.array([offset]))
        return float(np.linalg.norm(got - want) / np.linalg.norm(want))

    worst = benchmark.pedantic(lambda: max(error(side, offset) for side in _SIDES for offset in _FRACTIONS))
    report(
        Figure(
            name="translate, fractions, up to 2048, normwise error in float32",
            subject=f"{name} {mode}",
            mode="",
            measured=worst,
            budget=1e-6,
            unit="",
        )
    )
    assert worst <= 1e-6
