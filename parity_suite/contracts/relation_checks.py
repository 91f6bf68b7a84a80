"""What breaks each kind of relation, asked only where the fields it reads are there and can be computed with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise, permutations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.contents import Contents, Found
from parity_suite.contracts.expressions import layout, parse_pattern
from parity_suite.contracts.model import Relation
from parity_suite.contracts.shapes import bound_sizes
from parity_suite.contracts.values import Offenders, is_ordered, offenders
from parity_suite.contracts.violation import Violation, index_text

Array = NDArray[Any]

#: ``ordered``: a value may be above the next one by so many units in the last place, as means of equal values are.
ROUND_OFF: Final = 64


def _present(relation: Relation, contents: Contents) -> tuple[list[str], list[str]]:
    names = relation.texts("fields")
    return [name for name in names if name in contents.named], [name for name in names if name not in contents.named]


def together(relation: Relation, contents: Contents) -> Found:
    there, missing = _present(relation, contents)
    if there and missing:
        found = f"{_and(there)} without {_and(missing)}"
        yield Violation(missing[0], "together", found, f"all or none of {_and(relation.texts('fields'))}")


def exactly_one(relation: Relation, contents: Contents) -> Found:
    there, _ = _present(relation, contents)
    if len(there) != 1:
        names = relation.texts("fields")
        yield Violation(names[0], "exactly_one", _and(there) or "none", f"exactly one of {_and(names)}")


def at_least_one(relation: Relation, contents: Contents) -> Found:
    if not _present(relation, contents)[0]:
        names = relation.texts("fields")
        yield Violation(names[0], "at_least_one", "none", f"at least one of {_and(names)}")


def needs(relation: Relation, contents: Contents) -> Found:
    name = relation.text("field")
    _, missing = _present(relation, contents)
    if name in contents.named and missing:
        yield Violation(missing[0], "needs", f"{name} without {_and(missing)}", f"what {name} needs to be understood")


def _and(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def ordered(relation: Relation, contents: Contents) -> Found:
    for low, high in pairwise(relation.texts("fields")):
        one, other = contents.numbers(low), contents.numbers(high)
        if one is None or other is None or not (is_ordered(one) and is_ordered(other)):
            continue
        if _unlike(one, other):
            yield _of_other_shape("ordered", low, one, high, other)
            continue
        one, other = np.broadcast_arrays(one, other)
        broken = _above(one, other)
        if broken.any():
            place = np.unravel_index(int(np.argmax(broken)), one.shape)
            wanted = f"at most {high} = {other[place]:g}"
            yield Violation(low, "ordered", f"{one[place]:g}", wanted, index_text(place) if one.shape else "")


def _unlike(one: Array, other: Array) -> bool:
    """Whether two fields cannot be held against each other element by element; a scalar is held against all."""
    return bool(one.ndim and other.ndim and one.shape != other.shape)


def _of_other_shape(rule: str, name: str, array: Array, other: str, wanted: Array) -> Violation:
    """A relation that cannot be asked does not hold: silence would be taken for consent."""
    return Violation(name, rule, f"shape {array.shape}", f"that of {other}, {wanted.shape}")


def _above(one: Array, other: Array) -> Array:
    """Where ``one`` is greater by more than round-off: the mean of equal numbers need not be that number."""
    broken = np.asarray(one > other)
    kinds = [array.dtype for array in (one, other) if array.dtype.kind == "f"]
    if not kinds or not broken.any():
        return broken
    rtol = ROUND_OFF * max(np.finfo(dtype).eps for dtype in kinds)
    return broken & ~np.isclose(one, other, rtol=rtol, atol=0)


def equal(relation: Relation, contents: Contents) -> Found:
    first, *others = relation.texts("fields")
    value, rtol = _values(contents, first), relation.number("rtol")
    for name in others:
        other = _values(contents, name)
        if value is None or other is None:
            continue
        if value.shape != other.shape:
            yield _of_other_shape("equal", name, other, first, value)
            continue
        if is_ordered(value) and is_ordered(other):
            apart = ~np.isclose(other, value, rtol=rtol, atol=0, equal_nan=True)
        else:
            apart = other != value
        yield _beside(name, "equal", other, np.asarray(apart), first, value)


def _values(contents: Contents, name: str) -> Array | None:
    """A field of any type; a null among numbers is nan, which no number equals."""
    numbers = contents.numbers(name)
    return contents.array(name) if numbers is None else numbers


def _beside(name: str, rule: str, array: Array, apart: Array, other: str, wanted: Array) -> Violation | None:
    """The first element that should be another, beside what it should be."""
    if not apart.any():
        return None
    place = np.unravel_index(int(np.argmax(apart)), apart.shape)
    goal = wanted[place].item()
    shown = f"{goal:.6g}" if isinstance(goal, float) else repr(goal)
    return offenders(name, rule, array, apart, f"{shown}, {other}")


def square(relation: Relation, contents: Contents) -> Found:
    name, root = relation.text("field"), relation.text("root")
    value, base = contents.numbers(name), contents.numbers(root)
    if value is None or base is None:
        return
    if value.shape != base.shape:
        yield _of_other_shape("square", name, value, root, base)
        return
    goal = np.square(base.astype(np.float64))
    both = np.isfinite(value) & np.isfinite(goal)
    # Below the least normal number a square has few digits.
    apart = both & ~np.isclose(value, goal, rtol=relation.number("rtol"), atol=np.finfo(np.float64).tiny)
    yield _beside(name, "square", value, apart, f"{root}^2", goal)


def count(relation: Relation, contents: Contents) -> Found:
    name, of = relation.text("number"), relation.text("of")
    number, shape = contents.numbers(name), contents.shape(of)
    unreadable = shape is None and of in contents.named
    if number is None or number.ndim != 0 or shape == () or unreadable:
        return
    length = shape[0] if shape else 0
    if number != length:
        yield Violation(name, "count", f"{number.item()!r}", f"{length}, the length of {of}")


def corresponds(relation: Relation, contents: Contents) -> Found:
    name, to = relation.text("field"), relation.text("to")
    pairs: Mapping[str, str] = relation.arguments["pairs"]
    if name not in contents or to not in contents:
        return
    value, other = contents.text(name), contents.text(to)
    if value is not None and value in pairs and other is not None and pairs[value] != other:
        yield Violation(to, "corresponds", repr(other), f"{pairs[value]!r}, since {name} is {value!r}")


def quotient(relation: Relation, contents: Contents) -> Found:
    """A ratio to a baseline of zero is no result: it is null and its status says so."""
    name, blocked = relation.text("field"), relation.text("blocked")
    keys = ("field", "numerator", "denominator")
    ratio, above, below = (contents.numbers(relation.text(key)) for key in keys)
    status = contents.array(relation.text("status"))
    if ratio is None or above is None or below is None or status is None:
        return
    for other, array in zip(("numerator", "denominator", "status"), (above, below, status), strict=True):
        if array.shape != ratio.shape:
            yield _of_other_shape("quotient", name, ratio, relation.text(other), array)
            return
    if status.dtype.kind not in "UT":
        return
    zero = below == 0
    with np.errstate(all="ignore"):
        goal = above / below
        apart = np.isfinite(goal) & ~np.isclose(ratio, goal, rtol=relation.number("rtol"), atol=0)
    named = f"{relation.text('numerator')} / {relation.text('denominator')}"
    yield offenders(
        name, "quotient", ratio, zero & ~np.isnan(ratio), f"null, since {relation.text('denominator')} is 0"
    )
    # A null ratio of two numbers leaves a blank in a table that looks complete.
    yield _beside(name, "quotient", ratio, apart & ~zero, named, goal)
    nothing = (np.isnan(above) | np.isnan(below)) & ~zero & ~np.isnan(ratio)
    yield offenders(name, "quotient", ratio, nothing, f"null, since {named} lacks a number")
    state = relation.text("status")
    yield offenders(state, "quotient", status, zero & (status != blocked), f"{blocked!r}, since the baseline is 0")
    yield offenders(state, "quotient", status, ~zero & (status == blocked), f"another status than {blocked!r}")


def not_before(relation: Relation, contents: Contents) -> Found:
    name, than = relation.text("field"), relation.text("than")
    later, earlier = contents.array(name), contents.array(than)
    if later is None or earlier is None:
        return
    if _unlike(later, earlier):
        yield _of_other_shape("not_before", name, later, than, earlier)
        return
    if later.dtype.kind not in "UT" or earlier.dtype.kind not in "UT":
        return
    for place, (one, other) in enumerate(zip(*_flat(later, earlier), strict=True)):
        times = _time(one), _time(other)
        where = f"[{place}]" if max(later.ndim, earlier.ndim) else ""
        for field, text, time in ((name, one, times[0]), (than, other, times[1])):
            if time is None:
                yield Violation(field, "not_before", repr(text), "a time in ISO 8601", where)
        if times[0] is not None and times[1] is not None and times[0] < times[1]:
            yield Violation(name, "not_before", one, f"a time not before {than}, {other}", where)


def _flat(one: Array, other: Array) -> tuple[list[str], list[str]]:
    one, other = np.broadcast_arrays(one, other)
    return one.reshape(-1).tolist(), other.reshape(-1).tolist()


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    # A date has no offset, and a time without one is taken to be in UTC.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def refers(relation: Relation, contents: Contents) -> Found:
    name, to = relation.text("field"), relation.text("to")
    used, known = contents.array(name), contents.array(to)
    if used is not None and known is not None:
        listed = ", ".join(map(repr, known.reshape(-1).tolist()[:12]))
        yield offenders(name, "refers", used, ~np.isin(used, known), f"one of {to}: {listed}")


def axis_order(relation: Relation, contents: Contents) -> Found:
    """Equal sizes hide the order of the axes: then the file itself must say it."""
    name, stated = relation.text("array"), relation.text("stated")
    shape = contents.shape(name)
    if shape is None or stated in contents:
        return
    field = contents.contract.fields[name]
    pattern = next((one for one in field.shapes if len(parse_pattern(one)) == len(shape)), "")
    axes = [axis.name for axis in parse_pattern(pattern)]
    sizes = bound_sizes(contents.shapes, contents.contract)
    if not axes or not all(axes) or len(set(axes)) == 1:
        return
    fitting = [order for order in dict.fromkeys(permutations(axes)) if tuple(sizes[axis] for axis in order) == shape]
    if len(fitting) > 1:
        orders = " and ".join(layout(" ".join(order)) for order in fitting)
        wanted = f"{stated} to say which, since the sizes do not"
        yield Violation(name, "axis_order", f"shape {shape}, which fits {orders}", wanted)


def whole_counts(relation: Relation, contents: Contents) -> Found:
    """A pass of its own over the elements, since the condition on it is known only when all fields are."""
    name = relation.text("array")
    content = contents.content(name)
    if content is None or content.dtype.kind != "f":
        return
    found, start = Offenders("whole_counts", "whole numbers"), 0
    for block in content.blocks():
        # What is not finite is another rule's business.
        found.add(start, block, np.isfinite(block) & (block != np.rint(block)))
        start += block.size
    yield found.violation(name, content.shape)
