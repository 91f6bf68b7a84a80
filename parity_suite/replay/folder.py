"""The folder of a failure: ``replay.json``, the arrays as NPZ, and ``replay.py`` for a person.

It is written whole or not at all, and read as a stranger's: nothing in it is run, unpickled or followed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.registry import parse_spec
from parity_suite.contracts import plain_json
from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.holding import plain as shown
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.versions import OtherVersion, require_version
from parity_suite.contracts.violation import ContractError
from parity_suite.contracts.written import assert_conforms
from parity_suite.core.array_digest import digest_of
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.finding import Finding
from parity_suite.core.measured import Measured
from parity_suite.core.packs import BY_NAME
from parity_suite.core.way import Raised, Rule, Way, way_of
from parity_suite.core.writing import replaced_folder
from parity_suite.replay.evaluate import Call, plain

FORMAT: Final = 4

#: A folder's arrays take at most so many bytes, on the way out and on the way in.
MOST_BYTES: Final = 64 * 2**20
_LIMITS: Final = Limits(max_bytes=4 * MOST_BYTES)

_FILES: Final = ("inputs", "expected", "got", "found")
DOCUMENT: Final = "replay.json"

Arrays = Mapping[str, Any]


class UnfitFolder(Exception):
    """A folder that cannot be replayed: what is missing, unreadable, or not as it was written."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A folder as it was read. ``calls`` are those to ask, in order; empty where the law is run on its case."""

    path: Path
    check: Check
    calls: tuple[Call, ...]
    #: the document of ``replay.json``
    facts: Mapping[str, Any]
    arrays: Mapping[str, Arrays]

    @cached_property
    def reference(self) -> BackendSpec | None:
        """Of two backends without an oracle the one that gave what was wanted of the calls."""
        named = self.facts.get("reference")
        return parse_spec(named) if named else None

    @property
    def specs(self) -> tuple[BackendSpec, ...]:
        """All that are asked."""
        return (*self.check.specs, *((self.reference,) if self.reference else ()))

    @property
    def cause(self) -> Cause:
        return Cause(self.facts["cause"])

    @cached_property
    def measured(self) -> tuple[Measured, ...]:
        """The comparisons as they were."""
        return tuple(Measured.from_json(one) for one in self.facts["measured"])

    @property
    def way(self) -> Way:
        """How it failed."""
        rules = [Rule(**one) for one in self.facts["rules"]]
        return way_of(self.cause, self.measured, rules, Raised(**self.facts["raised"]))

    def is_shown_by(self, finding: Finding) -> bool:
        """Whether it fails as it did, which is not to say by as much."""
        return str(finding.verdict) == self.facts["verdict"] and finding.way.shows(self.way)


def write_folder(
    path: Path, facts: Mapping[str, Any], arrays: Mapping[str, Arrays], script: str, within: Path | None = None
) -> None:
    """Puts a folder in the place of what is there, through no link below ``within``; ContractError where ``facts``
    break the contract of replays.
    """
    document: dict[str, Any] = plain_json.plain({"format": FORMAT, **facts, "digests": digests(arrays)})
    document["digests"][DOCUMENT] = digest_of_document(document)
    assert_conforms(document, "replay")
    with replaced_folder(path, within=within) as part:
        for name, content in arrays.items():
            if content:
                np.savez_compressed(part / f"{name}.npz", **content)
        (part / DOCUMENT).write_text(plain_json.json_text(document), "utf-8")
        (part / "replay.py").write_text(script, "utf-8")


def digests(arrays: Mapping[str, Arrays]) -> dict[str, str]:
    """sha256 of each array, by ``file/name``."""
    return {
        f"{name}/{key}": digest_of({key: np.asarray(value)})
        for name, content in arrays.items()
        for key, value in content.items()
    }


def digest_of_document(document: Mapping[str, Any]) -> str:
    """sha256 of all that a document says but this digest, however its text is laid out."""
    others = {name: one for name, one in document["digests"].items() if name != DOCUMENT}
    # As it is read back: a tuple is a list by then, and every key is text, which sorts otherwise than numbers.
    said = json.loads(json.dumps({**document, "digests": others}))
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def plain_calls(calls: tuple[Call, ...]) -> list[dict[str, Any]]:
    """The calls as JSON; arrays by the names that :func:`arrays_of` gives them."""
    return [
        {
            "stage": call.stage,
            "mode": call.mode,
            "values": {k: plain(v) for k, v in call.inputs.items() if not isinstance(v, np.ndarray)},
        }
        for call in calls
    ]


