"""What the language of contracts allows: its JSON Schema, and that every name it uses is defined."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from parity_suite.contracts.expressions import Expression, PatternError, parse_expression, parse_pattern
from parity_suite.contracts.finders import relations_of_packs
from parity_suite.contracts.model import Contract, Field
from parity_suite.contracts.relations import OWN, field_names
from parity_suite.contracts.resources import resource_folder
from parity_suite.contracts.violation import Violation, bounded

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: The description of the language, in JSON Schema draft 2020-12.
SCHEMA_FILE: Final = "contract.schema.json"


def language_violations(raw: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with the value that a TOML reader made of a contract, in the order of the file's keys."""
    own = _rules_in(raw) <= OWN.keys()
    validator = _validator(() if own else tuple(relations_of_packs()))
    errors = map(_innermost, validator.iter_errors(raw))
    found = bounded(violation for error in errors for violation in _violations(error))
    order = {key: index for index, key in enumerate(validator.schema["properties"])}
    return sorted(dict.fromkeys(found), key=lambda one: order.get(re.split(r"[.\[]", one.field)[0], len(order)))


def undefined_names(contract: Contract) -> Iterator[Violation]:
    """Patterns that cannot be understood, and symbols and field names that are used and never defined."""
    for dim in contract.dims.values():
        if dim.equals is not None:
            yield from _size_names(f"dims.{dim.name}.equals", [dim.equals], contract, also_fields=True)
    for field in contract.fields.values():
        yield from _size_names(f"fields.{field.name}.shapes", field.shapes, contract)
        yield from _unsound(field)
        yield from _unknown_fields(f"fields.{field.name}.required_when", field.required_when or (), contract)
    for index, relation in enumerate(contract.relations):
        yield from _unknown_fields(f"relations[{index}]", [*field_names(relation), *relation.when], contract)
    yield from _name_taken_twice(contract)


def language_schema(*, packs: bool = True) -> dict[str, Any]:
    """The description of the language, with the relations of ``packs`` or without."""
    schema: dict[str, Any] = json.loads((resource_folder("contracts") / SCHEMA_FILE).read_text("utf-8"))
    known = schema["$defs"]["relation"]
    for name, rule in relations_of_packs().items() if packs else ():
        known["properties"]["rule"]["enum"].append(name)
        meant = {"properties": {"rule": {"const": name}}, "required": ["rule"]}
        known["allOf"].append({"if": meant, "then": {"$ref": f"#/$defs/{name}"}})
        schema["$defs"][name] = rule.schema(name)
    return schema


@cache
def _validator(of_packs: tuple[str, ...]) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(language_schema(packs=bool(of_packs)))


def _rules_in(raw: Mapping[str, Any]) -> set[str]:
    """The kinds of relations that a contract has, or what stands in their place."""
    relations = raw.get("relations")
    listed = relations if isinstance(relations, list) else []
    return {str(one.get("rule")) for one in listed if isinstance(one, Mapping)}


def _innermost(error: ValidationError) -> ValidationError:
    """Of a choice between forms, the complaint about the form that was meant."""
    return error.parent if error.parent is not None and error.parent.validator == "anyOf" else error


def _violations(error: ValidationError) -> Iterator[Violation]:
    place = _place(list(error.absolute_path))
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            name = f"{place}.{key}" if place else key
            yield Violation(name, "unknown_key", f"the key {key!r}", f"one of {', '.join(known)}")
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                name = f"{place}.{key}" if place else key
                yield Violation(name, "required", "no such key", _described(error.schema["properties"].get(key, {})))
    elif error.validator in ("enum", "const"):
        yield Violation(place, "one_of", repr(error.instance), " or ".join(map(str, _choices(error))))
    elif error.validator in ("type", "anyOf"):
        yield Violation(place, "type", repr(error.instance)[:60], _described(error.schema))
    elif error.validator == "minItems":
        yield Violation(place, "required", "nothing", "at least one")
    else:
        yield Violation(place or "file", str(error.validator), repr(error.instance)[:60], _bound(error))


def _choices(error: ValidationError) -> list[Any]:
    return list(error.validator_value) if error.validator == "enum" else [error.validator_value]


def _bound(error: ValidationError) -> str:
    return f"{error.validator} {error.validator_value}"


def _described(schema: Mapping[str, Any]) -> str:
    """The type that a schema asks for, in words."""
    kinds = schema.get("type") or [one["type"] for one in schema.get("anyOf", ()) if "type" in one]
    listed = [kinds] if isinstance(kinds, str) else list(kinds)
    return f"a value of type {' or '.join(map(str, listed))}" if listed else "a value"


def _place(path: list[str | int]) -> str:
    """Such as ``relations[0].when``; the number of an item in a list of plain values is left out."""
    if path and isinstance(path[-1], int) and path[0] != "relations":
        path = path[:-1]
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _size_names(where: str, texts: Iterable[str], contract: Contract, also_fields: bool = False) -> Iterator[Violation]:
    known = {*contract.dims, *(contract.fields if also_fields else ())}
    missing: dict[str, None] = {}
    for text in texts:
        try:
            axes: tuple[Expression, ...] = (parse_expression(text),) if also_fields else parse_pattern(text)
        except PatternError as error:
            yield Violation(where, "pattern", str(error), "names, whole numbers, + - * // ** and brackets")
            continue
        missing.update(dict.fromkeys(name for axis in axes for name in axis.names if name not in known))
    for name in missing:
        wanted = "a symbol of dims" + (" or the name of a field" if also_fields else "")
        yield Violation(where, "undefined", name, wanted)


def _unsound(field: Field) -> Iterator[Violation]:
    """Keys of a field that cannot be kept together."""
    where = f"fields.{field.name}"
    for key, bound in (("min", field.minimum), ("max", field.maximum)):
        if bound is not None and not math.isfinite(bound):
            yield Violation(f"{where}.{key}", "finite", str(bound), "a finite number, or no such key")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield Violation(f"{where}.min", "range", f"{field.minimum:g}", f"at most max, {field.maximum:g}")
    if field.default is not None and field.one_of and field.default not in field.one_of:
        yield Violation(f"{where}.default", "one_of", repr(field.default), " or ".join(map(repr, field.one_of)))
    if field.pattern is not None:
        try:
            re.compile(field.pattern)
        except re.error as error:
            yield Violation(f"{where}.pattern", "pattern", str(error), "a regular expression")
            return
        for example in field.examples:
            if re.fullmatch(field.pattern, example) is None:
                yield Violation(f"{where}.examples", "pattern", repr(example), f"text that matches {field.pattern}")


def _unknown_fields(where: str, names: Iterable[str], contract: Contract) -> Iterator[Violation]:
    for name in names:
        if name not in contract.fields:
            yield Violation(where, "undefined", repr(name), "the name of a field")


def _name_taken_twice(contract: Contract) -> Iterator[Violation]:
    owners: dict[str, str] = {name: name for name in contract.fields}
    for field in contract.fields.values():
        for alias in field.aliases:
            if owners.setdefault(alias, field.name) != field.name:
                yield Violation(f"fields.{field.name}.aliases", "taken", repr(alias), f"no name of {owners[alias]}")
