"""Structural similarity, on one scale and on several, of images that are known only in part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.ptychography.evaluation.measure import AREA_SMALL, Measure, blocked
from parity_suite.ptychography.evaluation.windows import bounding_box

#: Gaussian window of Wang, Bovik, Sheikh & Simoncelli (2004): sigma 1.5, cut off after 5 pixels, 11 x 11.
_SIGMA: Final = 1.5
_RADIUS: Final = 5
#: Their constant c1 = (0.01 L)^2, for the range L = 1 of the images given here.
_C1: Final = 0.01**2
#: Exponents of the five scales, finest first, of Wang, Simoncelli & Bovik (2003).
WEIGHTS: Final = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


@dataclass(frozen=True)
class Similarity:
    """SSIM and MS-SSIM of one pair of images, and the number of scales (of five) that the latter could use."""

    ssim: Measure
    ms_ssim: Measure
    scales: int


def similarity(image: Array, truth: Array, known: Array) -> Similarity:
    """Both indices of two (H, W) real images on one scale of values, 0 to 1, over the pixels ``known`` (H, W bool).

    Only windows that hold known pixels alone are counted; ``blocked_area_small`` without one.
    """
    if not _whole_windows(known).any():
        return undefined(AREA_SMALL)
    box = bounding_box(known)
    image, truth, known = image[box], truth[box], known[box]
    terms = _scales(image, truth, known)
    return Similarity(Measure(terms[0][0]), Measure(_combined(terms)), len(terms))


def undefined(reason: str) -> Similarity:
    """No similarity, for this reason."""
    return Similarity(blocked(reason), blocked(reason), 0)


def _scales(image: Array, truth: Array, known: Array) -> list[tuple[float, float]]:
    """Mean SSIM and mean contrast-structure of every scale (at most five) that still holds a whole window.

    From scale to scale the images are averaged over 2 x 2 pixels, known where all four are; an odd last row or column
    is left out.
    """
    terms: list[tuple[float, float]] = []
    while len(terms) < len(WEIGHTS):
        seen = _whole_windows(known)
        if not seen.any():
            break
        terms.append(_terms(image, truth, seen))
        image, truth = _blocks(image).mean(axis=(1, 3)), _blocks(truth).mean(axis=(1, 3))
        known = np.all(_blocks(known), axis=(1, 3))
    return terms


def _combined(terms: list[tuple[float, float]]) -> float:
    """``prod_j cs_j^w_j`` after Wang, Simoncelli & Bovik (2003), the coarsest scale with the luminance term.

    A negative mean counts as 0. The weights of fewer than five scales are divided by their sum.
    """
    factors = [structure for _, structure in terms[:-1]] + [terms[-1][0]]
    weights = np.array(WEIGHTS[: len(factors)])
    return float(np.prod(np.maximum(factors, 0) ** (weights / weights.sum())))


def _terms(image: Array, truth: Array, seen: Array) -> tuple[float, float]:
    """Mean of the full SSIM and of its contrast-structure part over the pixels ``seen``.

    scikit-image gives the first alone; the other factor in it, the luminance term, is divided out.
    """
    from skimage.metrics import structural_similarity

    _, full = structural_similarity(
        truth, image, data_range=1.0, gaussian_weights=True, sigma=_SIGMA, use_sample_covariance=False, full=True
    )
    mean, mean_truth = _local_mean(image), _local_mean(truth)
    luminance = (2 * mean * mean_truth + _C1) / (mean**2 + mean_truth**2 + _C1)
    return float(full[seen].mean()), float((full / luminance)[seen].mean())


def _local_mean(image: Array) -> Array:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(image, _SIGMA, radius=_RADIUS))


def _whole_windows(known: Array) -> Array:
    """The pixels around which an 11 x 11 window holds known pixels alone; beyond the border nothing is known."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_erosion(known, np.ones((2 * _RADIUS + 1,) * 2)))


def _blocks(image: Array) -> Array:
    """(H//2, 2, W//2, 2): the blocks of 2 x 2 pixels."""
    height, width = (n // 2 for n in image.shape)
    return image[: 2 * height, : 2 * width].reshape(height, 2, width, 2)
