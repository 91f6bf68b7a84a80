"""The conventions of the field by their words: where the zero frequency lies, what is measured, how a transform is
normalised, what stands where nothing covers, and in which order a group has its members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from parity_suite.backends.conventions import Word
from parity_suite.backends.frameworks.framework import Framework, Tensor
from parity_suite.core.stage import Field

_MEASURED: Final = ("sqrt(count)", "count")


def _is_measured(field: Field) -> bool:
    return field.unit in _MEASURED and field.is_array


def _is_amplitude(field: Field) -> bool:
    return field.unit == _MEASURED[0]


def _to_corner(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    size = framework.size(tensor)
    return framework.roll(tensor, [-(size[axis] // 2) for axis in plane], plane)


def _to_middle(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    size = framework.size(tensor)
    return framework.roll(tensor, [size[axis] // 2 for axis in plane], plane)


def _reflected(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    """Each frequency in the place of the opposite one, about pixel N//2; twice is nothing."""
    size = framework.size(tensor)
    return framework.roll(framework.flip(tensor, plane), [1 - size[axis] % 2 for axis in plane], plane)


def _times_side(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    return tensor * float(framework.size(tensor)[plane[0]])


def _over_side(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    return tensor * (1.0 / framework.size(tensor)[plane[0]])


def _squared(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    return tensor * tensor


def _rooted(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    return framework.root(tensor)


def _without_nan(framework: Framework, tensor: Tensor, plane: Sequence[int]) -> Tensor:
    return framework.finite(tensor)


def _ordered(framework: Framework, out: Mapping[str, Tensor], inputs: Mapping[str, Any]) -> Mapping[str, Tensor]:
    """Groups of nearest neighbours with the seed first and the others by distance and index."""
    if "draws" in inputs or "indices" not in out:
        return out
    positions = framework.get(inputs["positions"]).astype(np.float64)
    indices = framework.get(out["indices"])
    seeds = np.arange(len(indices))[:, None]
    squares = np.sum((positions[indices] - positions[seeds]) ** 2, axis=-1)
    index = -indices if inputs.get("ties") == "highest" else indices
    order = np.lexsort((index, squares, indices != seeds), axis=-1)
    found = dict(out) | {"indices": np.take_along_axis(indices, order, axis=1)}
    if "coords_relative" in out:
        relative = framework.get(out["coords_relative"])
        found["coords_relative"] = np.take_along_axis(relative, order[:, None, None], axis=3)
    return found


CONVENTIONS: Final[Mapping[str, Word]] = {
    "positive": Word(_is_measured, "the transform's exponent is positive, as that of ifft2", _reflected, _reflected),
    "backward": Word(
        _is_amplitude, "the transform is not normalised: amplitudes are N times as large", _times_side, _over_side
    ),
    "forward": Word(
        _is_amplitude, "the transform is divided by N^2: amplitudes are 1/N as large", _over_side, _times_side
    ),
    "corner": Word(_is_measured, "the zero frequency lies at pixel 0, not N//2", _to_corner, _to_middle),
    "intensity": Word(_is_amplitude, "squared amplitudes", _squared, _rooted),
    "nan": Word(
        lambda field: field.name == "canvas" and field.kind == "complex",
        "not a number where nothing covers, not 0",
        back=_without_nan,
    ),
    "unordered": Word(
        lambda field: field.name == "indices",
        "the members of a group of nearest neighbours are in any order",
        together=_ordered,
    ),
}
