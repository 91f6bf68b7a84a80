"""The digest that names the bytes of arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest_of(arrays: Mapping[str, NDArray[Any]], scalars: Mapping[str, object] | None = None) -> str:
    """sha256 (hex) over name, dtype, shape and little-endian C-order bytes of every array, by name."""
    digest = hashlib.sha256()
    for name in sorted(scalars or {}):
        digest.update(f"{name}={(scalars or {})[name]!r};".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        digest.update(array.data.cast("B") if array.size else b"")
    return digest.hexdigest()
