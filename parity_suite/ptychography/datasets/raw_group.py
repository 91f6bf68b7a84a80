"""The group ``/raw_data`` of a product: any arrays of a raw dataset, each under its own name and with its own type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import ContractError, Violation
from parity_suite.contracts.holding import plain
from parity_suite.contracts.limits import Limits

Array = NDArray[Any]

RAW_GROUP: Final = "raw_data"
#: An attribute with the NumPy type of a text, which HDF5 keeps by its length alone.
TEXT_TYPE: Final = "numpy_dtype"
_TEXT: Final = re.compile(r"[<>]U[0-9]{1,8}|[|]S[0-9]{1,8}")
#: Signs that part the names of groups, datasets and attributes; the escape comes first, so that it is undone last.
_SIGNS: Final = "%/@"


def path_of(name: str) -> str:
    """Where the array ``name`` lies; no name leads out of the group or to an attribute."""
    for sign in _SIGNS:
        name = name.replace(sign, f"%{ord(sign):02X}")
    return f"{RAW_GROUP}/{name}"


def raw_name(path: str) -> str:
    """The inverse of :func:`path_of`."""
    name = path.removeprefix(f"{RAW_GROUP}/")
    for sign in reversed(_SIGNS):
        name = name.replace(f"%{ord(sign):02X}", sign)
    return name


def raw_paths(path: Path, limits: Limits) -> list[str]:
    """What lies in the group of the file, groups apart. A link may lead anywhere: it is refused when it is read."""
    with h5py.File(path, "r", locking=False) as file:
        if not _is_group(file, RAW_GROUP):
            return []
        group = file[RAW_GROUP]
        if len(group) > limits.max_members:
            _refuse(path, "members", f"{len(group)} names", f"at most {limits.max_members}")
        for name in group:
            if "@" in name:
                _refuse(path, "name", f"the name {plain(name)!r}", "a name without @, which parts off an attribute")
        return [f"{RAW_GROUP}/{name}" for name in group if not _is_group(group, name)]


def put_raw(file: h5py.File, path: str, array: Array) -> None:
    """Keep an array of numbers or texts. Raises ValueError, naming it, where HDF5 cannot hold it."""
    if array.dtype.kind in "US" and array.ndim > 1:
        raise ValueError(f"{path}: texts of shape {array.shape}, of which HDF5 files here hold at most one axis")
    try:
        if array.dtype.kind not in "US":
            file.create_dataset(path, data=array)
            return
        texts = np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
        kept = file.create_dataset(path, data=texts.astype(object), dtype=h5py.string_dtype())
        kept.attrs[TEXT_TYPE] = array.dtype.str
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def as_typed(array: Array, stated: object, limits: Limits) -> Array:
    """A text with the type it had in NumPy, of which only those of texts are taken that hold all of it."""
    kind = str(stated)
    if array.dtype.kind not in "UT" or not _TEXT.fullmatch(kind):
        return array
    # The width is the file's word: a long one would take memory that no text in it needs.
    if int(kind[2:]) * 4 * array.size > limits.max_text:
        return array
    if kind[1] == "U":
        typed = array.astype(kind)
        return typed if np.array_equal(typed, array) else array
    typed = np.char.encode(array, "utf-8").astype(kind)
    return typed if np.array_equal(np.char.decode(typed, "utf-8"), array) else array


def _is_group(owner: h5py.Group, name: str) -> bool:
    return isinstance(owner.get(name, getlink=True), h5py.HardLink) and isinstance(owner[name], h5py.Group)


def _refuse(path: Path, rule: str, found: str, wanted: str) -> NoReturn:
    raise ContractError([Violation(RAW_GROUP, rule, found, wanted)], str(path))
