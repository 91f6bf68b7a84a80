"""Fields of a product that travel in a raw dataset, and which of them still belong to what they travel with.

A field is carried as the member ``product/<name in the product's contract>``. ``product/digests`` holds what the
probe and the object of the dataset were at that time: a probe that was edited since makes the carried one stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import load_contract

Array = NDArray[Any]
Arrays = Mapping[str, Array]

CARRIED: Final = "product/"
_DIGESTS: Final = f"{CARRIED}digests"
#: By array of the raw dataset: the fields of a product that say the same in more detail.
_STAND_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "probeGuess": ("probe", "opr_weights"),
    "objectGuess": ("object", "object_layer_spacing_m"),
}


def carried_members(fields: Arrays, raw: Arrays) -> dict[str, Array]:
    """The members that carry a product's fields beside the arrays of a raw dataset; what these hold is not repeated."""
    kept = {
        f"{CARRIED}{name}": array
        for name, array in fields.items()
        if not any(same_array(array, raw[one]) for one, names in _STAND_FOR.items() if name == names[0])
    }
    return {**kept, _DIGESTS: np.array([_digest(raw[one]) for one in _STAND_FOR])}


def carried_over(members: Arrays, raw: Arrays) -> dict[str, Array]:
    """The fields of a product that ``members`` carry, those of probe, object and indexes made to fit ``raw``."""
    fields = {
        one.name: members[f"{CARRIED}{name}"]
        for one in load_contract("product").fields.values()
        for name in (one.name, *one.aliases)
        if f"{CARRIED}{name}" in members
    }
    digests = members.get(_DIGESTS, np.array([]))
    for one, names in _STAND_FOR.items():
        if _digest(raw[one]) not in digests.tolist():
            fields = {name: array for name, array in fields.items() if name not in names}
        fields.setdefault(names[0], raw[one])
    fields.setdefault("object_layer_spacing_m", np.zeros(0))
    fields.setdefault("loss_values", np.zeros(0))
    count = raw["xcoords"].size
    if fields.get("probe_position_indexes", np.zeros(0)).size != count:
        fields["probe_position_indexes"] = np.arange(count, dtype=np.int64)
    return _without_strange_weights(fields, count)


def same_array(one: Array, other: Array) -> bool:
    """Whether type, shape and every byte agree; 0 and -0 are told apart, and a nan is equal to itself."""
    return (one.dtype, one.shape) == (other.dtype, other.shape) and one.tobytes() == other.tobytes()


def _digest(array: Array) -> str:
    head = f"{array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(head + array.tobytes()).hexdigest()


def _without_strange_weights(fields: dict[str, Array], count: int) -> dict[str, Array]:
    weights = fields.get("opr_weights")
    if weights is not None and weights.shape[0] != count:
        del fields["opr_weights"]
    return fields
