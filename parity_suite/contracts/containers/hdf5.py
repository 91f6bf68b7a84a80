"""HDF5 files: only the paths that are wanted are walked, link by link, and no link is followed out of its group.

The structure of the file is parsed by the HDF5 library. What it reads is refused by what the library says of it (kind
of link, layout, filters, sizes) before any element is asked for. Object headers, indices, heaps and what chunks unpack
to are left to it, which is why :mod:`.isolated` has all of this run in a process with limits of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers.chunks import parts_of, refuse_layout
from parity_suite.contracts.holding import OpenContainer, plain, refusal
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.lookup import MISSING
from parity_suite.contracts.stored import Stored, Unreadable, blocks_of, require_possible, size_of, text_array
from parity_suite.contracts.violation import Violation

Array = NDArray[Any]

_INTACT: Final = "an intact array of numbers or text in the file itself"


@contextmanager
def read_hdf5(path: Path, wanted: Collection[str] | None, limits: Limits) -> Iterator[OpenContainer]:
    """Datasets by path, attributes as ``@name`` of the root and ``path@name``; None for every dataset.

    ContractError where it is not an HDF5 file.
    """
    try:
        file = h5py.File(path, "r", locking=False)
    except Exception as error:
        raise refusal(path, "readable", _line(error), "a complete HDF5 file") from error
    with file:
        names = _names(path, file, limits)
        asked = _datasets(path, file, limits) if wanted is None else wanted
        found = {name: _lookup(file, name, limits) for name in asked}
        arrays = [file[name] for name, value in found.items() if isinstance(value, Stored) and "@" not in name]
        if tight := limits.too_tight((_nbytes(one.shape, one.dtype), _stored(one)) for one in arrays):
            told = f"{tight} bytes in datasets packed over {limits.max_ratio_of_huge:g} times"
            raise refusal(path, "size", told, f"at most {limits.huge_member}")
        yield OpenContainer({name: value for name, value in found.items() if value is not MISSING}, names)


def _names(path: Path, file: h5py.File, limits: Limits) -> tuple[str, ...]:
    try:
        count = len(file) + len(file.attrs)
        names = () if count > limits.max_members else (*map(plain, file), *(f"@{plain(one)}" for one in file.attrs))
    except Exception as error:
        raise refusal(path, "readable", _line(error), "a complete HDF5 file") from error
    if count > limits.max_members:
        raise refusal(path, "members", f"{count} names", f"at most {limits.max_members}")
    return names


def _datasets(path: Path, file: h5py.File, limits: Limits) -> list[str]:
    """The paths of all datasets that hard links lead to; a group that holds itself ends at a depth or a count."""
    found: list[str] = []
    seen = 0
    groups = [("", file)]
    while groups:
        above, group = groups.pop(0)
        for name in group:
            seen += 1
            if seen > limits.max_members:
                raise refusal(path, "members", f"over {limits.max_members} names", f"at most {limits.max_members}")
            # An @ would part off an attribute.
            if "@" in name or not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            node = group[name]
            if isinstance(node, h5py.Dataset):
                found.append(f"{above}{name}")
            elif isinstance(node, h5py.Group) and above.count("/") < limits.max_depth:
                groups.append((f"{above}{name}/", node))
    return found


def _lookup(file: h5py.File, name: str, limits: Limits) -> object:
    path, sign, attribute = name.partition("@")
    try:
        node = _walk(file, name, [part for part in path.split("/") if part])
        if node is MISSING or isinstance(node, Violation):
            return node
        if sign:
            return _attribute(node, attribute, limits)
        return _dataset(node, limits)
    except Unreadable as error:
        return Violation(name, "readable", str(error), _INTACT)
    # The library raises OSError, RuntimeError, ValueError, TypeError and KeyError on damaged bytes.
    except Exception as error:
        return Violation(name, "readable", _line(error), _INTACT)


def _walk(file: h5py.File, name: str, parts: list[str]) -> Any:
    node: Any = file
    for part in parts:
        if not isinstance(node, h5py.Group):
            return MISSING
        link = node.get(part, getlink=True)
        if link is None:
            return MISSING
        if isinstance(link, h5py.ExternalLink):
            return Violation(name, "link", f"an external link to {link.filename!r}", "data in the file itself")
        if not isinstance(link, h5py.HardLink):
            return Violation(name, "link", f"a soft link to {getattr(link, 'path', '?')!r}", "data in their own place")
        node = node[part]
    return node


def _dataset(node: Any, limits: Limits) -> object:
    if not isinstance(node, h5py.Dataset):
        raise Unreadable("a group")
    _refuse_elsewhere(node)
    _refuse_type(node.dtype)
    if node.shape is None:
        raise Unreadable("a dataset without elements or shape")
    if h5py.check_string_dtype(node.dtype) is not None:
        refuse_layout(node, limits)
        return _texts(node, limits)
    require_possible(node.shape, node.dtype.itemsize)
    _refuse_size(node, limits)
    refuse_layout(node, limits)
    return Stored(node.dtype, node.shape, lambda: _blocks(node, limits))


def _refuse_elsewhere(node: h5py.Dataset) -> None:
    """Elements that are not in this file."""
    if node.is_virtual:
        raise Unreadable("a virtual dataset, whose elements lie in other files")
    if node.external:
        raise Unreadable(f"elements that lie in the file {node.external[0][0]!r}")


def _refuse_type(dtype: np.dtype[Any]) -> None:
    if h5py.check_string_dtype(dtype) is not None:
        return
    if dtype.hasobject or dtype.names is not None or dtype.subdtype is not None or dtype.kind not in "biufc":
        kind = "references" if h5py.check_ref_dtype(dtype) else f"elements of type {dtype}"
        raise Unreadable(kind[:80])


def _refuse_size(node: h5py.Dataset, limits: Limits) -> None:
    declared = _nbytes(node.shape, node.dtype)
    stored = _stored(node)
    if declared > limits.max_bytes:
        raise Unreadable(f"{declared} bytes declared, at most {limits.max_bytes} are read")
    times = limits.most_times(declared)
    if declared > times * max(stored, 1):
        raise Unreadable(f"{declared} bytes declared and {stored} stored, over {times:g} times as many")


def _stored(node: h5py.Dataset) -> int:
    """The bytes that a dataset takes in its file; any number of chunks may be said to lie in the same place."""
    return int(min(node.id.get_storage_size(), node.file.id.get_filesize()))


def _nbytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return size_of(shape) * dtype.itemsize


def _blocks(node: h5py.Dataset, limits: Limits) -> Iterator[Array]:
    try:
        for part in parts_of(node):
            yield from blocks_of(np.asarray(part, node.dtype), limits.block_bytes)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_line(error)) from error


def _texts(node: h5py.Dataset, limits: Limits) -> Array:
    """Text is read in parts: any number of elements may share one long text in the file."""
    count = size_of(node.shape)
    if count > limits.max_texts:
        raise Unreadable(f"{count} texts, at most {limits.max_texts} are read")
    # Of text of a fixed length; of any other it is the size of its references.
    if _nbytes(node.shape, node.dtype) > limits.max_text:
        raise Unreadable(f"texts of {_nbytes(node.shape, node.dtype)} bytes, at most {limits.max_text} are read")
    if not node.shape:
        return np.array(_decoded(node[()]))
    if len(node.shape) > 1:
        raise Unreadable(f"texts of shape {node.shape}")
    texts: list[str] = []
    size = 0
    for item in range(node.shape[0]):
        texts.append(_decoded(node[item]))
        size += len(texts[-1])
        if size > limits.max_text:
            raise Unreadable(f"texts of over {limits.max_text} characters")
    return text_array(texts)


def _attribute(node: Any, name: str, limits: Limits) -> object:
    if name not in node.attrs:
        return MISSING
    held = node.attrs.get_id(name)
    _refuse_type(held.dtype)
    if held.shape is None:
        raise Unreadable("an attribute without elements")
    if _nbytes(held.shape, held.dtype) > limits.max_text:
        raise Unreadable(f"an attribute of shape {held.shape}")
    value = node.attrs[name]
    if isinstance(value, str | bytes):
        return np.array(_decoded(value))
    array = np.asarray(value)
    if array.dtype.kind in "OS":
        return text_array([_decoded(one) for one in array.reshape(-1)]).reshape(array.shape)
    return array


def _decoded(value: object) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
