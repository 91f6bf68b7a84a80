"""Faults of the evaluation path: its scale, its batches, its stitching, its device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.ptychography.faults.model_fault import ModelFault, hold, weights_in
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.faults.stitching import in_double, regularised


class _Amplitudes(ModelFault):
    """Infers from other amplitudes than those given: the network sees them over the scale."""

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        return ask({**given, "amplitude": like(self.changed(amplitude), amplitude)})

    def changed(self, amplitude: Array) -> Array:
        raise NotImplementedError

    @property
    def scale(self) -> float:
        return float(self.right.state()["intensity_scale"])


class InferredWithScaleOne(_Amplitudes, stage="infer", kind=Kind.IGNORED, history=("F01", "F04")):
    """Infers as if the intensity scale were 1.0."""

    def changed(self, amplitude: Array) -> Array:
        return amplitude * self.scale


class ScaleDividedTwice(_Amplitudes, stage="infer", kind=Kind.FACTOR, history=("F04",)):
    """Divides the amplitudes by the intensity scale twice."""

    def changed(self, amplitude: Array) -> Array:
        return amplitude / self.scale


class NormalisedByBatch(_Amplitudes, stage="infer", kind=Kind.BATCH, history=("F04",)):
    """Divides the amplitudes by what the power of their own batch asks for, instead of by the scale."""

    def changed(self, amplitude: Array) -> Array:
        power = np.sum(np.abs(self.right.state()["probe"]) ** 2)
        own = np.sqrt(np.mean(np.sum(amplitude**2, axis=(1, 2))) / power) if len(amplitude) else 1.0
        return np.asarray(amplitude * self.scale / own)


class NormalisedByGroup(_Amplitudes, stage="infer", kind=Kind.BATCH, history=("F04",)):
    """Divides the amplitudes of each group by what its own power asks for, instead of by the scale."""

    def changed(self, amplitude: Array) -> Array:
        power = np.sum(np.abs(self.right.state()["probe"]) ** 2)
        own = np.sqrt(np.mean(np.sum(amplitude**2, axis=(1, 2), keepdims=True), axis=3, keepdims=True) / power)
        # A group that saw no light asks for nothing.
        return np.asarray(amplitude * self.scale / np.where(own > 0, own, self.scale))


class CountsForAmplitudes(_Amplitudes, stage="infer", kind=Kind.POWER, history=("F04",)):
    """Infers from counts instead of their root."""

    def changed(self, amplitude: Array) -> Array:
        return amplitude**2


class InferredTransposed(_Amplitudes, stage="infer", kind=Kind.TRANSPOSE, history=("F22",)):
    """Takes the rows of the detector for its columns."""

    def changed(self, amplitude: Array) -> Array:
        return np.ascontiguousarray(amplitude.swapaxes(1, 2))


class BatchCentred(ModelFault, stage="infer", kind=Kind.BATCH, history=("F04",)):
    """Takes the mean of each batch out of its patches, as a normalisation left in training mode does."""

    def infer(self, ask: Ask, given: Given) -> Any:
        step = given.get("batch") or max(1, len(given["amplitude"]))
        got = ask(given)
        parts = [got[start : start + step] for start in range(0, max(1, len(got)), step)]
        return np.concatenate([part - 0.1 * part.mean(axis=(0, 1, 2)) if len(part) else part for part in parts])


class EmptyChunkCrashes(ModelFault, stage="infer", kind=Kind.CRASH, history=("F10",), needs=(InputNeed.EMPTY,)):
    """Fails on a chunk that holds no groups."""

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        groups = (
            np.reshape(amplitude, (-1, *amplitude.shape[1:])) if amplitude.size else np.reshape(amplitude, (4, -1, 1))
        )
        return ask({**given, "amplitude": groups})


class PartialBatchDropped(ModelFault, stage="infer", kind=Kind.DROPPED, history=("F10",), needs=(InputNeed.BY_SIZE,)):
    """Leaves out the last batch where it is not full."""

    def infer(self, ask: Ask, given: Given) -> Any:
        batch = given.get("batch") or max(1, len(given["amplitude"]))
        return ask(given)[: len(given["amplitude"]) // batch * batch]


class PartialBatchFilled(ModelFault, stage="infer", kind=Kind.SHAPE, history=("F10",), needs=(InputNeed.BY_SIZE,)):
    """Fills the last batch up with its last group, and gives that back as well."""

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        batch = given.get("batch") or max(1, len(amplitude))
        more = -len(amplitude) % batch
        filled = np.concatenate([amplitude, np.repeat(amplitude[-1:], more, axis=0)])
        return ask({**given, "amplitude": filled})


class PartialBatchBlank(ModelFault, stage="infer", kind=Kind.DROPPED, history=("F10",), needs=(InputNeed.BY_SIZE,)):
    """Leaves the last batch zero where it is not full."""

    def infer(self, ask: Ask, given: Given) -> Any:
        got = ask(given).copy()
        batch = given.get("batch") or max(1, len(got))
        got[len(got) // batch * batch :] = 0
        return got


class StaleInference(ModelFault, stage="infer", kind=Kind.STATE):
    """Gives the patches that it gave before for as many groups."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def infer(self, ask: Ask, given: Given) -> Any:
        key = given["amplitude"].shape
        if key not in self._known:
            self._known[key] = ask(given)
        return self._known[key]


