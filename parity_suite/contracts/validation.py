"""Hold data against a contract and collect everything that is wrong."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import numpy as np

from parity_suite.contracts.contents import Content, Contents, Onlooker, Taker
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.lookup import Missing, as_content, find
from parity_suite.contracts.model import Contract, Field
from parity_suite.contracts.relations import check_relations, squared_fields
from parity_suite.contracts.scan import FieldScan
from parity_suite.contracts.shapes import check_shapes
from parity_suite.contracts.stored import Unreadable
from parity_suite.contracts.values import check_dtype
from parity_suite.contracts.violation import OTHERS, Violation, bounded

#: A reader takes what older writers gave and defaults for what is absent; a writer is held to the contract as it is.
Role = Literal["reader", "writer"]

_KEYS_LISTED: Final = 12


def validate(
    data: Mapping[str, object] | Sequence[object],
    contract: Contract,
    *,
    role: Role = "reader",
    sizes: Mapping[str, int] | None = None,
    names: Sequence[str] | None = None,
    limits: Limits | None = None,
    onlookers: Sequence[Onlooker] = (),
) -> list[Violation]:
    """Every violation of ``contract`` by ``data``, in the order of the contract's fields; empty if none. Of one rule no
    more than 20 are kept, and one that says how many more there are.

    Values are arrays, memory-mapped or not, what a container gave, or what ``numpy.asarray`` takes; a field named
    ``a.b`` is looked up as ``data["a.b"]`` and as ``data["a"]["b"]``. A sequence is the mapping whose keys are the
    first parts of the fields' names, in their order. ``sizes`` fixes symbols of the shapes; ``names`` are the names in
    the container where ``data`` does not hold all of them. Names that the contract does not list are left alone,
    unless it is closed. Elements are looked at in blocks, so that a file larger than memory can be held against it;
    ``onlookers`` see those of the largest field as well.
    """
    given, surplus = _by_name(data, contract)
    held = tuple(names if names is not None else map(str, given))
    found, violations = _found(given, contract, role, limits or Limits())
    named = [one.name for one in contract.fields.values() if not _absent(given, one)]
    contents = Contents(contract, found, named)
    violations += surplus
    violations += _missing(given, held, contents, role)
    violations += bounded(_unknown(held, contract))
    for content in contents:
        violations += check_dtype(content.field, content.dtype)
    violations += check_shapes(contents.shapes, contract, contents.whole_numbers(), sizes)
    violations += _values(contents, () if violations else onlookers)
    violations += check_relations(contents)
    return bounded(in_field_order(dict.fromkeys(violations), contract))


def in_field_order(violations: Iterable[Violation], contract: Contract) -> list[Violation]:
    """Sorted by the contract's fields, keeping the order within a field; names that are no field first."""
    place = {OTHERS: len(contract.fields)} | {name: index for index, name in enumerate(contract.fields)}
    return sorted(violations, key=lambda violation: place.get(violation.field, -1))


def _by_name(
    data: Mapping[str, object] | Sequence[object], contract: Contract
) -> tuple[Mapping[str, object], list[Violation]]:
    """The data by name, and what is wrong where a sequence has items that nothing names."""
    if isinstance(data, Mapping):
        return data, []
    heads = list(dict.fromkeys(name.partition(".")[0] for name in contract.fields))
    surplus = [Violation("sequence", "length", f"{len(data)} items", f"at most {len(heads)}: {', '.join(heads)}")]
    return dict(zip(heads, data, strict=False)), surplus if len(data) > len(heads) else []


def _found(
    data: Mapping[str, object], contract: Contract, role: Role, limits: Limits
) -> tuple[dict[str, Content], list[Violation]]:
    """The fields that are there and can be read, and what is wrong with the others."""
    found: dict[str, Content] = {}
    violations: list[Violation] = []
    for name, field in contract.fields.items():
        spelt = [one for one in (name, *field.aliases) if not isinstance(find(data, one), Missing)]
        if len(spelt) > 1:
            violations.append(Violation(name, "alias", " and ".join(spelt), "one name for one thing"))
        elif spelt and spelt[0] != name and role == "writer":
            violations.append(Violation(name, "alias", f"the old name {spelt[0]!r}", f"a writer to use {name!r}"))
        if spelt:
            value = as_content(field, find(data, spelt[0]), limits)
            if isinstance(value, Violation):
                violations.append(value)
            elif value is not None:
                found[name] = value
                violations += _null(field, value)
    return found, violations


