"""Values of a document by path: ``patches.seen`` is one, ``per_patch[].mean`` a column with one for each record.

``[]`` goes through a list and ``*`` through the values of an object; ``*@key`` is the column of its keys. A list
that is met without ``[]`` at the end of a path is an axis of the array.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.contracts.lookup import Column, Opaque
from parity_suite.contracts.stored import Unreadable, text_array
from parity_suite.contracts.violation import Violation

KEYS: Final = "*@key"
_RECORDS: Final = "[]"
#: Of all columns as arrays: one long text makes all of its column as wide.
_MOST_BYTES: Final = 128 * 2**20


class _Absent(Exception):
    """The path leads nowhere."""


def document_values(document: Mapping[str, Any], wanted: Collection[str]) -> dict[str, object]:
    """The values at the paths that are there, as arrays, columns with nulls, or what is wrong with them."""
    values: dict[str, object] = {}
    room = _MOST_BYTES
    for path in wanted:
        try:
            value = _value(document, path)
        except _Absent:
            continue
        room -= value.values.nbytes if isinstance(value, Column) else 0
        if room < 0:
            value = Violation(path, "readable", f"over {_MOST_BYTES} bytes, with what comes before it", "less")
        values[path] = value
    return values


def depth_of(document: object, most: int) -> int:
    """Levels of objects and lists, counted without recursion and no further than one beyond ``most``."""
    level, depth = [document], 0
    while level and depth <= most:
        level = [inner for value in level for inner in _inner(value)]
        depth += bool(level)
    return depth


def _inner(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _value(document: Mapping[str, Any], path: str) -> object:
    nodes: list[Any] = [document]
    many = False
    for step in path.split("."):
        key, records = step.removesuffix(_RECORDS), step.endswith(_RECORDS)
        found = _down(path, nodes, key, many)
        if isinstance(found, Violation):
            return found
        nodes, many = found, many or key in ("*", KEYS)
        if records:
            if not all(isinstance(node, list) for node in nodes):
                return _misplaced(path, nodes, list, "a list of records")
            nodes, many = [item for node in nodes for item in node], True
    return _array(path, nodes if many else nodes[0])


def _down(path: str, nodes: list[Any], key: str, many: bool) -> list[Any] | Violation:
    """One key further in every node."""
    if not all(isinstance(node, dict) for node in nodes):
        return _misplaced(path, nodes, dict, f"objects with the key {key!r}")
    if key == "*":
        return [value for node in nodes for value in node.values()]
    if key == KEYS:
        return [name for node in nodes for name in node]
    lacking = [index for index, node in enumerate(nodes) if key not in node]
    if not lacking:
        return [node[key] for node in nodes]
    if len(lacking) == len(nodes) and (nodes or not many):
        raise _Absent
    found = f"no such key in {len(lacking)} of {len(nodes)} records"
    return Violation(path, "required", found, f"the key {key!r} in each", f"[{lacking[0]}]")


def _misplaced(path: str, nodes: list[Any], wanted: type, words: str) -> Violation:
    index = next(index for index, node in enumerate(nodes) if not isinstance(node, wanted))
    where = f"[{index}]" if len(nodes) > 1 else ""
    return Violation(path, "type", _kind(nodes[index]), words, where)


def _array(path: str, value: Any) -> object:
    """A value, or a list of them, as an array; a rule of its own where its lists are ragged or its types mixed."""
    shape, leaves = _levels(value)
    if any(isinstance(leaf, list) for leaf in leaves):
        return Violation(path, "rank", "lists of unequal length or depth", "a list of values, or of equal lists")
    leaves = [leaf.isoformat() if isinstance(leaf, datetime.date | datetime.time) else leaf for leaf in leaves]
    kinds = {_kind(leaf) for leaf in leaves} - {"null"}
    if kinds & {"object"}:
        return Opaque(value)
    if len(kinds) > 1 and kinds != {"int", "float"}:
        return Violation(path, "dtype", f"a mix of {' and '.join(sorted(kinds))}", "values of one type")
    if any("\0" in leaf for leaf in leaves if isinstance(leaf, str)):
        # NumPy ends a text at the NUL, so that another text would be compared.
        return Violation(path, "readable", "text with a NUL character", "text without")
    return _column(path, leaves, shape, kinds)


def _column(path: str, leaves: list[Any], shape: tuple[int, ...], kinds: set[str]) -> object:
    nulls = np.array([leaf is None for leaf in leaves], bool).reshape(shape)
    blank: Any = "" if kinds == {"str"} else False if kinds == {"bool"} else 0 if kinds == {"int"} else np.nan
    filled = [blank if leaf is None else leaf for leaf in leaves]
    dtype: Any = {"bool": np.bool_, "int": np.int64}.get("".join(kinds), np.float64)
    try:
        array = text_array(filled) if kinds == {"str"} else np.array(filled, dtype)
    except Unreadable as error:
        return Violation(path, "readable", str(error), "texts that fit into memory side by side")
    except OverflowError:
        return Violation(path, "range", "a whole number beyond 64 bits", "numbers that int64 or float64 can hold")
    return Column(array.reshape(shape), nulls)


def _levels(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The lengths of nested lists, level by level as long as all of a level are equal, and what lies below them."""
    sizes: list[int] = []
    leaves = [value]
    while leaves and all(isinstance(leaf, list) for leaf in leaves):
        lengths = {len(leaf) for leaf in leaves}
        if len(lengths) > 1:
            break
        sizes.append(lengths.pop())
        leaves = [item for leaf in leaves for item in leaf]
    return tuple(sizes), leaves


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "object"}
    return names.get(type(value), type(value).__name__)
