"""What a manifest must say: its keys, the type of each, and how they depend on each other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from parity_suite.contracts import Violation

from .json_text import shown
from .tensors import BYTES_PER_VALUE, PART_DTYPES, PROBE_IMAG, PROBE_REAL, WEIGHT_PREFIX
from .validate import (
    config_violations,
    is_weight_name,
    probe_shape_violations,
    scale_violations,
    versions_violations,
)

Rule = Callable[[str, Any], Iterator[Violation]]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
#: More than any file has bytes, and within what NumPy can count.
_LARGEST: Final = 2**63 - 1
#: As many as NumPy's arrays may have.
_MOST_AXES: Final = 64


def weights_file_name(sha256: str) -> str:
    """Named by content, so that the file of another bundle is never overwritten or taken for this one."""
    return f"weights-{sha256}.safetensors"


def document_violations(document: Mapping[str, Any]) -> Iterator[Violation]:
    """What is wrong with each field of a manifest on its own."""
    return _members("", document, _FIELDS)


def relation_violations(document: Mapping[str, Any]) -> Iterator[Violation]:
    """Where fields that are sound on their own contradict each other."""
    probe, tensors, file = document["probe"], document["tensors"], document["weights_file"]
    yield from probe_shape_violations(tuple(probe["shape"]))
    for name in (PROBE_IMAG, PROBE_REAL):
        wanted = (PART_DTYPES[probe["dtype"]], probe["shape"])
        found = (tensors[name]["dtype"], tensors[name]["shape"])
        if found != wanted:
            yield Violation(name, "probe", f"{found[0]} {found[1]}", f"{wanted[0]} {wanted[1]}")
    # Derived and never followed, so that no name in a manifest leads to another place.
    name = weights_file_name(file["sha256"])
    if file["name"] != name:
        yield Violation("weights_file.name", "name", shown(file["name"]), name)
    declared = sum(math.prod(entry["shape"]) * BYTES_PER_VALUE[entry["dtype"]] for entry in tensors.values())
    if declared > file["bytes"]:
        yield Violation("weights_file.bytes", "size", str(file["bytes"]), f"room for {declared} bytes of tensors")


def _members(place: str, value: object, rules: Mapping[str, Rule]) -> Iterator[Violation]:
    """An object with exactly the keys that have a rule."""
    if not isinstance(value, dict):
        yield Violation(place.removesuffix("."), "type", shown(value), "an object")
        return
    for key in sorted(rules.keys() - value.keys()):
        yield Violation(f"{place}{key}", "missing", "nothing", "a value")
    for key in sorted(value.keys() - rules.keys()):
        yield Violation(f"{place}{shown(key)}", "extra", shown(value[key]), "no such key")
    for key in sorted(rules.keys() & value.keys()):
        yield from rules[key](f"{place}{key}", value[key])


def _tensors(place: str, value: object) -> Iterator[Violation]:
    """Both parts of the probe, and weights."""
    if not isinstance(value, dict):
        yield Violation(place, "type", shown(value), "an object")
        return
    for name in (PROBE_IMAG, PROBE_REAL):
        if name not in value:
            yield Violation(name, "missing", "nothing", "both parts of the probe")
    for name, entry in sorted(value.items()):
        if name not in (PROBE_IMAG, PROBE_REAL) and not _is_weight(name):
            yield Violation(shown(name), "name", "this name", f"{PROBE_IMAG}, {PROBE_REAL} or {WEIGHT_PREFIX}...")
        else:
            yield from _members(f"{name}.", entry, _TENSOR)


def _is_weight(name: str) -> bool:
    return name.startswith(WEIGHT_PREFIX) and is_weight_name(name.removeprefix(WEIGHT_PREFIX))


def _sha256(place: str, value: object) -> Iterator[Violation]:
    if not isinstance(value, str) or _SHA256.fullmatch(value) is None:
        yield Violation(place, "sha256", shown(value), "64 lower-case hexadecimal digits")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _count(place: str, value: object) -> Iterator[Violation]:
    if not _is_count(value):
        yield Violation(place, "count", shown(value), "a whole number of at least 0")


def _shape(place: str, value: object) -> Iterator[Violation]:
    if not isinstance(value, list) or len(value) > _MOST_AXES or not all(map(_is_count, value)):
        yield Violation(place, "shape", shown(value), f"a list of at most {_MOST_AXES} whole numbers of at least 0")


def _text(place: str, value: object) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield Violation(place, "type", shown(value), "text")


def _anything(place: str, value: object) -> Iterator[Violation]:
    """A field whose value was judged before."""
    yield from ()


def _one_of(*names: str) -> Rule:
    def rule(place: str, value: object) -> Iterator[Violation]:
        if value not in names:
            yield Violation(place, "one_of", shown(value), " or ".join(names))

    return rule


_PROBE: Final[Mapping[str, Rule]] = {"dtype": _one_of(*PART_DTYPES), "shape": _shape}
_TENSOR: Final[Mapping[str, Rule]] = {"dtype": _one_of(*BYTES_PER_VALUE), "sha256": _sha256, "shape": _shape}
_FILE: Final[Mapping[str, Rule]] = {"bytes": _count, "name": _text, "sha256": _sha256}
_FIELDS: Final[Mapping[str, Rule]] = {
    "config": lambda place, value: config_violations(value),
    "digest": _sha256,
    "format": _anything,
    "format_version": _anything,
    "probe": lambda place, value: _members(f"{place}.", value, _PROBE),
    "scale": lambda place, value: scale_violations(value),
    "tensors": _tensors,
    "versions": lambda place, value: versions_violations(value),
    "weights_file": lambda place, value: _members(f"{place}.", value, _FILE),
}
