"""A sample as a file of the contract's own kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.containers.tree import KEYS
from parity_suite.contracts.load import load_contract
from parity_suite.contracts.model import Contract
from parity_suite.contracts.sample import sample

Array = NDArray[Any]


def write_sample(path: Path, contract: Contract, seed: int = 0, *, optional: float = 0.5, least: int = 0) -> None:
    """Writes a valid file, or a folder of such, as :func:`sample` draws it; ValueError for the contract of something in
    memory.
    """
    if contract.container == "folder":
        path.mkdir()
        for name, part in contract.files.items():
            inner = path / name.replace("*", "sample")
            if part.contract is None:
                inner.write_bytes(b"")
            else:
                write_sample(inner, load_contract(part.contract), seed, optional=optional, least=least)
        return
    write_values(path, contract, sample(contract, seed, optional=optional, least=least))


def write_values(path: Path, contract: Contract, values: Mapping[str, Array]) -> None:
    """Writes arrays by field name as ``contract`` says; ValueError for the contract of something in memory."""
    if contract.container == "npz":
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **values)
    elif contract.container == "hdf5":
        _write_hdf5(path, values)
    elif contract.container == "json":
        path.write_text(json.dumps(as_document(values), indent=1, allow_nan=False) + "\n", "utf-8")
    elif contract.container == "toml":
        path.write_text(as_toml(as_document(values)), "utf-8")
    else:
        raise ValueError(f"{contract.name}: a {contract.container} is no file")


def _write_hdf5(path: Path, values: Mapping[str, Array]) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        datasets = {name: value for name, value in values.items() if "@" not in name}
        for name, value in datasets.items():
            file[name] = value.astype(h5py.string_dtype()) if value.dtype.kind == "U" else value
        for name, value in values.items():
            owner, sign, attribute = name.partition("@")
            if sign:
                node = file.require_group(owner) if owner and owner not in file else file[owner or "/"]
                node.attrs[attribute] = value.item() if value.shape == () else value


def as_document(values: Mapping[str, Array]) -> dict[str, Any]:
    """The nested value whose paths are the names; numbers that are not finite become null."""
    document: dict[str, Any] = {}
    # Keys of objects and plain columns first: what lies below them needs their names and their number.
    order = list(values)
    for name in sorted(values, key=lambda one: (KEYS not in one, one.count("[]"), order.index(one))):
        _put(document, name.split("."), values[name])
    return document


def _put(node: Any, steps: list[str], value: Array) -> None:
    step, rest = steps[0], steps[1:]
    if step == KEYS:
        for key in value.tolist():
            node.setdefault(key, {})
    elif step == "*":
        for key, part in zip(list(node), _parts(value, len(node), rest), strict=True):
            _put_in(node, key, rest, part)
    elif step.endswith("[]"):
        new = step.removesuffix("[]") not in node
        records = node.setdefault(step.removesuffix("[]"), [])
        # A column through inner lists does not say how many records there are: a plain one has, or one is enough.
        wanted = (1 if new else len(records)) if _flattened(rest) else len(value)
        records += [{} if rest else None for _ in range(wanted - len(records))]
        for index, part in enumerate(_parts(value, len(records), rest)):
            _put_in(records, index, rest, part)
    else:
        if rest:
            node.setdefault(step, {})
        _put_in(node, step, rest, value)


def _flattened(steps: list[str]) -> bool:
    """Whether a column runs through lists of lists, one after the other."""
    return any(step.endswith("[]") for step in steps)


def _parts(value: Array, count: int, rest: list[str]) -> Iterable[Array]:
    """The share of each of ``count`` records in a column: one element, or an equal part of all inner elements."""
    if not count:
        return []
    return np.array_split(value, count) if _flattened(rest) else [value[index, ...] for index in range(count)]


def _put_in(node: Any, key: Any, rest: list[str], value: Any) -> None:
    if rest:
        _put(node[key], rest, value)
    else:
        node[key] = _plain(np.asarray(value))


def _plain(value: Array) -> Any:
    if value.dtype == object:
        return json.loads(str(value.item())) if value.shape == () else [json.loads(one) for one in value.tolist()]
    if value.shape == ():
        item = value.item()
        return None if isinstance(item, float) and not np.isfinite(item) else item
    return [_plain(one) for one in value]


def as_toml(document: Mapping[str, Any]) -> str:
    """A document of tables, lists of tables and plain values as TOML, which knows no null: such a key is left out."""
    return "\n".join(_toml(document, "")).strip() + "\n"


def _toml(table: Mapping[str, Any], path: str) -> list[str]:
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    lists = {
        key: value for key, value in table.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    lines = [
        f"{json.dumps(key)} = {json.dumps(value)}"
        for key, value in table.items()
        if key not in tables and key not in lists and value is not None
    ]
    for key, value in tables.items():
        name = f"{path}.{json.dumps(key)}" if path else json.dumps(key)
        lines += ["", f"[{name}]", *_toml(value, name)]
    for key, records in lists.items():
        name = f"{path}.{json.dumps(key)}" if path else json.dumps(key)
        for record in records:
            lines += ["", f"[[{name}]]", *_toml(record, name)]
    return lines
