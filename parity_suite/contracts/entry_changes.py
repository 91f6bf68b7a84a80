"""What changed in the symbols, the relations and the files of a contract, and whom each change breaks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final

from parity_suite.contracts.changes import Difference, Effect, effect
from parity_suite.contracts.expressions import Expression, PatternError, parse_expression
from parity_suite.contracts.field_changes import WHOLE_NUMBERS, became, condition_text, implies
from parity_suite.contracts.model import Condition, Contract, Dim, Part, Relation
from parity_suite.contracts.relations import rule_of

Names = Mapping[str, str]

#: Relations that take their fields in any order.
_UNORDERED: Final = frozenset({"together", "exactly_one", "at_least_one"})
#: What stands for other characters in the name of a file.
_WILD: Final = re.compile(r"[*?]|\[.+?\]")
_ENDS: Final[tuple[Callable[[str, str], bool], ...]] = (str.startswith, str.endswith)


def dim_differences(old: Contract, new: Contract, names: Names) -> Iterator[Difference]:
    """Differences between the symbols; ``names`` gives the new name of an old field."""
    reason = "a symbol binds only the shapes that carry it"
    for name in dict.fromkeys([*old.dims, *new.dims]):
        place, before, after = f"dims.{name}", old.dims.get(name), new.dims.get(name)
        if before is None or after is None:
            what = "symbol added" if before is None else "symbol dropped"
            yield Difference(place, what, Effect.COMPATIBLE, reason)
            continue
        if _sizes(before) != _sizes(after):
            within = effect(readers=_sizes_within(after, before), writers=_sizes_within(before, after))
            yield Difference(place, f"{_sizes_text(before)} became {_sizes_text(after)}", within)
        one, other = _equals(before, old, names), _equals(after, new, {})
        if one != other:
            within = effect(readers=before.equals is None, writers=after.equals is None)
            yield Difference(f"{place}.equals", became(before.equals, after.equals), within)


def _sizes(dim: Dim) -> tuple[int, int | None, frozenset[int]]:
    return dim.minimum, dim.maximum, frozenset(dim.one_of)


def _sizes_text(dim: Dim) -> str:
    bounds = replace(dim, one_of=()).wanted()
    return f"{bounds}, one of {', '.join(map(str, dim.one_of))}" if dim.one_of else bounds


def _sizes_within(inner: Dim, outer: Dim) -> bool:
    """Whether every size that ``inner`` allows is allowed by ``outer``."""
    if inner.one_of:
        return all(outer.allows(size) for size in inner.one_of if inner.allows(size))
    if outer.one_of:
        # One size more than there are choices is enough to tell an interval without an end.
        last = inner.minimum + len(outer.one_of) if inner.maximum is None else inner.maximum
        return all(outer.allows(size) for size in range(inner.minimum, last + 1))
    ends = outer.maximum is None or (inner.maximum is not None and inner.maximum <= outer.maximum)
    return outer.minimum <= inner.minimum and ends


def _equals(dim: Dim, contract: Contract, names: Names) -> object:
    """The size that a symbol must have, without its spelling, and with what each of its names stands for."""
    if dim.equals is None:
        return None
    try:
        return _meaning(parse_expression(dim.equals), contract, names)
    except PatternError:
        return dim.equals


def _meaning(size: Expression, contract: Contract, names: Names) -> object:
    field = contract.fields.get(size.name)
    whole = field is not None and not WHOLE_NUMBERS.isdisjoint(field.dtypes)
    stands = (names.get(size.name, size.name), size.name in contract.dims, whole) if size.name else ()
    return size.number, stands, size.sign, [_meaning(operand, contract, names) for operand in size.operands]


def relation_differences(old: Contract, new: Contract, names: Names) -> Iterator[Difference]:
    """Differences between the relations, whose order does not matter; each old one is held against the most like it."""
    before = [_renamed(relation, names) for relation in old.relations]
    after = [_renamed(relation, {}) for relation in new.relations]
    for alike in (_same, _same_but_degree, _same_rule):
        for one in list(before):
            other = next((candidate for candidate in after if alike(one, candidate)), None)
            if other is not None:
                before.remove(one)
                after.remove(other)
                yield from _between(one, other)
    for one in before:
        yield Difference("relations", f"{_text(one)} dropped", Effect.READERS)
    for other in after:
        yield Difference("relations", f"{_text(other)} added", Effect.WRITERS)


def _renamed(relation: Relation, names: Names) -> Relation:
    """The relation without its doc, in the new names of the fields, the order put away where it does not matter."""
    arguments = dict(relation.arguments)
    for key in rule_of(relation).fields:
        value = arguments.get(key)
        if isinstance(value, str):
            arguments[key] = names.get(value, value)
        elif value is not None:
            listed = [names.get(name, name) for name in value]
            arguments[key] = sorted(listed) if relation.rule in _UNORDERED else listed
    return Relation(relation.rule, "", arguments, renamed_condition(relation.when, names))


def renamed_condition(condition: Condition, names: Names) -> Condition:
    """The condition in the new names of the fields."""
    return {names.get(name, name): values for name, values in condition.items()}


def _same(one: Relation, other: Relation) -> bool:
    return _same_but_degree(one, other) and one.arguments == other.arguments and _agree(one.when, other.when)


def _agree(one: Condition, other: Condition) -> bool:
    return implies(one, other) and implies(other, one)


def _same_but_degree(one: Relation, other: Relation) -> bool:
    return _same_rule(one, other) and _but_degree(one) == _but_degree(other)


def _but_degree(relation: Relation) -> dict[str, Any]:
    return {key: value for key, value in relation.arguments.items() if key != "rtol"}


def _same_rule(one: Relation, other: Relation) -> bool:
    return one.rule == other.rule


def _between(old: Relation, new: Relation) -> Iterator[Difference]:
    place = f"relations.{new.rule}"
    if _but_degree(old) != _but_degree(new):
        reason = "the two relations cannot be compared"
        yield Difference(place, f"{_text(old)} became {_text(new)}", Effect.BOTH, reason)
        return
    before, after = old.arguments.get("rtol"), new.arguments.get("rtol")
    if before != after:
        lax = [math.nan if one is None else float(one) for one in (before, after)]
        within = effect(readers=lax[1] <= lax[0], writers=lax[0] <= lax[1])
        yield Difference(f"{place}.rtol", became(before, after), within)
    if not _agree(old.when, new.when):
        within = effect(readers=implies(old.when, new.when), writers=implies(new.when, old.when))
        what = f"{condition_text(old.when)} became {condition_text(new.when)}"
        yield Difference(f"{place}.when", what, within)


def _text(relation: Relation) -> str:
    arguments = ", ".join(f"{key} = {value!r}" for key, value in relation.arguments.items())
    return f"{relation.rule}({arguments}) {condition_text(relation.when)}"


def part_differences(old: Contract, new: Contract) -> Iterator[Difference]:
    """Differences between the files of a folder; what is in a file is a matter of its own contract."""
    for name, part in old.files.items():
        if name in new.files:
            yield from _part(part, new.files[name])
            continue
        covered = _overlapping(name, new.files)
        safe = effect(readers=not part.required and not covered, writers=not new.closed and not covered)
        yield Difference(f"files.{name}", "file dropped" + covered, safe)
    for name, part in new.files.items():
        if name not in old.files:
            covered = _overlapping(name, old.files)
            safe = effect(readers=not old.closed and not covered, writers=not part.required and not covered)
            yield Difference(f"files.{name}", f"{'' if part.required else 'optional '}file added" + covered, safe)


def _part(old: Part, new: Part) -> Iterator[Difference]:
    if old.required != new.required:
        what = "now required" if new.required else "no longer required"
        safe = effect(readers=new.required, writers=not new.required)
        yield Difference(f"files.{new.name}.required", what, safe)
    if old.contract != new.contract:
        safe = effect(readers=old.contract is None, writers=new.contract is None)
        yield Difference(f"files.{new.name}.contract", became(old.contract, new.contract), safe)


def _overlapping(name: str, files: Mapping[str, Part]) -> str:
    """Whether a file of this name may be one of ``files`` too, in words; empty if not."""
    other = next((other for other in files if _may_be_one(name, other)), None)
    return "" if other is None else f", whose name may be one of {other!r} too"


def _may_be_one(name: str, other: str) -> bool:
    parts = [_WILD.split(one) for one in (name, other)]
    if all(len(part) > 1 for part in parts):
        ends = [(part[0], part[-1]) for part in parts]
        return all(_either(test, *both) for test, both in zip(_ENDS, zip(*ends, strict=True), strict=True))
    return fnmatchcase(name, other) or fnmatchcase(other, name)


def _either(test: Callable[[str, str], bool], one: str, other: str) -> bool:
    return test(one, other) or test(other, one)
