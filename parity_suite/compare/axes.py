"""What the axes of a field are called, in words that a reader of a place understands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from parity_suite.core.about import About
from parity_suite.core.packs import BY_NAME, chain_of, pack_of
from parity_suite.core.stage import Field


def axis_names(stage: str, field: Field, rank: int) -> tuple[str, ...]:
    """A word for each axis of a field of a stage, empty for one that is never longer than one; nothing where the rank
    is not that of the field.
    """
    axes = field.axes_of(rank)
    stage = _last(stage)
    return field.axis_words or tuple(_words(stage, field, axes)) if axes else ()


def _words(stage: str, field: Field, axes: tuple[str, ...]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for axis in axes:
        known = pack_of(stage).axis_words.get(axis) or _usual(stage, field, axes.count(axis), axis)
        yield known[min(seen[axis], len(known) - 1)]
        seen[axis] += 1


def _usual(stage: str, field: Field, times: int, axis: str) -> tuple[str, ...]:
    """The words for an axis of which the pack says nothing: its symbol, where they do not follow from its use."""
    if axis.isdigit():
        return ("xy",) if (field.kind, axis) == ("position", "2") else ("",)
    if axis == BY_NAME[stage].items:
        return ("item",)
    return ("row", "column") if times == 2 else (axis,)


def place_in_words(stage: str, about: About, output: str, place: tuple[int, ...]) -> str:
    """``item 7, row 29, column 25`` for a place in an output of a stage, or of its gradient; the indices where the
    axes are not known.
    """
    field = field_of(stage, about, output)
    names = axis_names(stage, field, len(place)) if field else ()
    if not names:
        return str(list(place))
    words = [f"{name} {k}" if name != "xy" else "xy"[k] for name, k in zip(names, place, strict=True) if name]
    return ", ".join(words)


def field_of(stage: str, about: About, output: str) -> Field | None:
    """The field that something measured is of: what it is about or, where that is not said, the ``output`` that is
    called so; of a gradient the input that it is with respect to.
    """
    stage = _last(stage)
    if stage not in BY_NAME:
        return None
    fields = BY_NAME[stage].inputs if about.wrt else BY_NAME[stage].outputs
    name = about.wrt or about.field or output
    return next((one for one in fields if one.name == name), None)


def _last(stage: str) -> str:
    """A chain gives what its last stage gives."""
    return next(reversed(chain_of(stage)), stage)
