"""Random numbers that no NumPy version and no CPU changes: raw PCG64 words and our own transforms of them.

NumPy keeps the words of a bit generator for good (NEP 19), but not the streams of its distributions.
"""

from __future__ import annotations

from math import prod

import numpy as np

from .dataset import Array

# Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477; relative error about 1e-16.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


class Stream:
    """Uniform and normal numbers for one purpose; streams of one seed and other purposes are independent."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._words = np.random.PCG64(np.random.SeedSequence([seed, *purpose.encode()]))

    def uniforms(self, *shape: int) -> Array:
        """float64 in (0, 1), ends excluded: the upper 53 bits of a word, a zero moved up by half a step."""
        upper = self._words.random_raw(prod(shape)) >> np.uint64(11)
        return np.asarray(np.maximum(upper.astype(np.float64), 0.5).reshape(shape) * 2.0**-53)

    def normals(self, *shape: int) -> Array:
        """Standard normal float64, by inversion."""
        return normal_quantile(self.uniforms(*shape))


def normal_quantile(probability: Array) -> Array:
    """z with Phi(z) = ``probability``, which lies in (0, 1). Source: Wichura 1988, AS 241."""
    offset = probability - 0.5
    quantile = offset * _ratio(_CENTRE, 0.180625 - offset * offset)
    outer = np.abs(offset) > 0.425
    if outer.any():
        tail = np.minimum(probability[outer], 1.0 - probability[outer])
        root = np.sqrt(-np.log(tail))
        far = _ratio(_FAR_TAIL, root - 5.0)
        quantile[outer] = np.copysign(np.where(root <= 5.0, _ratio(_TAIL, root - 1.6), far), offset[outer])
    return np.asarray(quantile)


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    above, below = (_polynomial(terms, x) for terms in coefficients)
    return np.asarray(above / below)


def _polynomial(terms: tuple[float, ...], x: Array) -> Array:
    """Horner's rule, highest power first, in place: these run over every pixel of every pattern."""
    total = np.full_like(x, terms[0])
    for term in terms[1:]:
        total *= x
        total += term
    return total
