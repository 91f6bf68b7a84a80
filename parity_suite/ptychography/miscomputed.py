"""Stages as they are computed by mistakes that no other reading of their inputs makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.input_hypothesis import AnswerHypothesis, InputHypothesis, Inputs
from parity_suite.core.kinds import Kind
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.learning.weights import by_name, flat
from parity_suite.ptychography.oracle import Oracle


def masks() -> Iterator[AnswerHypothesis]:
    """The probe under masks that are no disk of radius N/4 about pixel N//2."""

    def one(text: str, lit: Callable[[Array, Array, int], Array], middle: Callable[[int], float]) -> AnswerHypothesis:
        def answer(inputs: Inputs) -> Mapping[str, Any] | None:
            if not inputs["masked"]:
                return None
            n = inputs["probe"].shape[-1]
            rows, columns = np.mgrid[:n, :n] - middle(n)
            masked = inputs["probe"] * lit(rows, columns, n)
            return Oracle().probe(masked, inputs["probe_scale"], False)

        return AnswerHypothesis(Kind.MASK, text, answer)

    def disk(rows: Array, columns: Array, n: int) -> Array:
        return np.asarray(rows**2 + columns**2 <= (n / 4) ** 2)

    def ramp(rows: Array, columns: Array, n: int) -> Array:
        return np.clip(n / 4 - np.hypot(rows, columns) + 0.5, 0, 1)

    yield one("a mask about (N - 1) / 2", disk, lambda n: (n - 1) / 2)
    yield one("a mask about N / 2", disk, lambda n: n / 2)
    yield one("a mask about pixel N//2 - 1", disk, lambda n: n // 2 - 1)
    yield one("a mask with an edge of one pixel", ramp, lambda n: n // 2)
    yield one("a mask without its edge", lambda r, c, n: r**2 + c**2 < (n / 4) ** 2, lambda n: n // 2)
    yield one("a mask of radius N / 2", lambda r, c, n: disk(r, c, 2 * n), lambda n: n // 2)
    yield one("a square mask", lambda r, c, n: np.maximum(abs(r), abs(c)) <= n / 4, lambda n: n // 2)


def without_seed_point(inputs: Inputs) -> Mapping[str, Any] | None:
    """Groups of neighbours alone, the nearest of them first."""
    channels = inputs["gridsize"] ** 2
    if inputs.get("draws") is not None or len(inputs["positions"]) <= channels:
        return None
    xy = np.asarray(inputs["positions"], np.float64)
    apart = np.sum((xy[:, None] - xy[None]) ** 2, axis=2)
    np.fill_diagonal(apart, np.inf)
    indices = np.argsort(apart, axis=1, kind="stable")[:, :channels]
    grouped = np.moveaxis(xy[indices], 2, 1)[:, None]
    offsets = grouped.mean(axis=3, keepdims=True)
    return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


def modes_for_items(inputs: Inputs) -> Mapping[str, Any] | None:
    """Each mode of the probe for the item of its number."""
    patches, probe = inputs["patches"], inputs["probe"]
    if not len(patches) == len(probe) > 1:
        return None
    psi = patches * probe[..., None]
    return {"psi": np.repeat(psi[:, None], len(probe), axis=1)}


def covers() -> Iterator[AnswerHypothesis]:
    """The canvas where another count is the least that covers a pixel."""

    def one(least: float) -> AnswerHypothesis:
        def answer(inputs: Inputs) -> Mapping[str, Any]:
            got = Oracle().reassemble(**inputs)
            count = got["count"]
            filled = np.divide(got["numerator"], count, out=np.zeros_like(got["canvas"]), where=count >= least)
            return {**got, "canvas": filled}

        return AnswerHypothesis(Kind.FLOOR, f"pixels are covered from a count of {least:g} on", answer)

    yield from map(one, (1e-12, 1e-6, 0.01, 0.1, 0.5, 1.0))


def read_weights() -> Iterator[InputHypothesis]:
    """The weights of the network read as other kernels and biases."""

    def one(kind: Kind, text: str, read: Callable[[str, Array], Array]) -> InputHypothesis:
        def changed(inputs: Inputs) -> Inputs:
            weights, channels = inputs["weights"], inputs["amplitude"].shape[3]
            arrays = {name: read(name, array.copy()) for name, array in by_name(weights, channels).items()}
            return {**inputs, "weights": flat(arrays, channels, width_of(len(weights), channels))}

        return InputHypothesis(kind, text, changed)

    def kernels(change: Callable[[Array], Array]) -> Callable[[str, Array], Array]:
        return lambda name, array: change(array) if array.ndim == 4 else array

    yield one(Kind.MIRROR, "kernels turned by half a turn", kernels(lambda k: k[:, :, ::-1, ::-1]))
    yield one(Kind.TRANSPOSE, "kernels with rows and columns swapped", kernels(lambda k: k.swapaxes(2, 3)))
    yield one(Kind.RESHAPE, "kernels reshaped from rows, columns, in, out", kernels(_reshaped))
    yield one(Kind.ORDER, "the first channels interleaved, not one after the other", _interleaved)
    yield one(Kind.IGNORED, "all biases ignored", lambda name, a: 0 * a if name.endswith("bias") else a)
    for layer in ("encoder0", "modulus", "phase"):
        ignored = _ignoring(f"{layer}.bias")
        yield one(Kind.IGNORED, f"the bias of {layer} ignored", ignored)


def _ignoring(bias: str) -> Callable[[str, Array], Array]:
    return lambda name, array: 0 * array if name == bias else array


def _reshaped(kernel: Array) -> Array:
    return kernel.reshape(kernel.transpose(2, 3, 1, 0).shape).transpose(3, 2, 0, 1)


def _interleaved(name: str, array: Array) -> Array:
    if array.ndim != 4 or array.shape[1] % 2 or not name.startswith("encoder0."):
        return array
    return array[:, np.arange(array.shape[1]).reshape(-1, 2).T.reshape(-1)]
