"""The contracts that a text names: a file, a folder, or a git revision. Nothing is checked out, and only git is run.

Files are found in this order: a path that exists; else ``REV`` or ``REV:PATH`` (path ``contracts`` unless given). In a
folder, TOML and JSON files without a top-level key ``container`` are no contracts and are passed over.
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.containers.json_text import decode
from parity_suite.contracts.face import parse_face
from parity_suite.contracts.load import MOST_BYTES, parse_contract
from parity_suite.contracts.model import Contract
from parity_suite.contracts.violation import ContractError

#: Where the contracts of a revision lie unless a path is given.
DEFAULT_PATH: Final = "contracts"
#: Seconds for one call of git, which reads a few small objects.
_PATIENCE: Final = 60
#: Modes of plain files in a tree of git; a link would lead elsewhere.
_PLAIN: Final = ("100644", "100755")
_SUFFIXES: Final = (".toml", ".json")


class NoContract(ValueError):
    """There is a place for contracts, and none in it."""


def load_side(text: str, root: Path) -> dict[str, Contract]:
    """The contracts of one side of a comparison, by name; ``root`` is where paths and the repository start.

    ValueError, in one line, where there is no such side, no contract in it, or one that cannot be read.
    """
    path = root / text
    if path.is_dir():
        files = ((str(one), _content(one)) for one in sorted(path.iterdir()) if _listed(one.name) and one.is_file())
        return _by_name(files, text)
    if path.is_file():
        if not _listed(path.name):
            raise ValueError(f"{text}: found a file of another kind, wanted {' or '.join(_SUFFIXES)}")
        return _named([_parsed(_content(path), str(path))], text)
    return _revision(text, root)


def _listed(name: str) -> bool:
    return name.endswith(_SUFFIXES)


def _content(path: Path) -> bytes:
    _refuse_long(str(path), path.stat().st_size)
    return path.read_bytes()


def _refuse_long(source: str, size: int) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"{source}: found {size} bytes, wanted a contract of at most {MOST_BYTES}")


def _by_name(files: Iterator[tuple[str, bytes]], text: str) -> dict[str, Contract]:
    contracts = [_parsed(content, source) for source, content in files if _is_contract(content, source)]
    if not contracts:
        raise NoContract(f"{text}: found no contract (TOML or a face in JSON, with a key container)")
    return _named(contracts, text)


def _named(contracts: list[Contract], text: str) -> dict[str, Contract]:
    named: dict[str, Contract] = {}
    for contract in contracts:
        if contract.name in named:
            raise ValueError(f"{text}: found two contracts with the name {contract.name!r}")
        named[contract.name] = contract
    return named


def _is_contract(content: bytes, source: str) -> bool:
    try:
        raw: Any = tomllib.loads(content.decode("utf-8")) if source.endswith(".toml") else decode(content)
    except (ValueError, RecursionError):
        # Whether it is one cannot be told, and a contract that is damaged must not be passed over.
        return True
    return isinstance(raw, dict) and "container" in raw


def _parsed(content: bytes, source: str) -> Contract:
    parse = parse_contract if source.endswith(".toml") else parse_face
    try:
        return parse(content, source)
    except ContractError as error:
        more = len(error.violations) - 1
        raise ValueError(f"{source}: {error.violations[0]}{f' (and {more} more)' if more else ''}") from error


def _revision(text: str, root: Path) -> dict[str, Contract]:
    revision, _, path = text.partition(":")
    path = path.strip("/") or DEFAULT_PATH
    if not revision or revision.startswith("-"):
        raise ValueError(f"{text!r} is no file, no folder and no git revision")
    commit = _git(root, ["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"])
    if commit is None:
        raise ValueError(f"{text!r} is no file, no folder and no git revision in {root}")
    tree = commit.decode("ascii").strip()
    entries = list(_entries(root, tree, path))
    if [kind for _, kind, _, _ in entries] == ["tree"]:
        return _by_name(_blobs(root, list(_entries(root, tree, f"{path}/")), revision), text)
    if not entries:
        raise ValueError(f"{text}: found no {path!r} in the revision {revision}")
    sources = list(_blobs(root, entries, revision))
    if not sources:
        raise ValueError(f"{text}: found what is no plain file, wanted {' or '.join(_SUFFIXES)}")
    return _named([_parsed(content, source) for source, content in sources], text)


Entry = tuple[str, str, str, str]


def _entries(root: Path, tree: str, path: str) -> Iterator[Entry]:
    """Mode, kind, object and name of what lies under ``path``, seen from ``root``."""
    listed = _git(root, ["ls-tree", "-z", tree, "--", path]) or b""
    for line in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        head, _, name = line.partition("\t")
        mode, kind, blob = head.split(" ")
        yield mode, kind, blob, name


def _blobs(root: Path, entries: list[Entry], revision: str) -> Iterator[tuple[str, bytes]]:
    """Source and content of the plain files among ``entries`` that may be contracts."""
    for mode, kind, blob, name in entries:
        if kind == "blob" and mode in _PLAIN and _listed(name):
            source = f"{revision}:{name}"
            size = _git(root, ["cat-file", "-s", blob])
            if size is None:
                raise ValueError(f"{source}: found no content, wanted a repository that has this revision whole")
            _refuse_long(source, int(size))
            # By the object and not by the name: no filter, no text conversion and no quoting come into it.
            yield source, _git(root, ["cat-file", "blob", blob]) or b""


def _git(root: Path, arguments: list[str]) -> bytes | None:
    """What git prints; None where it refuses."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError as error:
        raise ValueError("git is not to be found, and only it can read a revision") from error
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"git {arguments[0]} took more than {_PATIENCE} s") from error
    return done.stdout if done.returncode == 0 else None
