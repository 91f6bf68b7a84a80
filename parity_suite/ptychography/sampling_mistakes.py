"""Patches and moved images as they are where sampling is done otherwise: other taps, another border, another scale.

Sampling along each axis by itself is a matrix, so that an image (H, W) becomes ``rows @ image @ columns.T``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.hypotheses import AnswerHypothesis, Inputs
from parity_suite.core.kinds import Kind

#: Weights (taps, places) of the pixels from ``first`` on, by the fraction of a pixel.
Taps = Callable[[Array], tuple[int, Array]]


def _linear(fraction: Array) -> tuple[int, Array]:
    return 0, np.stack([1 - fraction, fraction])


def _cubic(sharpness: float, fraction: Array) -> tuple[int, Array]:
    """Keys, IEEE Trans. ASSP 29 (1981): ``sharpness`` is -0.75 in PyTorch and -0.5 in TensorFlow."""
    a, out = sharpness, []
    for k in range(-1, 3):
        x = np.abs(fraction - k)
        near = (a + 2) * x**3 - (a + 3) * x**2 + 1
        far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
        out.append(np.where(x <= 1, near, np.where(x < 2, far, 0)))
    return -1, np.stack(out)


def _reflected(pixels: Array, side: int) -> Array:
    """The border pixel once, as `numpy.pad` has it under ``reflect``."""
    around = max(2 * (side - 1), 1)
    return np.asarray(np.minimum(pixels % around, around - pixels % around) * (side > 1))


def _mirrored(pixels: Array, side: int) -> Array:
    """The border pixel twice, as `numpy.pad` has it under ``symmetric``."""
    return np.asarray(np.minimum(pixels % (2 * side), 2 * side - 1 - pixels % (2 * side)))


_OUTSIDE: Final[Mapping[str, Callable[[Array, int], Array]]] = {
    "wrap": lambda pixels, side: pixels % side,
    "reflect": _reflected,
    "symmetric": _mirrored,
    "edge": lambda pixels, side: np.clip(pixels, 0, side - 1),
}


def _shared(places: Array, side: int) -> Array:
    """Weights that fall inside shared out between them, so that border pixels are not faded by zeros."""
    weights = _matrix(places, side, _linear, "", 0)
    whole = weights.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0))


def _matrix(places: Array, side: int, taps: Taps, outside: str, scale: int) -> Array:
    """(places, side): what each pixel of an axis gives to each place. ``scale`` of 1 or -1 mixes up corners that are
    aligned with those that are not, which is about the middle by ``side / (side - 1)`` or its reciprocal.
    """
    middle = (side - 1) / 2
    places = middle + (places - middle) * (side / max(side - 1, 1)) ** scale
    low = np.floor(places)
    first, weights = taps(places - low)
    out = np.zeros((len(places), side))
    for k, weight in enumerate(weights):
        pixels = low.astype(int) + first + k
        inside = (pixels >= 0) & (pixels < side)
        pixels = _OUTSIDE[outside](pixels, side) if outside else np.where(inside, pixels, 0)
        np.add.at(out, (np.arange(len(places)), pixels), weight if outside else weight * inside)
    return out


def _moved(matrix: Callable[[Array, int], Array], inputs: Inputs) -> Mapping[str, Any] | None:
    """The stage ``translate``."""
    images, offsets = inputs["images"], inputs["offsets"].astype(np.float64)
    if inputs.get("interpolation") == "nearest":
        return None
    height, width = images.shape[1:3]
    out = np.zeros(images.shape, np.result_type(images.dtype, np.float64))
    for b in range(len(images)):
        x, y = offsets[b * len(offsets) // len(images)]
        rows, columns = matrix(np.arange(height) - y, height), matrix(np.arange(width) - x, width)
        out[b, :, :, 0] = rows @ images[b, :, :, 0] @ columns.T
    return {"images": out}


def _cut(matrix: Callable[[Array, int], Array], inputs: Inputs) -> Mapping[str, Any]:
    """The stage ``extract``."""
    whole, size = inputs["object"], inputs["size"]
    positions = np.moveaxis(inputs["positions"][:, 0], 1, 2).astype(np.float64) - size // 2
    out = np.zeros((len(positions), size, size, positions.shape[1]), np.result_type(whole.dtype, np.float64))
    for b, group in enumerate(positions):
        for c, (x, y) in enumerate(group):
            rows = matrix(y + np.arange(size), whole.shape[0])
            columns = matrix(x + np.arange(size), whole.shape[1])
            out[b, :, :, c] = rows @ whole @ columns.T
    return {"patches": out}


_STAGES: Final[Mapping[str, Callable[[Callable[[Array, int], Array], Inputs], Mapping[str, Any] | None]]] = {
    "translate": _moved,
    "extract": _cut,
}


def sampled_otherwise(stage: str) -> Iterator[AnswerHypothesis]:
    """What sampling by another rule gives in a stage that samples."""

    def one(kind: Kind, text: str, taps: Taps = _linear, outside: str = "", scale: int = 0) -> AnswerHypothesis:
        matrix = partial(_matrix, taps=taps, outside=outside, scale=scale)
        return AnswerHypothesis(kind, text, partial(_STAGES[stage], matrix))

    text = "border pixels not faded: divided by the weights that fall inside"
    yield AnswerHypothesis(Kind.BORDER, text, partial(_STAGES[stage], _shared))
    yield one(Kind.CUBIC, "sampled by cubics as PyTorch has them, not linearly", partial(_cubic, -0.75))
    yield one(Kind.CUBIC, "sampled by cubics as TensorFlow has them, not linearly", partial(_cubic, -0.5))
    yield one(Kind.WRAPPED, "wrapped around outside, not zero", outside="wrap")
    yield one(Kind.REPLICATED, "the border pixel repeated outside, not zero", outside="edge")
    yield one(Kind.REFLECTED, "reflected outside, not zero", outside="reflect")
    yield one(Kind.REFLECTED, "reflected outside with the border pixel twice, not zero", outside="symmetric")
    for outside in ("", "edge"):
        more = ", and the border pixel repeated" if outside else ""
        yield one(
            Kind.SCALED, f"scaled by N / (N - 1) about the middle: corners mixed up{more}", scale=1, outside=outside
        )
        yield one(
            Kind.SCALED, f"scaled by (N - 1) / N about the middle: corners mixed up{more}", scale=-1, outside=outside
        )