def arrays_of(calls: tuple[Call, ...]) -> dict[str, Any]:
    """The arrays of all calls: those of the last by their own names, of an earlier one as ``before0.name``."""
    return {
        _prefix(k, len(calls)) + name: value
        for k, call in enumerate(calls)
        for name, value in call.inputs.items()
        if isinstance(value, np.ndarray)
    }


def _prefix(place: int, count: int) -> str:
    return "" if place == count - 1 else f"before{place}."


def read_document(path: Path) -> dict[str, Any]:
    """What a folder says, without its arrays; ``UnfitFolder`` where that breaks its contract or is not as it was
    written. No pack need be known.
    """
    document = path / DOCUMENT
    if not document.is_file():
        raise UnfitFolder("no replay.json: this is no folder of a failure")
    checked = check_file(document, "replay")
    try:
        require_version(replace(checked, path=Path(DOCUMENT)), "run the check again")
    except OtherVersion as error:
        raise UnfitFolder(str(error)) from None
    if not checked.ok:
        raise UnfitFolder("; ".join(map(str, checked.violations[:5])))
    facts: dict[str, Any] = json.loads(document.read_text("utf-8"))
    wanted = facts["digests"].get(DOCUMENT)
    if wanted != digest_of_document(facts):
        raise UnfitFolder(_altered(DOCUMENT, "differs" if wanted else "is missing"))
    return facts


def packs_of(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The packs of another field, as ``module:NAME``, that a run knew beside those of installed packages."""
    named = facts["environment"].get("packs", ())
    return tuple(filter(None, map(str, named))) if isinstance(named, list) else ()


def read_folder(path: Path) -> Kept:
    """Reads a folder whose packs are known; ``UnfitFolder`` where it is not whole, breaks its contract, or differs from
    its digests.
    """
    facts = read_document(path)
    wanted: dict[str, str] = {name: one for name, one in facts["digests"].items() if name != DOCUMENT}
    arrays = {name: _read(path / f"{name}.npz", name, wanted) for name in _FILES}
    found = digests(arrays)
    for name in sorted(wanted):
        if found.get(name) != wanted[name]:
            raise UnfitFolder(_altered(name, "differs"))
    try:
        return Kept(path, _check_of(facts), _calls_of(facts, arrays["inputs"]), facts, arrays)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise UnfitFolder(f"replay.json: {type(error).__name__}: {error}") from None


def _altered(name: str, how: str) -> str:
    return f"{name} is not what was written: its sha256 {how}"


def _read(path: Path, file: str, wanted: Mapping[str, str]) -> Arrays:
    """The arrays of a file that have digests, which all of them must have."""
    names = [name.partition("/")[2] for name in wanted if name.startswith(f"{file}/")]
    if not names and not path.exists():
        return {}
    try:
        with open_container("npz", path, names, _LIMITS) as holding:
            if more := sorted(set(holding.names) - set(map(shown, names))):
                raise UnfitFolder(_altered(f"{file}/{more[0]}", "is missing"))
            return {name: _whole(name, holding.values.get(name)) for name in names}
    except (ContractError, OSError, Unreadable) as error:
        raise UnfitFolder(f"{path.name}: {error}") from None


def _whole(name: str, value: Any) -> Any:
    if not isinstance(value, Stored):
        raise Unreadable(str(value) if value is not None else f"{name} is missing")
    return value.load()


def _check_of(facts: Mapping[str, Any]) -> Check:
    specs: tuple[BackendSpec, ...] = tuple(parse_spec(text) for text in facts["backends"])
    return Check(facts["stage"], facts["law"], Case(**facts["case"]), specs, facts["device"], facts["precision"])


def _calls_of(facts: Mapping[str, Any], arrays: Arrays) -> tuple[Call, ...]:
    raw = facts["calls"]
    return tuple(
        Call(one["stage"], _inputs(one, _prefix(k, len(raw)), arrays), one["mode"]) for k, one in enumerate(raw)
    )


def _inputs(one: Mapping[str, Any], prefix: str, arrays: Arrays) -> dict[str, Any]:
    """The inputs in the order of the stage's fields, a pair of sizes as the tuple that it was."""
    inputs: dict[str, Any] = {}
    for field in BY_NAME[one["stage"]].inputs:
        if prefix + field.name in arrays:
            inputs[field.name] = arrays[prefix + field.name]
        elif field.name in one["values"]:
            value = one["values"][field.name]
            inputs[field.name] = tuple(value) if field.kind == "shape" else value
    return inputs