class ModelShared(ModelFault, stage="infer", kind=Kind.STATE, history=("F23",)):
    """Infers with the model of whichever instance was trained or loaded last."""

    _last: ClassVar[dict[str, Callable[..., Any]]] = {}

    def train(self, ask: Ask, given: Given) -> Any:
        self._last[str(given["weights"].dtype)] = self.right.infer
        return ask(given)

    def infer(self, ask: Ask, given: Given) -> Any:
        last = self._last.get(str(given["amplitude"].dtype))
        return last(**{name: value for name, value in given.items() if value is not None}) if last else ask(given)


class InferredUntrained(ModelFault, stage="infer", kind=Kind.FROZEN, history=("F03",)):
    """Infers with the weights that training began with."""

    def train(self, ask: Ask, given: Given) -> Any:
        self._first = ask, given
        return ask(given)

    def infer(self, ask: Ask, given: Given) -> Any:
        state = self.right.state()
        scale = state["intensity_scale"]
        hold(*self._first, scale=scale, probe=state["probe"])
        got = ask(given)
        hold(*self._first, weights=weights_in(state), scale=scale, probe=state["probe"])
        return got


class _Stitched(ModelFault):
    """Stitches chunks of ``(amplitude, positions)`` elsewhere."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "chunks": self.moved(given)})

    def moved(self, given: Given) -> Iterator[tuple[Array, Array]]:
        raise NotImplementedError


class StitchedUncentred(ModelFault, stage="infer", kind=Kind.CENTRE, history=("F13",)):
    """Puts patches where their positions say, without taking the centre off."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "centre": np.zeros_like(given["centre"])})


class StitchedOnTheChunk(_Stitched, stage="infer", kind=Kind.CENTRE, history=("F13",)):
    """Centres every chunk on the mean of its own positions."""

    def moved(self, given: Given) -> Iterator[tuple[Array, Array]]:
        for amplitude, positions in given["chunks"]:
            own = positions.mean(axis=(0, 3)).reshape(1, 1, 2, 1) if len(positions) else 0
            yield amplitude, like(positions - own + given["centre"].reshape(1, 1, 2, 1), positions)


class StitchedAxesSwapped(_Stitched, stage="infer", kind=Kind.AXES):
    """Takes x of every position for y."""

    def moved(self, given: Given) -> Iterator[tuple[Array, Array]]:
        middle = given["centre"].reshape(1, 1, 2, 1)
        for amplitude, positions in given["chunks"]:
            yield amplitude, like((positions - middle)[:, :, ::-1] + middle, positions)


class LastChunkNotStitched(_Stitched, stage="infer", kind=Kind.DROPPED, history=("F10",)):
    """Leaves out the last chunk of a stream."""

    def moved(self, given: Given) -> Iterator[tuple[Array, Array]]:
        yield from list(given["chunks"])[:-1]


class CanvasClipped(ModelFault, stage="infer", kind=Kind.CLIPPED, history=("F13",)):
    """Loses what lies within four pixels of the border of the canvas."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        rows, columns = given["canvas"]
        got = ask({**given, "canvas": (rows - 8, columns - 8)})
        return {name: np.pad(value, 4) for name, value in got.items()}


class StitchedCountRegularised(ModelFault, stage="infer", kind=Kind.DENOMINATOR):
    """Divides what it stitched by the count plus 1e-2."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return regularised(ask(given))


class StitchedThreefold(ModelFault, stage="infer", kind=Kind.FACTOR):
    """Gives the stitched canvas three times too large."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "canvas": 3 * got["canvas"]}


class StitchedInDouble(ModelFault, stage="infer", kind=Kind.DTYPE):
    """Gives the stitched canvas in double precision."""

    def infer_stream(self, ask: Ask, given: Given) -> Any:
        return in_double(ask(given))


class WeightsLeftBehind(ModelFault, stage="infer", kind=Kind.DEVICE, history=("F15",)):
    """Leaves weights that were loaded where they were read, when the model is moved.

    Needs a backend that runs its network as ``kernel("network")`` of tensors made by ``put``, as the reference ones do.
    """

    single = "on the CPU every device is one: that nothing is left behind is the subject of placement alone"

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        self._read = self.right.backend._held["weights"]

    def kernel(self, ask: Ask, given: Given) -> Any:
        right = ask(given)
        read = getattr(self, "_read", None)
        if given["stage"] != "network" or read is None:
            return right
        return lambda **tensors: right(**{**tensors, "weights": read})
