"""Mistakes that show where two axes have one size, where things are there twice, or where a canvas is not square."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.families import make_family
from parity_suite.ptychography.faults.needs import InputNeed


class ModesPairedWithItems(Fault, stage="illuminate", kind=Kind.AXIS, needs=(InputNeed.COINCIDING,)):
    """Takes the modes for probes of single items where there are as many of both."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        batch, modes = got.shape[:2]
        return np.repeat(np.einsum("bb...->b...", got)[:, None], modes, axis=1) if batch == modes > 1 else got


class ModesPairedWithChannels(Fault, stage="illuminate", kind=Kind.ORDER, needs=(InputNeed.COINCIDING,)):
    """Takes the modes for probes of single channels where there are as many of both."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return got[..., ::-1] if got.shape[1] == got.shape[4] > 1 else got


class ChannelsTakenForModes(Fault, stage="diffract", kind=Kind.AXIS, needs=(InputNeed.COINCIDING,)):
    """Adds over the channels where there are as many as modes."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        return ask({**given, "psi": np.swapaxes(psi, 1, 4)} if psi.shape[1] == psi.shape[4] > 1 else given)


class ChannelsTakenForRows(Fault, stage="stats", kind=Kind.AXIS, needs=(InputNeed.COINCIDING,)):
    """Takes patches for channels-first where they have as many channels as rows."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = given["patches"]
        return ask({**given, "patches": np.moveaxis(patches, 1, 3)} if patches.shape[1] == patches.shape[3] else given)


class ChannelsFoundBySize(Fault, stage="layout", kind=Kind.RESHAPE, needs=(InputNeed.SHAPES,)):
    """Takes the first axis that has as many elements as a group has images for that of the channels."""

    def answer(self, ask: Ask, given: Given) -> Any:
        images, channels = given["images"], given["gridsize"] ** 2
        if given["source"] == "channel" and channels > 1 and images.shape.index(channels) == 1:
            return ask({**given, "images": np.ascontiguousarray(images.transpose(0, 2, 3, 1))})
        return ask(given)


class ItemsTakenForChannels(Fault, stage="reassemble", kind=Kind.AXIS, needs=(InputNeed.COINCIDING,)):
    """Takes the items of positions for channels where there are as many of both."""

    def answer(self, ask: Ask, given: Given) -> Any:
        positions = given["positions"]
        same = len(positions) == positions.shape[3] > 1
        return ask({**given, "positions": np.swapaxes(positions, 0, 3)} if same else given)


class ScaleOverModes(Fault, stage="scale", kind=Kind.REDUCTION, needs=(InputNeed.COINCIDING,)):
    """Takes the mean over the modes where there are as many as items."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given["psi"]
        if psi is None or not len(psi) == psi.shape[1] > 1:
            return ask(given)
        return ask({**given, "psi": psi / np.sqrt(2).astype(psi.real.dtype)})


class _ThirdModeForgotten(Fault):
    """Knows two modes, and no third."""

    def answer(self, ask: Ask, given: Given) -> Any:
        field = next(name for name in ("psi", "probe") if name in given)
        value = given[field]
        if value is None or value.shape[int(field == "psi")] < 3:
            return ask(given)
        value = value.copy()
        value[(slice(None), slice(2, None)) if field == "psi" else slice(2, None)] = 0
        return ask({**given, field: value})


make_family(
    _ThirdModeForgotten,
    "ThirdModeForgotten",
    ("probe", "illuminate", "diffract", "scale", "network", "objective"),
    needs=(InputNeed.COINCIDING,),
    kind=Kind.DROPPED,
)


class _SecondOfTwoSpoilt(Fault):
    """Takes an item that was there before for a mistake, and leaves it blank, or elsewhere."""

    axis: ClassVar[str] = "B"

    def answer(self, ask: Ask, given: Given) -> Any:
        field = next(field for field in BY_NAME[self.stage].inputs if field.axes[:1] == (self.axis,))
        value = given[field.name]
        if value is None or not len(value):
            return ask(given)
        _, first = np.unique(value.reshape(len(value), -1), axis=0, return_index=True)
        again = np.setdiff1d(np.arange(len(value)), first)
        spoilt = value.copy()
        spoilt[again] = spoilt[again] + 1 if field.kind == "position" else 0
        return ask({**given, field.name: spoilt})


class _SecondModeSpoilt(_SecondOfTwoSpoilt):
    """Takes a mode that was there before for a mistake, and leaves it blank."""

    axis = "P"


