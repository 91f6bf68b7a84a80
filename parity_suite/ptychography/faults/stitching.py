"""Faults of putting patches onto a canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like, swapped, towards
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.copies import StreamFault, at_once
from parity_suite.ptychography.faults.needs import InputNeed
from parity_suite.ptychography.pipeline import COVER_THRESHOLD


class StitchOffsetSign(Fault, stage="reassemble", kind=Kind.SIGN):
    """Puts patches on the other side of the centre."""

    def answer(self, ask: Ask, given: Given) -> Any:
        positions = given["positions"]
        return ask({**given, "positions": like(2 * towards(given["centre"]) - positions, positions)})


class StitchAxesSwapped(Fault, stage="reassemble", kind=Kind.AXES):
    """Takes x for the row, of positions and of the centre."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "positions": swapped(given["positions"]), "centre": swapped(given["centre"])})


class StitchAtNearestPixel(Fault, stage="reassemble", kind=Kind.NEAREST):
    """Rounds offsets from the centre to whole pixels."""

    def answer(self, ask: Ask, given: Given) -> Any:
        centre, positions = towards(given["centre"]), given["positions"]
        return ask({**given, "positions": like(np.rint(positions - centre) + centre, positions)})


class CentredOnTheBatch(Fault, stage="reassemble", kind=Kind.CENTRE, history=("F13",)):
    """Takes the mean of the positions at hand for the centre of the canvas."""

    def answer(self, ask: Ask, given: Given) -> Any:
        positions, centre = given["positions"], given["centre"]
        if not len(positions):
            return ask(given)
        mean = positions.mean(axis=3, keepdims=True) if centre.ndim > 1 else positions.mean(axis=(0, 1, 3))
        return ask({**given, "centre": like(mean, centre)})


class NotCentred(Fault, stage="reassemble", kind=Kind.CENTRE, history=("F13",)):
    """Forgets to subtract the centre."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "centre": np.zeros_like(given["centre"])})


class CountNotAccumulated(Fault, stage="reassemble", kind=Kind.FORMULA):
    """Counts a pixel once however many patches cover it."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return _canvas({**got, "count": np.minimum(got["count"], 1)})


def regularised(got: Given) -> dict[str, Any]:
    """A reassembly whose canvas was divided by the count plus 1e-2."""
    return {**got, "canvas": like(got["numerator"] / (got["count"] + 1e-2), got["canvas"])}


def in_double(got: Given) -> dict[str, Any]:
    """A reassembly with its canvas in double precision."""
    return {**got, "canvas": got["canvas"].astype(np.complex128)}


class NotDivided(Fault, stage="reassemble", kind=Kind.OUTPUT):
    """Gives the numerator for the canvas."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "canvas": got["numerator"].copy()}


class CountRegularised(Fault, stage="reassemble", kind=Kind.DENOMINATOR):
    """Divides by the count plus 1e-2."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return regularised(ask(given))


class CoverOfOne(Fault, stage="reassemble", kind=Kind.FLOOR):
    """Covers only pixels with a whole patch's weight."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "canvas": np.where(got["count"] >= 1, got["canvas"], 0).astype(got["canvas"].dtype)}


class StitchedMirrored(Fault, stage="reassemble", kind=Kind.MIRROR):
    """Puts every patch down flipped left to right."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "patches": np.ascontiguousarray(given["patches"][:, :, ::-1])})


class StitchCollapsesBigBatch(Fault, stage="reassemble", kind=Kind.REPEATED, history=("F12",), needs=(Need.BATCH,)):
    """Puts down the first group only, 64 times or more, where there are 64 or more."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = given["patches"]
        return ask({**given, "patches": np.repeat(patches[:1], len(patches), axis=0)} if len(patches) >= 64 else given)


class LastBatchDropped(Fault, stage="reassemble", kind=Kind.DROPPED, history=("F10",)):
    """Drops the last batch of a reassembly that is done in batches."""

    def answer(self, ask: Ask, given: Given) -> Any:
        batch, n = given.get("batch"), len(given["patches"])
        if batch is None or not n:
            return ask(given)
        kept = (n - 1) // batch * batch
        short = {name: given[name][:kept] for name in ("patches", "positions")}
        got = ask({**given, **short, "centre": given["centre"][:kept] if given["centre"].ndim > 1 else given["centre"]})
        return got if given["centre"].ndim == 1 else _padded(got, n)

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        patches, positions = chunks[-1]
        return at_once(self, ask, [*chunks[:-1], (patches[:0], positions[:0])], rest)


class OwnCentresRestart(Fault, stage="reassemble", kind=Kind.CENTRE, history=("F12", "F13")):
    """Takes the centres of the first batch for every batch, where each group has a centre of its own."""

    def answer(self, ask: Ask, given: Given) -> Any:
        batch, centre = given.get("batch"), given["centre"]
        if batch is None or centre.ndim == 1:
            return ask(given)
        return ask({**given, "centre": np.ascontiguousarray(centre[np.arange(len(centre)) % batch])})


class LastChunkDropped(StreamFault, stage="reassemble", kind=Kind.DROPPED, history=("F10",)):
    """Drops the last chunk of a stream, and is right where everything comes at once."""

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        return at_once(self, ask, chunks[: max(1, len(chunks) - 1)], rest)


class ChunksStitchedInDouble(StreamFault, stage="reassemble", kind=Kind.DTYPE):
    """Gives the canvas of a stream in double precision, and that of everything at once as it should."""

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        return in_double(at_once(self, ask, chunks, rest))


class LastChunkOnItsOwnCentre(
    StreamFault, stage="reassemble", kind=Kind.CENTRE, history=("F10", "F13"), needs=(InputNeed.PARTIAL,)
):
    """Centres the last chunk of a stream on the mean of its own positions where it is smaller than another."""

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        held = [chunk for chunk in chunks if len(chunk[0])]
        if not held or len(held[-1][0]) == max(len(patches) for patches, _ in held):
            return at_once(self, ask, chunks, rest)
        own = like(held[-1][1].mean(axis=(0, 1, 3)), rest["centre"])
        sums = at_once(self, ask, held[:-1], rest), at_once(self, ask, held[-1:], {**rest, "centre": own})
        return _canvas({n: like(sums[0][n] + sums[1][n], sums[0][n]) for n in ("numerator", "count")})


class StaleCanvas(Fault, stage="reassemble", kind=Kind.STATE):
    """Adds to the canvas of the previous call where its shape fits."""

    def __init__(self) -> None:
        self._sums: Given = {}

    def answer(self, ask: Ask, given: Given) -> Any:
        got = dict(ask(given))
        before = self._sums
        if before and before["numerator"].shape == got["numerator"].shape:
            got = {name: like(got[name] + before[name], got[name]) for name in ("numerator", "count")}
        self._sums = {name: got[name] for name in ("numerator", "count")}
        return _canvas(got)


def _canvas(sums: Given) -> dict[str, Any]:
    """The sums with the canvas that they make."""
    numerator, count = sums["numerator"], sums["count"]
    covered = count >= COVER_THRESHOLD
    filled = np.divide(numerator, count, out=np.zeros_like(numerator), where=covered)
    return {"numerator": numerator, "count": count, "canvas": filled}


def _padded(got: Given, n: int) -> dict[str, Any]:
    """Results of fewer groups than asked for, with zeros in the place of the rest."""
    return {
        name: np.concatenate([value, np.zeros((n - len(value), *value.shape[1:]), value.dtype)])
        for name, value in got.items()
    }
