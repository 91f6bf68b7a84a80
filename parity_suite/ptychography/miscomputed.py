"""Stages as they are computed by mistakes that no other reading of their inputs makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.hypotheses import AnswerHypothesis, InputHypothesis, Inputs
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


def over_root_mean_square(inputs: Inputs) -> Mapping[str, Any]:
    """The probe over the root of its mean power, where its mean modulus is meant."""
    got = Oracle().probe(**inputs)
    again = float(np.sqrt(np.mean(np.abs(got["probe"]) ** 2))) * inputs["probe_scale"]
    return {"probe": got["probe"] / again, "factor": got["factor"] * again}


def over_lit_modes(inputs: Inputs) -> Mapping[str, Any]:
    """The probe over the mean modulus of the modes that are not dark."""
    got, probe = Oracle().probe(**inputs), inputs["probe"]
    lit = float(np.any(probe, axis=(1, 2)).mean())
    return {"probe": got["probe"] * lit, "factor": got["factor"] / lit}


#: All points (M, M) in the order in which each takes them into its group, by the squared distances (M, M).
_Choice = Callable[[Array], Array]


def groups() -> Iterator[AnswerHypothesis]:
    """Groups of other points, of the same in another order, and about another centre."""

    def one(
        kind: Kind,
        text: str,
        choose: _Choice,
        squeezed: tuple[float, float] = (1, 1),
        within: Callable[[Array], Array] = np.asarray,
    ) -> AnswerHypothesis:
        def answer(inputs: Inputs) -> Mapping[str, Any]:
            xy = np.asarray(inputs["positions"], np.float64)
            apart = np.sum(((xy[:, None] - xy[None]) * np.array(squeezed)) ** 2, axis=2)
            np.fill_diagonal(apart, -1)
            return _grouped(xy, within(_picked(choose(apart), inputs)))

        return AnswerHypothesis(kind, text, answer)

    yield one(Kind.SEED_POINT, "the seed point is left out of its group", lambda d: np.roll(_nearest(d), -1, axis=1))
    yield one(Kind.ORDER, "the points of a group sorted by index", _nearest, within=lambda i: np.sort(i, axis=1))
    yield one(Kind.ORDER, "the points of a group farthest first", _nearest, within=lambda i: i[:, ::-1])
    yield one(Kind.NEIGHBOUR, "of points as near the greatest index first", _greatest)
    yield one(Kind.NEIGHBOUR, "neighbours by x alone", _nearest, (1, 0))
    yield one(Kind.NEIGHBOUR, "neighbours by y alone", _nearest, (0, 1))
    yield AnswerHypothesis(Kind.CENTRE, "the seed point for the centre of its group", _centred_on_seed)


def nearest_for_drawn(inputs: Inputs) -> Inputs | None:
    """The nearest neighbours in the place of those that are drawn."""
    draws = inputs.get("draws")
    if draws is None:
        return None
    return {**inputs, "draws": np.broadcast_to(np.arange(draws.shape[2]), draws.shape)}


def last_left_out(whole_batch: bool, inputs: Inputs) -> Inputs | None:
    """Without the last group, or the last batch of them, where all have one canvas."""
    count, batch = len(inputs["patches"]), inputs["batch"] if whole_batch else 1
    if not count or batch is None or inputs["centre"].ndim > 1:
        return None
    kept = (count - 1) // batch * batch
    return {**inputs, "patches": inputs["patches"][:kept], "positions": inputs["positions"][:kept]}


def around_the_border(inputs: Inputs) -> Mapping[str, Any]:
    """The losses with the differences of the last and the first pixel in the total variation."""
    patches = np.asarray(inputs["patches"])
    steps = sum(float(np.sum(np.abs(patches - np.roll(patches, 1, axis)))) for axis in (1, 2))
    return {**Oracle().loss(**inputs), "total_variation": steps / len(patches)}


def _nearest(apart: Array) -> Array:
    return np.asarray(np.argsort(apart, axis=1, kind="stable"))


def _greatest(apart: Array) -> Array:
    return np.asarray(len(apart) - 1 - _nearest(apart[:, ::-1]))


def _picked(order: Array, inputs: Inputs) -> Array:
    """(groups, channels): the first points of each order, or those that are drawn from the others of it."""
    draws, channels = inputs.get("draws"), inputs["gridsize"] ** 2
    if draws is None:
        return order[:, :channels]
    others = np.stack([row[1:][pick] for row, pick in zip(order, draws, strict=True)])
    seeds = np.broadcast_to(order[:, :1, None], (*others.shape[:2], 1))
    return np.concatenate([seeds, others], axis=2).reshape(-1, channels)


def _grouped(xy: Array, indices: Array) -> Mapping[str, Array]:
    grouped = np.moveaxis(xy[indices], 2, 1)[:, None]
    offsets = grouped.mean(axis=3, keepdims=True)
    return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


def _centred_on_seed(inputs: Inputs) -> Mapping[str, Any]:
    got = Oracle().group(**inputs)
    shift = got["coords_relative"][..., :1]
    moved = {name: got[name] - shift for name in ("coords_offsets", "coords_relative")}
    return {**got, **moved}


def reshaped(inputs: Inputs) -> Mapping[str, Any]:
    """Images in their new layout by a reshape alone."""
    return {"images": inputs["images"].reshape(Oracle().layout(**inputs).shape)}


def along_columns(inputs: Inputs) -> Mapping[str, Any] | None:
    """Channels counted along the columns of the grid."""
    images, kinds = inputs["images"], (inputs["source"], inputs["target"])
    if "grid" not in kinds:
        return None
    if kinds[0] == "grid":
        return {"images": Oracle().layout(**{**inputs, "images": np.swapaxes(images, 1, 2)})}
    return {"images": np.swapaxes(Oracle().layout(**inputs), 1, 2)}


def floors() -> Iterator[AnswerHypothesis]:
    """The likelihood where rates are held at another floor."""

    def one(least: float) -> AnswerHypothesis:
        def answer(inputs: Inputs) -> Mapping[str, Any]:
            rate = np.maximum((inputs["scale"] * inputs["amplitude"].astype(np.float64)) ** 2, least)
            nll = np.sum(rate - inputs["counts"] * np.log(rate)) / len(rate)
            return {**Oracle().loss(**inputs), "poisson_nll": float(nll)}

        return AnswerHypothesis(Kind.FLOOR, f"rates held above {least:.3g}", answer)

    yield from map(one, (float(np.finfo(np.float32).tiny), 1e-30, 1e-12, 1e-10, 1e-8, 1e-7, 1e-5, 1e-3))


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
