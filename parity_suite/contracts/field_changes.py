"""What changed in one field, attribute by attribute, and whom each change breaks.

Each function compares two sets: what the old field allows and what the new one does. A change is safe for readers where
the new set lies within the old one, and for writers where the old one lies within the new one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Final

from parity_suite.contracts.changes import Difference, Effect, effect
from parity_suite.contracts.expressions import Expression, PatternError, parse_pattern
from parity_suite.contracts.model import Condition, Field

#: A condition that holds always, and one that never does.
ALWAYS: Final[Condition] = {}
NEVER: Final = None

WHOLE_NUMBERS: Final = frozenset({"int32", "int64", "uint8", "uint16", "uint32", "uint64"})


def field_differences(old: Field, new: Field) -> Iterator[Difference]:
    """Every difference between two fields but their names; those that only explain are left out."""
    place = f"fields.{new.name}"
    if old.units != new.units:
        reason = "the same numbers mean something else"
        yield Difference(f"{place}.units", became(old.units, new.units), Effect.BOTH, reason)
    yield from _demand(old, new, place)
    yield from _dtypes(old, new, place)
    if old.shapes != new.shapes:
        within = effect(readers=_shapes_within(new, old), writers=_shapes_within(old, new))
        yield Difference(f"{place}.shapes", became(old.layout(), new.layout()), within)
    if old.nullable != new.nullable:
        what = "null is allowed" if new.nullable else "null is no longer allowed"
        yield Difference(f"{place}.nullable", what, effect(readers=not new.nullable, writers=new.nullable))
    if set(old.rules) != set(new.rules):
        within = effect(readers=set(old.rules) <= set(new.rules), writers=set(new.rules) <= set(old.rules))
        yield Difference(f"{place}.rules", _added_and_dropped(old.rules, new.rules), within)
    yield from _bounds(old, new, place)
    yield from _texts(old, new, place)
    yield from _default(old, new, place)
    yield from _aliases(old, new, place)


def reader_demand(field: Field) -> Condition | None:
    """When a reader cannot do without the field; None for never."""
    return ALWAYS if field.required else field.required_when


def writer_demand(field: Field) -> Condition | None:
    """When a writer must write the field; None for never."""
    return ALWAYS if field.written else reader_demand(field)


def implies(one: Condition | None, other: Condition | None) -> bool:
    """Whether ``other`` holds wherever ``one`` does, as far as can be told from the two."""
    if one is NEVER or other is NEVER:
        return one is NEVER
    return all(name in one and set(one[name]) <= set(values) for name, values in other.items())


def condition_text(condition: Condition | None) -> str:
    """A condition in words."""
    if condition is NEVER:
        return "never"
    parts = [f"{name} is {' or '.join(map(repr, values))}" for name, values in condition.items()]
    return "when " + " and ".join(parts) if parts else "always"


def became(old: object, new: object) -> str:
    """Such as ``'pixel' became 'm'``; ``nothing`` for what was or is not there."""
    return f"{_shown(old)} became {_shown(new)}"


def _shown(value: object) -> str:
    return "nothing" if value is None or value == () else repr(value)


def _demand(old: Field, new: Field, place: str) -> Iterator[Difference]:
    """Three attributes at once: a field that no reader needs any more is harmless while every writer writes it."""
    if (old.required, old.required_when, old.written) == (new.required, new.required_when, new.written):
        return
    safe = effect(
        readers=implies(reader_demand(old), writer_demand(new)),
        writers=implies(reader_demand(new), reader_demand(old)) and implies(writer_demand(new), writer_demand(old)),
    )
    reads = f"{condition_text(reader_demand(old))}, now {condition_text(reader_demand(new))}"
    writes = f"{condition_text(writer_demand(old))}, now {condition_text(writer_demand(new))}"
    reason = "" if safe is not Effect.READERS else "an old reader cannot do without what new files may lack"
    yield Difference(f"{place}.required", f"needed {reads}; written {writes}", safe, reason)


def _dtypes(old: Field, new: Field, place: str) -> Iterator[Difference]:
    before, after = set(old.dtypes), set(new.dtypes)
    if before == after:
        return
    reread = _read_otherwise(old, new) or _read_otherwise(new, old)
    within = effect(readers=after <= before and not reread, writers=before <= after and not reread)
    yield Difference(f"{place}.dtypes", _added_and_dropped(old.dtypes, new.dtypes), within)


def _read_otherwise(one: Field, other: Field) -> bool:
    """Whether the same plain value, such as a number in JSON, is taken for another type than before."""
    if "json" in other.dtypes and "json" not in one.dtypes:
        # Then it is not looked into, and to relations it is not there.
        return True
    if WHOLE_NUMBERS.isdisjoint(other.dtypes) or not WHOLE_NUMBERS.isdisjoint(one.dtypes):
        return False
    # A 3 is a float where no whole number may stand, else int64, and choices hold for whole numbers.
    return "int64" not in other.dtypes or any(isinstance(choice, int) for choice in (*one.one_of, *other.one_of))


def _shapes_within(inner: Field, outer: Field) -> bool:
    """Whether the shapes of ``inner`` are, for each number of axes, the first ones of ``outer``.

    Of several patterns with as many axes the first that fits is taken, so one that is put before another changes what
    the other is for.
    """
    try:
        inner_axes, outer_axes = (_by_rank(field) for field in (inner, outer))
    except PatternError:
        return False
    return all(outer_axes.get(rank, [])[: len(axes)] == axes for rank, axes in inner_axes.items())


def _by_rank(field: Field) -> dict[int, list[object]]:
    ranks: dict[int, list[object]] = {}
    for shape in field.shapes:
        axes = parse_pattern(shape)
        ranks.setdefault(len(axes), []).append([_canonical(axis) for axis in axes])
    return ranks


def _canonical(axis: Expression) -> object:
    """The axis without its spelling, in which spaces and signs of products may differ."""
    return axis.number, axis.name, axis.sign, [_canonical(operand) for operand in axis.operands]


def _bounds(old: Field, new: Field, place: str) -> Iterator[Difference]:
    lows = [-math.inf if one.minimum is None else one.minimum for one in (old, new)]
    highs = [math.inf if one.maximum is None else one.maximum for one in (old, new)]
    if old.minimum != new.minimum:
        within = effect(readers=lows[0] <= lows[1], writers=lows[1] <= lows[0])
        yield Difference(f"{place}.min", became(old.minimum, new.minimum), within)
    if old.maximum != new.maximum:
        within = effect(readers=highs[1] <= highs[0], writers=highs[0] <= highs[1])
        yield Difference(f"{place}.max", became(old.maximum, new.maximum), within)


def _texts(old: Field, new: Field, place: str) -> Iterator[Difference]:
    if set(old.one_of) != set(new.one_of):
        within = effect(readers=_choices_within(new, old), writers=_choices_within(old, new))
        yield Difference(f"{place}.one_of", became(old.one_of, new.one_of), within)
    if old.pattern != new.pattern:
        within = effect(readers=old.pattern is None, writers=new.pattern is None)
        reason = "two patterns cannot be compared" if within is Effect.BOTH else ""
        yield Difference(f"{place}.pattern", became(old.pattern, new.pattern), within, reason)


def _choices_within(inner: Field, outer: Field) -> bool:
    """No choices allow everything; and choices of one type say nothing about values of another."""
    types = [{type(choice) for choice in field.one_of} for field in (inner, outer)]
    return not outer.one_of or (types[0] == types[1] and set(inner.one_of) <= set(outer.one_of))


def _default(old: Field, new: Field, place: str) -> Iterator[Difference]:
    # True == 1, and yet they are two defaults.
    if (old.default, type(old.default)) != (new.default, type(new.default)):
        reason = "where the field is absent, the two take it for different values"
        yield Difference(f"{place}.default", became(old.default, new.default), Effect.BOTH, reason)


def _aliases(old: Field, new: Field, place: str) -> Iterator[Difference]:
    # The field's own name, old or new, is a matter of renaming.
    own = {old.name, new.name}
    added = [alias for alias in new.aliases if alias not in old.aliases and alias not in own]
    dropped = [alias for alias in old.aliases if alias not in new.aliases and alias not in own]
    if added:
        reason = "readers take one name more, and writers must not use it"
        yield Difference(f"{place}.aliases", f"{_names(added)} added", Effect.COMPATIBLE, reason)
    if dropped:
        reason = "old files with that name are no longer understood"
        yield Difference(f"{place}.aliases", f"{_names(dropped)} dropped", Effect.WRITERS, reason)


def _added_and_dropped(old: Collection[str], new: Collection[str]) -> str:
    added = [one for one in new if one not in old]
    dropped = [one for one in old if one not in new]
    parts = [f"{_names(added)} added" if added else "", f"{_names(dropped)} dropped" if dropped else ""]
    return ", ".join(filter(None, parts))


def _names(names: Collection[str]) -> str:
    return " and ".join(map(repr, names))
