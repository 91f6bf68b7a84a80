"""Faults of the reference network: another ingredient, or weights that mean something else."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.ptychography import oracle_network
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.learning.architecture import parameters, width_of
from parity_suite.ptychography.learning.weights import by_name, flat


def network_with(**ingredients: Any) -> Callable[..., Array]:
    """The oracle's network with some of its module's functions and numbers replaced by wrong ones, in a copy of it.

    ``KeyError`` where the module has no ingredient of a name.
    """
    scope = dict(vars(oracle_network))
    for name, wrong in ingredients.items():
        if name not in scope:
            raise KeyError(name)
        scope[name] = wrong
    for name, value in vars(oracle_network).items():
        if isinstance(value, FunctionType) and value.__module__ == oracle_network.__name__ and name not in ingredients:
            scope[name] = FunctionType(value.__code__, scope, name)
    found: Callable[..., Array] = scope["network"]
    return found


class _Brewed(Fault):
    """Computes with a wrong ingredient, in float64."""

    ingredients: ClassVar[dict[str, Any]]

    def answer(self, ask: Ask, given: Given) -> Any:
        probe = given["probe"]
        wide = {"amplitude": given["amplitude"].astype(float), "probe": probe.astype(complex)}
        patches = network_with(**self.ingredients)(**{**given, **wide})
        return patches.astype(probe.dtype)


def _max_pool(x: Array) -> Array:
    corners = [x[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return np.asarray(np.max(corners, axis=0))


def _corner_pool(x: Array) -> Array:
    return x[:, :, ::2, ::2]


def _late_up(x: Array) -> Array:
    return np.roll(x.repeat(2, axis=2).repeat(2, axis=3), 1, axis=2)


def _smooth_up(x: Array) -> Array:
    """Bilinear, corners not aligned."""
    for axis in (2, 3):
        n = x.shape[axis]
        place = np.clip((np.arange(2 * n) + 0.5) / 2 - 0.5, 0, n - 1)
        low = np.minimum(place.astype(int), n - 2)
        share = (place - low).reshape([-1 if a == axis else 1 for a in range(4)])
        x = x.take(low, axis) * (1 - share) + x.take(low + 1, axis) * share
    return x


def _bordered(**border: Any) -> Callable[..., Array]:
    """The convolution of an image with another border than zeros."""

    def convolve(x: Array, weights: Any, name: str) -> Array:
        wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), **border)
        return oracle_network._convolve(wide, weights, name)[:, :, 1:-1, 1:-1]

    return convolve


class DampingMissing(_Brewed, stage="network", kind=Kind.IGNORED):
    """Divides by the far field of the probe without damping."""

    ingredients: ClassVar = {"DAMPING": 0.0}


class PoolOfMaxima(_Brewed, stage="network", kind=Kind.REDUCTION):
    """Pools maxima instead of means."""

    ingredients: ClassVar = {"_pool": _max_pool}


class PoolOfCorners(_Brewed, stage="network", kind=Kind.REDUCTION):
    """Takes one pixel of every four instead of their mean."""

    ingredients: ClassVar = {"_pool": _corner_pool}


class UpsamplingOffByOne(_Brewed, stage="network", kind=Kind.SHIFT):
    """Upsamples one row too far down."""

    ingredients: ClassVar = {"_up": _late_up}


class UpsamplingBilinear(_Brewed, stage="network", kind=Kind.FORMULA):
    """Upsamples with bilinear interpolation."""

    ingredients: ClassVar = {"_up": _smooth_up}


class PaddedWithEdge(_Brewed, stage="network", kind=Kind.REPLICATED):
    """Repeats the border of an image before a convolution instead of zeros."""

    ingredients: ClassVar = {"_convolve": _bordered(mode="edge")}


class PaddedAround(_Brewed, stage="network", kind=Kind.WRAPPED):
    """Lets an image wrap around in a convolution."""

    ingredients: ClassVar = {"_convolve": _bordered(mode="wrap")}


class RectifiedLinear(_Brewed, stage="network", kind=Kind.FORMULA):
    """Cuts off below zero instead of the smooth activation."""

    ingredients: ClassVar = {"_silu": lambda x: np.maximum(x, 0)}


class _Weights(Fault):
    """Reads the flat weights as other arrays."""

    def answer(self, ask: Ask, given: Given) -> Any:
        weights, channels = given["weights"], given["amplitude"].shape[3]
        arrays = {name: array.copy() for name, array in by_name(weights, channels).items()}
        changed = {name: self.read(name, array) for name, array in arrays.items()}
        return ask({**given, "weights": flat(changed, channels, width_of(len(weights), channels))})

    def read(self, name: str, array: Array) -> Array:
        raise NotImplementedError


class KernelsFlipped(_Weights, stage="network", kind=Kind.MIRROR):
    """Convolves instead of correlating: flips every kernel."""

    def read(self, name: str, array: Array) -> Array:
        return array[:, :, ::-1, ::-1] if array.ndim == 4 else array


class KernelsTransposed(_Weights, stage="network", kind=Kind.TRANSPOSE):
    """Takes the rows of every kernel for its columns."""

    def read(self, name: str, array: Array) -> Array:
        return array.swapaxes(2, 3) if array.ndim == 4 else array


class InputsInterleaved(_Weights, stage="network", kind=Kind.ORDER):
    """Puts real and imaginary part of each channel side by side instead of all real parts first."""

    def read(self, name: str, array: Array) -> Array:
        if name != "encoder0.kernel":
            return array
        channels = array.shape[1] // 2
        order = np.arange(2 * channels).reshape(channels, 2).T.reshape(-1)
        return array[:, order]


class LastBiasIgnored(_Weights, stage="network", kind=Kind.IGNORED):
    """Adds no bias in the last convolution."""

    def read(self, name: str, array: Array) -> Array:
        return np.zeros_like(array) if name == "modulus.bias" else array


class WeightsInAnotherOrder(Fault, stage="network", kind=Kind.ORDER):
    """Looks for the bias of each convolution before its kernel."""

    def answer(self, ask: Ask, given: Given) -> Any:
        weights, channels = given["weights"], given["amplitude"].shape[3]
        read, start = np.empty_like(weights), 0
        table = parameters(channels, width_of(len(weights), channels))
        order = [
            one
            for name in dict.fromkeys(p.name.split(".")[0] for p in table)
            for one in table[::-1]
            if one.name.startswith(f"{name}.")
        ]
        for one in order:
            length = one.stop - one.start
            read[one.place] = weights[start : start + length]
            start += length
        return ask({**given, "weights": read})


class ScaleNotInNetwork(Fault, stage="network", kind=Kind.IGNORED, history=("F01", "F04")):
    """Does not divide measured amplitudes by the scale."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "scale": 1.0})


class NetworkSeesTheBatch(Fault, stage="network", kind=Kind.BATCH, history=("F04",)):
    """Normalises measured amplitudes by the mean of their batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        mean = amplitude.mean() if amplitude.size else 1
        return ask({**given, "amplitude": (amplitude / mean * given["scale"]).astype(amplitude.dtype)})


class OneModeOnly(Fault, stage="network", kind=Kind.DROPPED, needs=(InputNeed.MODES,)):
    """Projects with the first mode of the probe alone."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": given["probe"][:1]})


class PhaseRangeHalved(Fault, stage="network", kind=Kind.MODULUS):
    """Lets the phase reach pi / 2 instead of pi."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = ask(given)
        return (np.abs(patches) * np.exp(0.5j * np.angle(patches))).astype(patches.dtype)


class ModulusNotDoubled(Fault, stage="network", kind=Kind.FACTOR):
    """Lets the modulus reach one instead of two."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given) / 2
