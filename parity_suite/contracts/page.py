"""The page of a contract in Markdown, with an example that keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from numpy.typing import NDArray

from parity_suite.contracts.model import Condition, Contract, Dim, Field, Relation
from parity_suite.contracts.sample import sample
from parity_suite.contracts.sample_file import as_document, as_toml
from parity_suite.contracts.tables import markdown_table

_CONTAINERS: Final = {
    "npz": "an NPZ archive",
    "hdf5": "an HDF5 file; `@name` is an attribute of the root, `path@name` one of that dataset or group",
    "json": "a JSON object; `[]` goes through a list, `*` through the values of an object, `*@key` through its keys",
    "toml": "a TOML file; `[]` goes through a list of tables",
    "folder": "a folder of files",
    "mapping": "a mapping in memory; `a.b` is the key `b` of the mapping `a`",
}
#: So many values of an array are shown.
_SHOWN: Final = 3


def contract_page(contract: Contract) -> str:
    """Everything that binds a party, and an example; the same contract gives the same page."""
    lines = [
        f"# {contract.name}, version {contract.version}",
        "",
        contract.doc,
        "",
        f"- Container: {_CONTAINERS[contract.container]}",
        *([f"- Writer: {contract.writer}", f"- Reader: {contract.reader}"] if contract.writer else []),
        f"- Names that are not listed are {'refused' if contract.closed else 'left alone'}",
        "",
        *_section("Symbols", ("symbol", "size", "meaning"), map(_dim, contract.dims.values())),
        *_section(
            "Fields", ("name", "type", "shape", "unit", "must hold", "meaning"), map(_field, contract.fields.values())
        ),
        *_section("Between fields", ("rule", "of", "meaning"), map(_relation, contract.relations)),
        *_section(
            "Files",
            ("name", "contract", "required", "meaning"),
            (
                (
                    f"`{part.name}`",
                    f"[{part.contract}]({part.contract}.md)" if part.contract else "",
                    _yes(part.required),
                    part.doc,
                )
                for part in contract.files.values()
            ),
        ),
        *_example(contract),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, heads: tuple[str, ...], rows: Any) -> list[str]:
    listed = list(rows)
    return [f"## {title}", "", *markdown_table(heads, listed), ""] if listed else []


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _dim(dim: Dim) -> tuple[str, ...]:
    size = f"`{dim.equals}`" if dim.equals else dim.wanted().removeprefix(f"{dim.name} ").removeprefix("of ")
    return f"`{dim.name}`", size, dim.doc


def _field(field: Field) -> tuple[str, ...]:
    shape = " or ".join("scalar" if one == "()" else f"`{one}`" for one in field.layout().split(" or "))
    return f"`{field.name}`", ", ".join(field.dtypes), shape, field.units, "; ".join(_demands(field)), field.doc


def _demands(field: Field) -> Iterator[str]:
    if field.required:
        yield "required"
    elif field.required_when is not None:
        yield f"required when {_condition(field.required_when)}"
    elif field.written:
        yield "optional to a reader, a writer must write it"
    else:
        yield "optional"
    if field.default is not None:
        yield f"default `{field.default}`"
    if field.nullable:
        yield "may be null"
    if field.aliases:
        yield f"once named {', '.join(f'`{one}`' for one in field.aliases)}"
    yield from (rule.replace("_", " ") for rule in field.rules)
    if field.minimum is not None:
        yield f"at least {field.minimum:g}"
    if field.maximum is not None:
        yield f"at most {field.maximum:g}"
    if field.one_of:
        yield f"one of {', '.join(f'`{one}`' for one in field.one_of)}"
    if field.pattern is not None:
        yield f"matches `{field.pattern}`"


def _condition(condition: Condition) -> str:
    return " and ".join(
        f"`{name}` is {' or '.join(f'`{one}`' for one in values)}" for name, values in condition.items()
    )


def _relation(relation: Relation) -> tuple[str, ...]:
    given = ", ".join(f"{key} {_argument(value)}" for key, value in relation.arguments.items())
    when = f" Only when {_condition(relation.when)}." if relation.when else ""
    return relation.rule.replace("_", " "), given, f"{relation.doc}.{when}".replace("..", ".")


def _argument(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(f"`{one}`" for one in value)
    if isinstance(value, dict):
        return ", ".join(f"`{one}` - `{other}`" for one, other in value.items())
    return f"`{value}`"


def _example(contract: Contract) -> list[str]:
    if contract.container == "folder":
        return []
    values = sample(contract, 0, optional=1.0)
    lines = ["## Example", ""]
    if contract.container in ("json", "toml"):
        document = as_document(values)
        text = json.dumps(document, indent=1) if contract.container == "json" else as_toml(document)
        return [*lines, f"```{contract.container}", text.strip(), "```"]
    rows = [(f"`{name}`", _type(value), str(value.shape), _first(value)) for name, value in values.items()]
    hint = "What `parity contracts sample` writes:" if contract.container != "mapping" else "Such as:"
    return [*lines, hint, "", *markdown_table(("name", "type", "shape", "first values"), rows)]


def _type(value: NDArray[Any]) -> str:
    return "str" if value.dtype.kind == "U" else value.dtype.name


def _first(value: NDArray[Any]) -> str:
    shown = [
        f"{one:.4g}" if isinstance(one, float | complex) else str(one) for one in value.reshape(-1)[:_SHOWN].tolist()
    ]
    return ", ".join(shown) + (", ..." if value.size > _SHOWN else "")
