"""Refuses what breaks a field of a stage, before anything is computed.

A refusal is a ``ValueError`` or ``TypeError`` whose message starts with the name of the field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.core.stage import Field, Stage

_DTYPE_KINDS: Final = {"complex": "fc", "real": "fiu", "position": "fiu", "index": "iu"}


def validate_inputs(stage: Stage, inputs: Mapping[str, Any]) -> None:
    """Refuses inputs that break the fields of ``stage``; axes that may be empty are those of its items and others that
    it names.
    """
    may_be_empty = {stage.items, *stage.may_be_empty}
    sizes: dict[str, tuple[int, str]] = {}
    for field in stage.inputs:
        value = inputs.get(field.name)
        if value is None:
            if not field.optional:
                raise TypeError(f"{field.name}: missing")
        elif field.is_array:
            _validate_array(field, value, sizes, may_be_empty)
        elif field.kind == "scalar" and not (np.isfinite(value) and value > 0):
            raise ValueError(f"{field.name}: {value!r} is not a finite number above 0")
        elif field.kind == "integer" and field.name != "seed" and int(value) < 1:
            raise ValueError(f"{field.name}: {value!r} is below 1")


def _validate_array(field: Field, value: Any, sizes: dict[str, tuple[int, str]], may_be_empty: Collection[str]) -> None:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{field.name}: a NumPy array is wanted, not {type(value).__name__}")
    if value.dtype.kind not in _DTYPE_KINDS[field.kind]:
        raise TypeError(f"{field.name}: dtype {value.dtype} is not {field.kind}")
    if field.axes != ("*",):
        _validate_shape(field, value.shape, sizes, may_be_empty)
    # The sum is finite whenever every element is; only a sum that is not costs a second look.
    if value.dtype.kind in "fc" and not np.isfinite(value.sum()) and not np.isfinite(value).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0])
        raise ValueError(f"{field.name}: not finite, first at {place}")


def _validate_shape(
    field: Field, shape: tuple[int, ...], sizes: dict[str, tuple[int, str]], may_be_empty: Collection[str]
) -> None:
    if len(shape) != len(field.axes):
        raise ValueError(f"{field.name}: shape {shape} has rank {len(shape)}, wanted ({', '.join(field.axes)})")
    for axis, size in zip(field.axes, shape, strict=True):
        if axis.isdigit() and size != int(axis):
            raise ValueError(f"{field.name}: shape {shape} does not fit ({', '.join(field.axes)})")
        if not axis.isdigit() and axis not in may_be_empty and size == 0:
            raise ValueError(f"{field.name}: axis {axis} is empty in shape {shape}")
        known, owner = sizes.setdefault(axis, (size, field.name))
        if field.for_blocks and axis == field.axes[0]:
            if known != size and (not size or not known or known % size):
                raise ValueError(f"{field.name}: {size} do not divide {known} {owner}")
        elif not axis.isdigit() and size != known:
            raise ValueError(f"{field.name}: axis {axis} is {size}, but {known} in {owner}")
