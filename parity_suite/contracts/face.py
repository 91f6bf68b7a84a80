"""The public face of a contract: all that binds a party, without its prose, as plain JSON.

A face has the keys of the contract's own file (``min``, ``dtypes``, ``required_when``, ...). What is as the language
takes it anyhow is left out, and so are ``doc``, ``example``, ``examples`` and the names of the parties. Units are
part of it. The order of fields binds only where a sequence may stand for a mapping: there the face has a key more,
``order``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from parity_suite.contracts.containers.json_text import decode
from parity_suite.contracts.language import language_violations, undefined_names
from parity_suite.contracts.model import Contract, Dim, Field, Part, Relation
from parity_suite.contracts.violation import ContractError, Violation

Face = dict[str, Any]

#: What explains and does not bind.
UNBINDING: Final = frozenset({"doc", "example", "examples", "writer", "reader"})
#: Attributes of the model that have another name in the language.
KEYS: Final[Mapping[str, str]] = {"minimum": "min", "maximum": "max"}
#: The key of a face that a contract's file does not have.
ORDER: Final = "order"
_CONDITIONS: Final = frozenset({"when", "required_when"})
_TABLES: Final[Mapping[str, type[Dim] | type[Field] | type[Part]]] = {"dims": Dim, "fields": Field, "files": Part}


def face_of(contract: Contract) -> Face:
    """The contract as JSON values; :func:`contract_of` is its inverse."""
    face = _bare(contract)
    for table in _TABLES.keys() & face.keys():
        face[table] = {name: _bare(entry, "name") for name, entry in face[table].items()}
    if contract.relations:
        face["relations"] = [_bare(one, "arguments") | _json(one.arguments) for one in contract.relations]
    if contract.container == "mapping":
        face[ORDER] = places(contract)
    return face


def contract_of(face: Mapping[str, Any], source: str = "face") -> Contract:
    """The contract with this face, its docs empty; ContractError naming ``source`` with all that is wrong in it."""
    face = dict(face)
    order = face.pop(ORDER, [])
    problems = [*_prose(face), *language_violations(_documented(face))]
    if problems:
        raise ContractError(problems, source)
    made: dict[str, Any] = {
        table: {name: kind(name, doc="", **_attributes(entry)) for name, entry in face.get(table, {}).items()}
        for table, kind in _TABLES.items()
    }
    made["relations"] = tuple(map(_relation, face.get("relations", ())))
    made["fields"] = dict(sorted(made["fields"].items(), key=lambda item: _index(order, first_part(item[0]))))
    contract = Contract(doc="", **{**face, **made})
    problems = list(undefined_names(contract))
    if order != face_of(contract).get(ORDER, []):
        problems.append(Violation(ORDER, "names", repr(order)[:60], "the first parts of the fields' names, each once"))
    if problems:
        raise ContractError(problems, source)
    return contract


def places(contract: Contract) -> list[str]:
    """What the items of a sequence are that stands for a mapping: first parts of the fields' names, in their order."""
    return list(dict.fromkeys(map(first_part, contract.fields)))


def first_part(name: str) -> str:
    """``a`` of ``a.b``."""
    return name.partition(".")[0]


def face_bytes(contract: Contract) -> bytes:
    """The face as text: UTF-8, sorted keys, one value a line; equal faces give equal bytes."""
    text = json.dumps(face_of(contract), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def parse_face(content: bytes, source: str) -> Contract:
    """The contract in the content of a face's file; ValueError (of which ContractError is one) naming ``source``."""
    try:
        face = decode(content)
    except ValueError as error:
        raise ValueError(f"{source}: no JSON that can be read: {error}") from error
    if not isinstance(face, dict):
        raise ValueError(f"{source}: found a {type(face).__name__}, wanted the face of a contract")
    return contract_of(face, source)


def _bare(thing: Any, *left_out: str) -> Face:
    """The attributes that bind and are not as the model has them by default, under the language's keys."""
    return {
        KEYS.get(one.name, one.name): _json(getattr(thing, one.name))
        for one in dataclasses.fields(thing)
        if one.name not in UNBINDING and one.name not in left_out and getattr(thing, one.name) != _default(one)
    }


def _index(order: Any, name: str) -> int:
    return order.index(name) if isinstance(order, list) and name in order else 0


def _default(one: dataclasses.Field[Any]) -> Any:
    return one.default if one.default_factory is dataclasses.MISSING else one.default_factory()


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list | tuple) else value


def _documented(face: Mapping[str, Any]) -> Face:
    """The face with an empty ``doc`` wherever the language asks for one."""
    full = dict(face) | {"doc": ""}
    for table in _TABLES.keys() & face.keys():
        if isinstance(face[table], dict):
            full[table] = {name: _with_doc(entry) for name, entry in face[table].items()}
    if isinstance(face.get("relations"), list):
        full["relations"] = [_with_doc(entry) for entry in face["relations"]]
    return full


def _prose(face: Mapping[str, Any]) -> Iterator[Violation]:
    """The keys of a contract's file that a face does not have."""
    tables = [(f"{table}.{name}", entry) for table in _TABLES for name, entry in _entries(face.get(table))]
    tables += [(f"relations[{index}]", entry) for index, entry in _numbered(face.get("relations"))]
    for place, entry in [("", face), *tables]:
        for key in ("doc", "examples", "roles"):
            if isinstance(entry, Mapping) and key in entry:
                yield Violation(f"{place}.{key}".lstrip("."), "unknown_key", f"the key {key!r}", "a face without prose")


def _entries(table: Any) -> Iterable[tuple[str, Any]]:
    return table.items() if isinstance(table, Mapping) else ()


def _numbered(relations: Any) -> Iterable[tuple[int, Any]]:
    return enumerate(relations) if isinstance(relations, list) else ()


def _with_doc(entry: Any) -> Any:
    return entry | {"doc": ""} if isinstance(entry, dict) else entry


def _attributes(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = {key: name for name, key in KEYS.items()}
    return {names.get(key, key): _attribute(key, value) for key, value in entry.items()}


def _attribute(key: str, value: Any) -> Any:
    if key in _CONDITIONS:
        return {name: (one,) if isinstance(one, str) else tuple(one) for name, one in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _relation(entry: Mapping[str, Any]) -> Relation:
    arguments = {key: value for key, value in entry.items() if key not in ("rule", "when")}
    return Relation(entry["rule"], "", arguments, _attribute("when", entry.get("when", {})))