def _null(field: Field, content: Content) -> list[Violation]:
    if content.nulls is None or field.nullable or not content.nulls.any():
        return []
    count, place = int(content.nulls.sum()), np.argwhere(content.nulls)[0]
    found = "null" + (f" ({count} of {content.nulls.size} values)" if content.nulls.size > 1 else "")
    where = f"[{', '.join(map(str, place.tolist()))}]" if content.shape else ""
    return [Violation(field.name, "null", found, " or ".join(field.dtypes), where)]


def _missing(data: Mapping[str, object], names: Sequence[str], contents: Contents, role: Role) -> list[Violation]:
    keys = heapq.nsmallest(_KEYS_LISTED, names)
    listed = ", ".join(keys) + (", ..." if len(names) > _KEYS_LISTED else "")
    violations = []
    for name, field in contents.contract.fields.items():
        reason = _why_required(field, contents, role)
        if _absent(data, field) and reason:
            found = f"no such key among {listed}" if keys else "no keys at all"
            violations.append(Violation(name, "required", found, reason))
    return violations


def _absent(data: Mapping[str, object], field: Field) -> bool:
    return all(isinstance(find(data, name), Missing) for name in (field.name, *field.aliases))


def _why_required(field: Field, contents: Contents, role: Role) -> str:
    if field.required:
        return field.wanted()
    if field.required_when is not None and contents.holds(field.required_when):
        when = " and ".join(f"{key} is {' or '.join(map(repr, values))}" for key, values in field.required_when.items())
        return f"{field.wanted()} when {when}"
    return f"{field.wanted()} from a writer" if role == "writer" and field.written else ""


def _unknown(names: Sequence[str], contract: Contract) -> Iterator[Violation]:
    """Of a closed contract, the names in the container that no field has."""
    if not contract.closed:
        return
    known = [name for field in contract.fields.values() for name in (field.name, *field.aliases)]
    heads = {part for name in known for part in (name, _head(name))}
    wanted = f"one of {', '.join(sorted(set(map(_head, contract.fields))))}"
    for name in names:
        if name not in heads:
            yield Violation(name, "unknown", f"the name {name!r}", wanted)


def _head(name: str) -> str:
    """The outermost part of a path."""
    for sign in (".", "[", "/"):
        name = name.partition(sign)[0]
    return name


def _values(contents: Contents, onlookers: Sequence[Onlooker]) -> list[Violation]:
    wanted = squared_fields(contents.contract)
    violations: list[Violation] = []
    by_size = sorted(contents, key=lambda one: one.nbytes)
    for content in by_size:
        power = content.field.name in wanted
        scan = FieldScan(content.field, content.dtype, content.shape, power=power)
        try:
            last = content is by_size[-1] and not violations
            takers = [look(contents, content) for look in onlookers] if last else []
            _feed(scan, content, [one for one in takers if one is not None])
        except Unreadable as error:
            found = Violation(content.field.name, "readable", str(error), f"an intact {content.field.wanted()}")
            violations.append(found)
            continue
        violations += scan.violations()
        if scan.power is not None:
            contents.powers[content.field.name] = scan.power
    return violations


def _feed(scan: FieldScan, content: Content, takers: Sequence[Taker]) -> None:
    if content.nulls is None:
        # Also where no rule asks for the elements: only who reads to the end learns that a file is damaged.
        for block in content.blocks():
            scan.feed(block)
            for take in takers:
                take(block)
        return
    values, nulls = content.load().reshape(-1), content.nulls.reshape(-1)
    edges = np.flatnonzero(np.diff(nulls.astype(np.int8), prepend=1, append=1))
    for start, stop in edges.reshape(-1, 2):
        scan.feed(values[start:stop], int(start))