class SecondPositionSpoilt(_SecondOfTwoSpoilt, stage="group", kind=Kind.NEIGHBOUR, needs=(Need.REPEATS,)):
    """Takes a position that was there before for another one beside it."""

    axis = "M"


#: A position elsewhere leaves nothing out: what is cut there depends on who else is in the batch.
make_family(_SecondOfTwoSpoilt, "SecondOfTwoSpoilt", ("extract",), needs=(Need.REPEATS,), kind=Kind.BATCH)
make_family(
    _SecondOfTwoSpoilt,
    "SecondOfTwoSpoilt",
    ("illuminate", "diffract", "scale", "network", "translate", "reassemble", "loss", "objective", "stats"),
    needs=(Need.REPEATS,),
    kind=Kind.DROPPED,
)
make_family(_SecondModeSpoilt, "SecondModeSpoilt", ("probe",), needs=(Need.REPEATS,), kind=Kind.DROPPED)


class PilesLeftOut(Fault, stage="reassemble", kind=Kind.DROPPED, needs=(Need.REPEATS,)):
    """Puts one patch down where several have one position."""

    def answer(self, ask: Ask, given: Given) -> Any:
        patches = given["patches"].copy()
        places = np.moveaxis(given["positions"][:, 0], 1, 2).reshape(-1, 2)
        stacked = np.moveaxis(patches, 3, 1).reshape(-1, *patches.shape[1:3])
        _, first = np.unique(places, axis=0, return_index=True)
        stacked[np.setdiff1d(np.arange(len(places)), first)] = 0
        back = stacked.reshape(len(patches), patches.shape[3], *patches.shape[1:3])
        return ask({**given, "patches": np.ascontiguousarray(np.moveaxis(back, 1, 3))})


class OffsetSharedByFraction(Fault, stage="translate", kind=Kind.BATCH, needs=(Need.REPEATS,)):
    """Keeps what it made for a fraction of a pixel, and moves by the first offset that had it."""

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        _, first, which = np.unique(offsets - np.floor(offsets), axis=0, return_index=True, return_inverse=True)
        # Whole offsets are moved by themselves.
        whole = (offsets == np.floor(offsets)).all(axis=1)
        return ask({**given, "offsets": np.where(whole[:, None], offsets, offsets[first[which.reshape(-1)]])})


class HighObjectTurned(Fault, stage="extract", kind=Kind.TRANSPOSE, needs=(InputNeed.SHAPES,)):
    """Takes an object that is higher than wide for its transpose."""

    def answer(self, ask: Ask, given: Given) -> Any:
        whole = given["object"]
        return ask({**given, "object": np.ascontiguousarray(whole.T)} if whole.shape[0] > whole.shape[1] else given)


class NarrowCanvasBlank(Fault, stage="reassemble", kind=Kind.DROPPED, needs=(InputNeed.SHAPES,)):
    """Puts nothing down on a canvas that is narrower than a patch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        narrow = min(given["canvas"]) < given["patches"].shape[1]
        return ask({**given, "patches": np.zeros_like(given["patches"])} if narrow else given)


class HighCanvasTurned(Fault, stage="objective", kind=Kind.TRANSPOSE, needs=(InputNeed.SHAPES,)):
    """Makes canvases wide that should be high."""

    def answer(self, ask: Ask, given: Given) -> Any:
        height, width = given["canvas"]
        return ask({**given, "canvas": (min(height, width), max(height, width)) if height > width else (height, width)})


class _RoundsToFloat32(Fault):
    """Rounds positions and offsets to float32."""

    precision = "float64"

    def answer(self, ask: Ask, given: Given) -> Any:
        fields = {field.name for field in BY_NAME[self.stage].inputs if field.kind == "position"}
        return ask({n: like(v.astype(np.float32), v) if n in fields else v for n, v in given.items()})


make_family(
    _RoundsToFloat32,
    "PlacesOfSevenDigits",
    ("group", "translate", "reassemble", "objective"),
    needs=(InputNeed.FINE,),
    kind=Kind.PRECISION,
)


class CutPlacesOfSevenDigits(_RoundsToFloat32, stage="extract", kind=Kind.PRECISION, needs=(InputNeed.FINE,)):
    """Rounds positions to float32."""

    single = "positions with all digits are cut at in one check"


class HalvesRounded(Fault, stage="translate", kind=Kind.PRECISION, needs=(InputNeed.NEAREST,)):
    """Takes an offset that is a half but for its last digits for that half."""

    precision = "float64"

    def answer(self, ask: Ask, given: Given) -> Any:
        chosen = given.get("interpolation") == "nearest"
        return ask({**given, "offsets": np.round(given["offsets"], 9)} if chosen else given)
