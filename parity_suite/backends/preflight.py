"""Numerics preflight: a framework's bare arithmetic against NumPy float64, before the first check on a backend.

The first multi-threaded call of some math libraries may run in low accuracy on one thread (F27: relative error 3e-4 in
half the array, never after a warm-up call). So every function is called twice: the first call warms it up and is
reported, the second decides. A machine that is off after the warm-up is named as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.compare.budgets import EPS

#: Large enough that every framework spreads an elementwise call over all its threads.
_ELEMENTS: Final = 1 << 18
_SIDE: Final = 128

#: Allowed peak error in eps: elementwise functions are good to some ulp, the others grow with log N or sqrt(N).
TOLERANCE: Final[Mapping[str, float]] = {
    "sqrt": 4.0,
    "exp": 16.0,
    "log": 16.0,
    "sin": 16.0,
    "cos": 16.0,
    "tanh": 16.0,
    "fft2": 64.0,
    "matmul": 64.0,
    "conv2d": 64.0,
}


@dataclass(frozen=True)
class Preflight:
    """Peak errors of the first and the second call of each function, relative to the largest value."""

    first: Mapping[str, float]
    second: Mapping[str, float]
    #: ``kept``, ``flushed`` to zero, or ``unknown``: what becomes of the smallest numbers
    denormals: str
    #: whether a matrix product is only as good as 10 bits of mantissa
    tf32: bool
    precision: str

    @property
    def faults(self) -> tuple[str, ...]:
        """One clause for each function that is off even after the warm-up."""
        return tuple(self._clause(name, error) for name, error in self.second.items() if self._off(name, error))

    @property
    def recovered(self) -> tuple[str, ...]:
        """One clause for each function whose first call was off and whose second was not (F27)."""
        return tuple(
            self._clause(name, error)
            for name, error in self.first.items()
            if self._off(name, error) and not self._off(name, self.second[name])
        )

    def limit(self, name: str) -> float:
        """The largest error of a function that is still round-off."""
        return TOLERANCE[name] * EPS[self.precision]

    def _off(self, name: str, error: float) -> bool:
        return not error <= self.limit(name)

    def _clause(self, name: str, error: float) -> str:
        hint = " (TF32 arithmetic)" if self.tf32 and name in ("matmul", "conv2d") else ""
        return f"{name} in {self.precision} is off by {error:.2g}{hint}"


def preflight(primitive: Callable[..., Array], precision: str) -> Preflight:
    """Probes ``primitive(name, *arrays)``, a backend's bare arithmetic
    (:class:`parity_suite.backends.api.Preflights`).
    """
    inputs = _inputs(precision)
    first = {name: _error(primitive, name, arrays) for name, arrays in inputs.items()}
    second = {name: _error(primitive, name, arrays) for name, arrays in inputs.items()}
    coarse = max(second["matmul"], second["conv2d"])
    return Preflight(
        first,
        second,
        _denormals(primitive, precision),
        EPS["float32"] * 64 < coarse < 4 * EPS["tf32"],
        precision,
    )


def _inputs(precision: str) -> dict[str, tuple[Array, ...]]:
    bits = np.random.Generator(np.random.PCG64(20))
    line = np.linspace(-3, 3, _ELEMENTS).astype(precision)
    square = bits.uniform(-1, 1, (2, _SIDE, _SIDE)).astype(precision)
    wave = (square[0] + 1j * square[1]).astype("complex64" if precision == "float32" else "complex128")
    positive = np.abs(line) + np.asarray(0.01, precision)
    unary = dict.fromkeys(("exp", "sin", "cos", "tanh"), (line,))
    return {
        "sqrt": (positive,),
        "log": (positive,),
        **unary,
        "fft2": (wave,),
        "matmul": (square[0], square[1]),
        "conv2d": (square[0], square[1][:5, :5]),
    }


def _reference(name: str, arrays: tuple[Array, ...]) -> Array:
    wide = [array.astype(np.result_type(array, np.float64)) for array in arrays]
    if name == "matmul":
        return np.asarray(wide[0] @ wide[1])
    if name == "fft2":
        return np.asarray(np.fft.fft2(wide[0]))
    if name == "conv2d":
        windows = np.lib.stride_tricks.sliding_window_view(wide[0], wide[1].shape)
        return np.asarray(np.einsum("ijkl,kl->ij", windows, wide[1]))
    function: Callable[[Any], Any] = getattr(np, name)
    return np.asarray(function(wide[0]))


def _error(primitive: Callable[..., Array], name: str, arrays: tuple[Array, ...]) -> float:
    want = _reference(name, arrays)
    got = np.asarray(primitive(name, *arrays))
    if got.shape != want.shape:
        return float("inf")
    # The logarithm crosses zero and the others span decades: each value is measured against at least one unit.
    size = np.maximum(np.abs(want), 1.0) if name not in ("fft2", "matmul", "conv2d") else np.abs(want).max()
    return float(np.nanmax(np.where(np.isfinite(got), np.abs(got - want) / size, np.inf)))


def _denormals(primitive: Callable[..., Array], precision: str) -> str:
    smallest = np.full(64, np.finfo(precision).smallest_subnormal * 8, precision)
    doubled = np.asarray(primitive("double", smallest))
    return "kept" if (doubled == smallest * 2).all() else "flushed"
