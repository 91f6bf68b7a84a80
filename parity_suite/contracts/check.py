"""Hold a file or a folder against a contract: the one that is named, or the one that its names tell."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from parity_suite.contracts.containers import files_in, kind_of, open_container
from parity_suite.contracts.contents import Onlooker
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.lookup import MISSING, find
from parity_suite.contracts.model import Contract, names_of
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.validation import Role, validate
from parity_suite.contracts.violation import ContractError, Violation, bounded

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
    onlookers: Sequence[Onlooker] = (),
) -> Checked:
    """All that is wrong with a file or a folder, which is read in blocks and never as a whole.

    ``contract`` is one, its name, or the path of its TOML file; without it the contract is guessed by the names that
    the file holds. Nothing is unpacked, executed, or followed out of the file. A file that is damaged, hostile or
    larger than ``limits`` allow has one violation. ``onlookers`` are asked of a file, not of a folder. Raises
    FileNotFoundError and ContractError for the contract alone.
    """
    path, limits = Path(path), limits or Limits()
    wanted = contract if contract is None or isinstance(contract, Contract) else load_contract(contract)
    try:
        kind = kind_of(path)
        if wanted is not None and kind != wanted.container:
            found = Violation("file", "container", kind, f"{wanted.container}, as the contract {wanted.name} says")
            return Checked(path, wanted, (found,))
        return Checked(path, *_judged(path, kind, wanted, role, limits, onlookers))
    except ContractError as error:
        return Checked(path, wanted, error.violations)


def _judged(
    path: Path,
    kind: str,
    wanted: Contract | None,
    role: Role,
    limits: Limits,
    onlookers: Sequence[Onlooker],
) -> tuple[Contract, tuple[Violation, ...]]:
    """The contract and what breaks it; the file is opened once, for the names of all contracts that it may keep."""
    known = [wanted] if wanted else [one for one in map(load_contract, contract_names()) if one.container == kind]
    if kind == "folder":
        files = files_in(path, limits)
        chosen = wanted or guess_contract(known, files)
        return chosen, tuple(bounded(_in_folder(files, chosen, role, limits, 0)))
    with open_container(kind, path, dict.fromkeys(chain(*map(names_of, known))), limits) as holding:
        chosen = wanted or guess_contract(known, holding.values)
        found = validate(holding.values, chosen, role=role, names=holding.names, limits=limits, onlookers=onlookers)
        return chosen, tuple(found)


def guess_contract(known: Sequence[Contract], held: Mapping[str, object]) -> Contract:
    """The one of ``known``, all of one container, whose names are held; ContractError where it is none or several."""
    ranks = {one.name: _rank(one, held) for one in known}
    fitting = [one for one in known if ranks[one.name][0]]
    best = max((ranks[one.name] for one in fitting), default=None)
    chosen = [one for one in fitting if ranks[one.name] == best]
    if len(chosen) == 1:
        return chosen[0]
    found = "names that fit no contract" if not chosen else f"names that fit {', '.join(one.name for one in chosen)}"
    wanted = f"--contract NAME, one of {', '.join(one.name for one in known)} for {known[0].container}"
    raise ContractError([Violation("file", "contract", found, wanted)], "file")


def _rank(contract: Contract, held: Mapping[str, object]) -> tuple[float, ...]:
    """Greater for a better fit: the part of what is required that is there, then how much of the contract is used."""
    if contract.container == "folder":
        needed = [part.name for part in contract.files.values() if part.required]
        there = [name for name in contract.files if fnmatch.filter(held, name)]
        return _fit(needed, there, 0)
    there = [
        field.name
        for field in contract.fields.values()
        if any(find(held, name) is not MISSING for name in (field.name, *field.aliases))
    ]
    strange = sum(_other_constant(contract, name, held.get(name)) for name in there)
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
    if isinstance(value, Stored) and value.shape:
        # Whatever it is, it is not worth loading.
        return True
    try:
        text = value.load() if isinstance(value, Stored) else value
    except Unreadable:
        return False
    return str(text) not in field.one_of


def _violations(path: Path, contract: Contract, role: Role, limits: Limits, depth: int) -> Iterator[Violation]:
    if contract.container == "folder":
        yield from _in_folder(files_in(path, limits), contract, role, limits, depth)
        return
    with open_container(contract.container, path, names_of(contract), limits) as holding:
        yield from validate(holding.values, contract, role=role, names=holding.names, limits=limits)


def _in_folder(
    files: Mapping[str, Path], contract: Contract, role: Role, limits: Limits, depth: int
) -> Iterator[Violation]:
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
