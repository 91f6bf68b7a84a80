"""``translate`` in float32: whole pixels exactly, fractions within round-off, up to canvases of 2048; what each of its
implementations takes beside a plain copy, and how often one is made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from math import inf
from statistics import median
from typing import Any

import numpy as np
import pytest
from figures import Figure
from interleaving import interleave
from subjects import IMPLEMENTATIONS, MADE, SUBJECTS, backend, subject

from parity_suite.ptychography.laws.fresh import traces
from parity_suite.ptychography.oracle import Oracle

_SIDES = (64, 448, 1024, 2048)
#: [x, y] in pixels: each axis and sign on its own, both, next to nothing, and nearly all of a canvas
_WHOLE = ((3.0, 0.0), (0.0, -5.0), (-17.0, 11.0), (60.0, -63.0))
_FRACTIONS = ((0.3, 0.0), (0.0, -0.7), (-17.13, 11.61), (1e-3, 59.999))

_COUNT, _SIDE = 2048, 64
#: sizes of batches as a data set and its last batch bring them, and shapes of images
_BATCHES = (64, 1, 65, 3, 0, 159, 64, 2)
_SHAPES = ((64, 64), (16, 16), (17, 9))


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


@cache
def _stack() -> Any:
    """complex64 images (B, N, N, 1) and float64 offsets (B, 2), each between pixels."""
    rng = np.random.default_rng(_COUNT)
    images = np.empty((_COUNT, _SIDE, _SIDE, 1), np.complex64)
    rng.standard_normal(out=images.view(np.float32), dtype=np.float32)
    return images, rng.uniform(-5, 5, (_COUNT, 2))


@pytest.mark.parametrize(("door", "budget"), [("tensors", 6.0), ("numpy", inf)])
@pytest.mark.parametrize(("name", "translation"), IMPLEMENTATIONS)
def test_time(
    benchmark: Any, report: Callable[[Figure], None], name: str, translation: str, door: str, budget: float
) -> None:
    chosen, (images, offsets) = subject(name, translation), _stack()
    if reason := chosen.cls.missing_implementation(translation):
        pytest.skip(reason)
    made = chosen.backend
    _agree(made.translate(images[:8], offsets[:8]), Oracle().translate(images[:8], offsets[:8]))
    candidate = partial(made.translate, images, offsets)
    if door == "tensors":
        tensors = {"images": made.put(images), "offsets": made.put(offsets)}

        def candidate() -> Any:
            # The last pixel is there when all of them are, also of what a framework promises and computes later.
            return made.get(made.kernel("translate")(**tensors)[-1:, -1:, -1:])

    timing = interleave(benchmark, candidate, images.copy)
    report(
        Figure(
            name=f"translate, 2,048 images of 64 x 64, {'framework tensors' if door == 'tensors' else 'NumPy door'}",
            subject=name,
            mode=translation,
            measured=timing.ratio,
            budget=budget,
            unit="x ndarray.copy()",
            base=median(timing.base),
            candidate=median(timing.candidate),
            ratio=timing.ratio,
            rounds=len(timing.base),
        )
    )


@pytest.mark.parametrize(("name", "translation"), MADE)
def test_made_once(benchmark: Any, report: Callable[[Figure], None], name: str, translation: str) -> None:
    chosen = subject(name, translation)
    if reason := chosen.cls.missing_implementation(translation):
        pytest.skip(reason)
    images, offsets = _stack()
    calls = [(images[:batch, :height, :width], offsets[:batch]) for batch in _BATCHES for height, width in _SHAPES]
    (trace,) = benchmark.pedantic(partial(traces, chosen, [{}], calls))
    assert trace.ran == (translation,)
    most = max(trace.traces, trace.compilations)
    report(
        Figure(
            name=f"translate, traced or compiled in {len(calls)} batches of images of {len(_SHAPES)} shapes",
            subject=f"{name} {translation}",
            mode="",
            measured=most,
            budget=len(_SHAPES),
            unit="times",
            note=f"{trace.traces} traced, {trace.compilations} compiled, in a fresh process",
        )
    )
    assert 0 < most <= len(_SHAPES)


def _agree(got: Any, want: Any) -> None:
    """A fast answer that is wrong is no figure."""
    assert np.linalg.norm(got - want) <= 1e-5 * np.linalg.norm(want)
