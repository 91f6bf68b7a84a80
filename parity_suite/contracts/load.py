"""Read a contract from TOML, strictly: whatever the language does not know is refused by name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.model import Contract, Dim, Field, Relation
from parity_suite.contracts.relations import RELATION_RULES
from parity_suite.contracts.toml_table import TomlTable
from parity_suite.contracts.values import DTYPES, VALUE_RULES
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.resources import resource_folder

#: What a contract can describe the contents of.
CONTAINERS: Final = ("npz",)


def load_contract(name_or_path: str | Path) -> Contract:
    """The contract of this name in the contracts folder, or in a TOML file given by its path.

    Raises FileNotFoundError where there is none, and ContractError with everything that is wrong in the file:
    TOML that cannot be parsed, unknown or missing keys, wrong types, names that nothing defines.
    """
    path = _find(name_or_path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError([Violation("file", "toml", str(error), "valid TOML")], str(path)) from error
    problems: list[Violation] = []
    contract = _contract(raw, problems)
    problems += _undefined(contract)
    if problems:
        raise ContractError(problems, str(path))
    return contract


def _find(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or name_or_path.endswith(".toml"):
        return Path(name_or_path)
    folder = resource_folder("contracts")
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if name_or_path not in names:
        raise FileNotFoundError(f"no contract {name_or_path!r}; there is {', '.join(names)}")
    return folder / f"{name_or_path}.toml"


def _contract(raw: Mapping[str, Any], problems: list[Violation]) -> Contract:
    table = TomlTable(raw, "", problems)
    container = table.required("container", str, CONTAINERS[0])
    if container not in CONTAINERS:
        table.complain("container", "one_of", repr(container), " or ".join(CONTAINERS))
    contract = Contract(
        name=table.required("name", str, ""),
        version=table.required("version", int, 0),
        container=container,
        doc=table.required("doc", str, "").strip(),
        dims={name: _dim(name, entry) for name, entry in table.children("dims").items()},
        fields={name: _field(name, entry) for name, entry in table.children("fields").items()},
        relations=tuple(
            _relation(TomlTable(entry, f"relations[{index}]", problems))
            for index, entry in enumerate(table.items("relations", dict))
        ),
    )
    table.close()
    return contract


def _dim(name: str, table: TomlTable) -> Dim:
    minimum = table.optional("min", int, 0)
    dim = Dim(name, table.required("doc", str, "").strip(), minimum, table.items("one_of", int))
    table.close()
    return dim


def _field(name: str, table: TomlTable) -> Field:
    field = Field(
        name=name,
        doc=table.required("doc", str, "").strip(),
        units=table.required("units", str, ""),
        dtypes=table.items("dtypes", str, DTYPES),
        shapes=_shapes(table),
        required=table.optional("required", bool, True),
        required_when=table.texts("required_when"),
        rules=table.items("rules", str, VALUE_RULES),
        minimum=table.number("min"),
        maximum=table.number("max"),
        one_of=table.items("one_of", str),
        default=table.optional("default", str, "") or None,
    )
    for key, value in (("dtypes", field.dtypes), ("shapes", field.shapes)):
        if not value:
            table.complain(key, "required", "nothing", "at least one")
    table.close()
    return field


def _shapes(table: TomlTable) -> tuple[tuple[str, ...], ...]:
    shapes = table.items("shapes", list)
    for symbol in (symbol for shape in shapes for symbol in shape if not isinstance(symbol, str)):
        table.complain("shapes", "type", repr(symbol), "symbols of type str")
    return tuple(tuple(map(str, shape)) for shape in shapes)


def _relation(table: TomlTable) -> Relation:
    rule = table.required("rule", str, "")
    if rule not in RELATION_RULES:
        table.complain("rule", "one_of", repr(rule), " or ".join(RELATION_RULES))
    arguments = RELATION_RULES[rule].arguments if rule in RELATION_RULES else {}
    relation = Relation(
        rule=rule,
        doc=table.required("doc", str, "").strip(),
        arguments={key: table.required(key, kind, kind()) for key, kind in arguments.items()},
        when=table.texts("when") or {},
    )
    table.close()
    return relation


def _undefined(contract: Contract) -> Iterator[Violation]:
    """Symbols and field names that are used and never defined."""
    for field in contract.fields.values():
        for symbol in dict.fromkeys(symbol for shape in field.shapes for symbol in shape):
            if symbol not in contract.dims:
                yield Violation(f"fields.{field.name}.shapes", "undefined", symbol, "a symbol of dims")
        where = f"fields.{field.name}.required_when"
        yield from _undefined_fields(where, field.required_when or (), contract)
    for index, relation in enumerate(contract.relations):
        names = [str(value) for value in relation.arguments.values() if isinstance(value, str)]
        yield from _undefined_fields(f"relations[{index}]", [*names, *relation.when], contract)


def _undefined_fields(where: str, names: Iterable[str], contract: Contract) -> Iterator[Violation]:
    for name in names:
        if name not in contract.fields:
            yield Violation(where, "undefined", repr(name), "the name of a field")
