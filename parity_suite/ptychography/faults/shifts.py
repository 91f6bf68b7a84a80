"""Faults of the shift by an offset."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like, swapped
from parity_suite.faults.need import Need
from parity_suite.ptychography.faults.needs import InputNeed


class OffsetSign(Fault, stage="translate", kind=Kind.SIGN):
    """Moves by minus the offset."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": -given["offsets"]})


class OffsetAxesSwapped(Fault, stage="translate", kind=Kind.AXES):
    """Moves down by x and right by y."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": swapped(given["offsets"])})


class OffsetUpForDown(Fault, stage="translate", kind=Kind.SIGN):
    """Takes +y for up."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": like(given["offsets"] * np.array([1, -1]), given["offsets"])})


class OffsetToNearestPixel(Fault, stage="translate", kind=Kind.NEAREST):
    """Rounds the offset to whole pixels instead of interpolating."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": np.rint(given["offsets"])})


class OffsetHalfPixel(Fault, stage="translate", kind=Kind.HALF_PIXEL):
    """Counts from the corner of a pixel, not from its middle."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": given["offsets"] + given["offsets"].dtype.type(0.5)})


class OffsetClipped(Fault, stage="translate", kind=Kind.CLIPPED):
    """Clips offsets to half the image."""

    def answer(self, ask: Ask, given: Given) -> Any:
        half = np.array(given["images"].shape[2:0:-1]) / 2
        return ask({**given, "offsets": like(np.clip(given["offsets"], -half, half), given["offsets"])})


class OffsetsCentredByBatch(Fault, stage="translate", kind=Kind.BATCH, history=("F13",)):
    """Subtracts the mean offset of whatever is in the batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        mean = offsets.mean(axis=0, keepdims=True) if len(offsets) else 0
        return ask({**given, "offsets": like(offsets - mean, offsets)})


class EdgeReplicated(Fault, stage="translate", kind=Kind.REPLICATED):
    """Repeats the border pixels outside the image instead of zeros."""

    def answer(self, ask: Ask, given: Given) -> Any:
        images, offsets = given["images"], given["offsets"]
        height, width = images.shape[1:3]
        reach = max(height, width) + 1
        wide = np.pad(images, [(0, 0), (reach, reach), (reach, reach), (0, 0)], mode="edge")
        # Farther than its own side an edge-replicated image is constant.
        moved = ask({"images": wide, "offsets": np.clip(offsets, 1 - reach, reach - 1)})
        return np.ascontiguousarray(moved[:, reach : reach + height, reach : reach + width])


class BorderWeightsClipped(Fault, stage="translate", kind=Kind.BORDER):
    """Divides by the weights that fall inside, so that border pixels are not faded by zeros outside."""

    def answer(self, ask: Ask, given: Given) -> Any:
        images = given["images"]
        weights = ask({**given, "images": np.ones_like(images)}).real
        return like(np.divide(ask(given), weights, out=np.zeros_like(images), where=weights > 0), images)


class OffsetsNearWholeRounded(Fault, stage="translate", kind=Kind.NEAREST, needs=(InputNeed.FINE,)):
    """Takes offsets within 1e-4 of whole pixels for whole ones, which need no interpolation."""

    precision = "float64"

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        whole = np.rint(offsets)
        return ask({**given, "offsets": like(np.where(np.abs(offsets - whole) < 1e-4, whole, offsets), offsets)})


class ShiftCollapsesBigBatch(Fault, stage="translate", kind=Kind.REPEATED, history=("F12",), needs=(Need.BATCH,)):
    """Gives every image of a batch of 64 or more the place of the first."""

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        return ask({**given, "offsets": np.repeat(offsets[:1], len(offsets), axis=0)} if len(offsets) >= 64 else given)


class ShiftInPlace(Fault, stage="translate", kind=Kind.IN_PLACE):
    """Writes the moved images into its input."""

    def answer(self, ask: Ask, given: Given) -> Any:
        moved = ask(given)
        if given["images"].flags.writeable:
            given["images"][...] = moved
        return moved


class OffsetClippedByTheOtherSide(Fault, stage="translate", kind=Kind.CLIPPED, needs=(InputNeed.WIDE,)):
    """Holds x within the height of an image and y within its width, each and one pixel."""

    def answer(self, ask: Ask, given: Given) -> Any:
        reach = np.array(given["images"].shape[1:3]) + 1
        return ask({**given, "offsets": like(np.clip(given["offsets"], -reach, reach), given["offsets"])})


class PlacesInFloat32(Fault, stage="translate", kind=Kind.PRECISION, needs=(InputNeed.FINE,)):
    """Keeps in float32 where in an image a pixel comes from, so that the far pixels of a wide one are off."""

    def answer(self, ask: Ask, given: Given) -> Any:
        sides = np.array(given["images"].shape[2:0:-1])
        return ask({**given, "offsets": (given["offsets"] + sides).astype(np.float32).astype(np.float64) - sides})


class OffsetsInFloat32(Fault, stage="translate", kind=Kind.PRECISION, needs=(InputNeed.FINE,)):
    """Rounds the offsets of images in float64 to float32."""

    precision = "float64"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": given["offsets"].astype(np.float32)})


class OffsetsTruncated(Fault, stage="translate", kind=Kind.NEAREST, needs=(InputNeed.NEAREST,)):
    """Moves to the nearest pixel by the whole part of the offset, towards zero."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": np.trunc(given["offsets"])} if _to_nearest(given) else given)


class NearestHalfToEven(Fault, stage="translate", kind=Kind.NEAREST, needs=(InputNeed.NEAREST,)):
    """Moves to the nearest pixel by offsets rounded half to even, where half goes up."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "offsets": np.rint(given["offsets"])} if _to_nearest(given) else given)


class InterpolationIgnored(Fault, stage="translate", kind=Kind.IGNORED, history=("F16",), needs=(InputNeed.NEAREST,)):
    """Interpolates whatever it is asked for."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({name: value for name, value in given.items() if name != "interpolation"})


def _to_nearest(given: Given) -> bool:
    return given.get("interpolation") == "nearest"


class OffsetsTiled(Fault, stage="translate", kind=Kind.ORDER, history=("F09",), needs=(InputNeed.BLOCKS,)):
    """Moves image i of B x C by offset i modulo B, not by that of its block."""

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        return ask({**given, "offsets": np.tile(offsets, (len(given["images"]) // max(1, len(offsets)), 1))})


class BlocksCrash(Fault, stage="translate", kind=Kind.CRASH, history=("F09",), needs=(InputNeed.BLOCKS,)):
    """Fails where there are fewer offsets than images."""

    def answer(self, ask: Ask, given: Given) -> Any:
        moved, offsets = ask(given), given["offsets"]
        if len(offsets) != len(moved):
            raise RuntimeError(f"values[0].shape = [{len(offsets)}] != values[2].shape = [{len(moved)}]")
        return moved


class NanOffsetsAccepted(Fault, stage="translate", kind=Kind.REFUSAL, needs=(Need.DAMAGE,)):
    """Takes an offset that is no finite number for zero."""

    single = "that input is refused is asked by refusal alone, of one case in one precision"

    lenient = True

    def answer(self, ask: Ask, given: Given) -> Any:
        offsets = given["offsets"]
        if offsets.dtype.kind != "f":
            return ask(given)
        return ask({**given, "offsets": np.nan_to_num(offsets, posinf=0.0, neginf=0.0)})
