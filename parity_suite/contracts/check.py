"""Hold a file or a folder against a contract: the one that is named, or the one that its names tell."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from parity_suite.contracts.containers import files_in, kind_of, open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.lookup import MISSING, find
from parity_suite.contracts.model import Contract, names_of
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.validate import Role, validate
from parity_suite.contracts.violation import ContractError, Violation

#: A folder may hold files of a folder; no contract nests deeper.
_MOST_NESTED: Final = 4


@dataclass(frozen=True)
class Checked:
    """A file beside all that is wrong with it."""

    path: Path
    #: None where none could be told
    contract: Contract | None
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        return not self.violations

    def require(self) -> None:
        """Raises ContractError with every violation, if there are any."""
        if self.violations:
            raise ContractError(self.violations, str(self.path))


def check_file(
    path: Path | str,
    contract: Contract | str | Path | None = None,
    *,
    role: Role = "reader",
    limits: Limits | None = None,
) -> Checked:
    """All that is wrong with a file or a folder, which is read in blocks and never as a whole.

    ``contract`` is one, its name, or the path of its TOML file; without it the contract is guessed by the names that
    the file holds. Nothing is unpacked, executed, or followed out of the file. A file that is damaged, hostile or
    larger than ``limits`` allow has one violation. Raises FileNotFoundError and ContractError for the contract alone.
    """
    path, limits = Path(path), limits or Limits()
    wanted = contract if contract is None or isinstance(contract, Contract) else load_contract(contract)
    try:
        kind = kind_of(path)
        chosen = wanted or guess_contract(path, limits)
        if kind != chosen.container:
            found = Violation("file", "container", kind, f"{chosen.container}, as the contract {chosen.name} says")
            return Checked(path, chosen, (found,))
        return Checked(path, chosen, tuple(_violations(path, chosen, role, limits, 0)))
    except ContractError as error:
        return Checked(path, wanted, error.violations)


def guess_contract(path: Path, limits: Limits | None = None) -> Contract:
    """The one contract that ships with the package whose names a file holds; ContractError where none or several do."""
    limits = limits or Limits()
    kind = kind_of(path)
    known = [one for one in map(load_contract, contract_names()) if one.container == kind]
    ranks = {one.name: _rank(path, one, limits) for one in known}
    fitting = [one for one in known if ranks[one.name][0]]
    best = max((ranks[one.name] for one in fitting), default=None)
    chosen = [one for one in fitting if ranks[one.name] == best]
    if len(chosen) == 1:
        return chosen[0]
    found = "names that fit no contract" if not chosen else f"names that fit {', '.join(one.name for one in chosen)}"
    wanted = f"--contract NAME, one of {', '.join(one.name for one in known) or 'none'} for {kind}"
    raise ContractError([Violation("file", "contract", found, wanted)], str(path))


def _rank(path: Path, contract: Contract, limits: Limits) -> tuple[float, ...]:
    """Greater for a better fit: the part of what is required that is there, then how much of the contract is used."""
    if contract.container == "folder":
        names = set(files_in(path, limits))
        needed = [part.name for part in contract.files.values() if part.required]
        there = [name for name in contract.files if fnmatch.filter(names, name)]
        return _fit(needed, there, 0)
    with open_container(contract.container, path, names_of(contract), limits) as holding:
        there = [
            field.name
            for field in contract.fields.values()
            if any(find(holding.values, name) is not MISSING for name in (field.name, *field.aliases))
        ]
        strange = sum(_other_constant(contract, name, holding.values.get(name)) for name in there)
    needed = [field.name for field in contract.fields.values() if field.required]
    return _fit(needed, there, strange)


def _fit(needed: list[str], there: list[str], strange: int) -> tuple[float, ...]:
    share = len(set(needed) & set(there)) / len(needed) if needed else float(bool(there))
    # Half of what is required has to be there, else anything would be a damaged something.
    return (share if share >= 0.5 else 0.0, -strange, len(there), len(needed))


def _other_constant(contract: Contract, name: str, value: object) -> bool:
    """Whether a text that tells formats apart has a value of another format."""
    field = contract.fields[name]
    if not field.one_of or field.dtypes != ("str",) or field.shapes != ("",):
        return False
    try:
        text = value.load() if isinstance(value, Stored) else value
    except Unreadable:
        return False
    return str(text) not in field.one_of


def _violations(path: Path, contract: Contract, role: Role, limits: Limits, depth: int) -> Iterator[Violation]:
    if contract.container == "folder":
        yield from _in_folder(path, contract, role, limits, depth)
        return
    with open_container(contract.container, path, names_of(contract), limits) as holding:
        yield from validate(holding.values, contract, role=role, names=holding.names, limits=limits)


def _in_folder(path: Path, contract: Contract, role: Role, limits: Limits, depth: int) -> Iterator[Violation]:
    files = files_in(path, limits)
    for part in contract.files.values():
        names = sorted(fnmatch.filter(files, part.name))
        if not names and part.required:
            yield Violation(part.name, "required", f"no such file among {', '.join(sorted(files)[:12])}", part.doc)
        if names and part.contract is not None and depth >= _MOST_NESTED:
            yield Violation(part.name, "depth", "more levels of folders", f"at most {_MOST_NESTED}")
            continue
        for name in names if part.contract is not None else ():
            try:
                inner = load_contract(str(part.contract))
                for one in _violations(files[name], inner, role, limits, depth + 1):
                    yield replace(one, field=f"{name}: {one.field}")
            except ContractError as error:
                for one in error.violations:
                    yield replace(one, field=f"{name}: {one.field}")
    if contract.closed:
        for name in sorted(files):
            if not any(fnmatch.fnmatchcase(name, part) for part in contract.files):
                yield Violation(name, "unknown", f"the file {name!r}", f"one of {', '.join(contract.files)}")
