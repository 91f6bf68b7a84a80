"""Read a contract from TOML, strictly: whatever the language does not know is refused by name."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.containers import toml_text
from parity_suite.contracts.finders import contract_folders
from parity_suite.contracts.holding import refusal
from parity_suite.contracts.language import language_violations, undefined_names
from parity_suite.contracts.model import Condition, Contract, Dim, Field, Part, Relation
from parity_suite.contracts.resources import own_contracts
from parity_suite.contracts.violation import ContractError, Violation, bounded

#: No contract and no face is longer.
MOST_BYTES: Final = 256 * 2**10


@cache
def _known(path: Path) -> Contract:
    return parse_contract(path.read_bytes(), str(path))


@cache
def _places(folders: tuple[Path, ...]) -> Mapping[str, Path]:
    """The files of all contracts by name; a file without a container is none, and of two with one name the first is."""
    found: dict[str, Path] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        if path.stem not in found and "container" in tomllib.loads(path.read_text("utf-8")):
            found[path.stem] = path
    return found


def load_contract(name_or_path: str | Path) -> Contract:
    """The contract of this name in a folder of contracts, or in a TOML file given by its path.

    Raises FileNotFoundError where there is none, and ContractError with everything that is wrong in the file:
    TOML that cannot be parsed, unknown or missing keys, wrong types, names that nothing defines.
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith(".toml"):
        return parse_contract(_content(Path(name_or_path)), str(name_or_path))
    if name_or_path in own_contracts():
        return _known(own_contracts()[name_or_path])
    if name_or_path not in contract_names():
        raise FileNotFoundError(f"no contract {name_or_path!r}; there is {', '.join(contract_names())}")
    return _known(_places(contract_folders())[name_or_path])


def _content(path: Path) -> bytes:
    """A pipe would be waited for, and a long file would be held against the language for minutes."""
    known = path.stat()
    if not stat.S_ISREG(known.st_mode):
        raise refusal(path, "file", "not a regular file", "a TOML file")
    if known.st_size > MOST_BYTES:
        raise refusal(path, "size", f"{known.st_size} bytes", f"a contract of at most {MOST_BYTES}")
    return path.read_bytes()


def parse_contract(content: bytes, source: str) -> Contract:
    """The contract in the content of a TOML file; ContractError naming ``source``."""
    try:
        raw = toml_text.decode(content)
    except ValueError as error:
        raise ContractError([Violation("file", "toml", str(error), "valid TOML")], source) from error
    problems = language_violations(raw)
    if problems:
        raise ContractError(problems, source)
    contract = _contract(raw)
    problems = bounded(undefined_names(contract))
    if problems:
        raise ContractError(problems, source)
    return contract


def contract_names() -> tuple[str, ...]:
    """The names of the contracts that there are, the suite's own and those of packs, sorted."""
    return tuple(sorted({*own_contracts(), *_places(contract_folders())}))


def _contract(raw: Mapping[str, Any]) -> Contract:
    roles = raw.get("roles", {})
    return Contract(
        name=raw["name"],
        version=raw["version"],
        container=raw["container"],
        doc=raw["doc"].strip(),
        writer=roles.get("writer", ""),
        reader=roles.get("reader", ""),
        closed=raw.get("closed", False),
        dims={name: _dim(name, entry) for name, entry in raw.get("dims", {}).items()},
        fields={name: _field(name, entry) for name, entry in raw.get("fields", {}).items()},
        relations=tuple(_relation(entry) for entry in raw.get("relations", ())),
        files={name: _part(name, entry) for name, entry in raw.get("files", {}).items()},
    )


def _dim(name: str, raw: Mapping[str, Any]) -> Dim:
    return Dim(
        name,
        raw["doc"].strip(),
        minimum=raw.get("min", 0),
        maximum=raw.get("max"),
        one_of=tuple(raw.get("one_of", ())),
        equals=raw.get("equals"),
        example=raw.get("example"),
    )


def _field(name: str, raw: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        doc=raw["doc"].strip(),
        units=raw["units"],
        dtypes=tuple(raw["dtypes"]),
        shapes=tuple(raw["shapes"]),
        required=raw.get("required", "required_when" not in raw),
        required_when=_condition(raw["required_when"]) if "required_when" in raw else None,
        written=raw.get("written", False),
        nullable=raw.get("nullable", False),
        rules=tuple(raw.get("rules", ())),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        one_of=tuple(raw.get("one_of", ())),
        pattern=raw.get("pattern"),
        examples=tuple(raw.get("examples", ())),
        default=raw.get("default"),
        aliases=tuple(raw.get("aliases", ())),
    )


def _relation(raw: Mapping[str, Any]) -> Relation:
    arguments = {key: value for key, value in raw.items() if key not in ("rule", "doc", "when")}
    return Relation(raw["rule"], raw["doc"].strip(), arguments, _condition(raw.get("when", {})))


def _part(name: str, raw: Mapping[str, Any]) -> Part:
    return Part(name, raw["doc"].strip(), raw.get("contract"), raw.get("required", True))


def _condition(raw: Mapping[str, Any]) -> Condition:
    return {name: (value,) if isinstance(value, str) else tuple(value) for name, value in raw.items()}
