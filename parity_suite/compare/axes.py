"""What the axes of a field are called, in words that a reader of a place understands."""

from __future__ import annotations

from typing import Final

from parity_suite.core.about import About
from parity_suite.core.packs import BY_NAME, chain_of
from parity_suite.core.stage import Field

_WORDS: Final = {
    "B": "item",
    "G": "item",
    "K": "item",
    "M": "item",
    "S": "step",
    "P": "mode",
    "C": "channel",
    "H": "row",
    "W": "column",
    "2": "xy",
    "1": "",
}
#: Fields of any shape, by stage and number of axes.
_ANY: Final = {
    ("layout", 4): ("item", "row", "column", "channel"),
    ("layout", 6): ("item", "grid row", "grid column", "row", "column", ""),
    ("reassemble", 2): ("row", "column"),
    ("reassemble", 3): ("item", "row", "column"),
}


def axis_names(stage: str, field: Field, rank: int) -> tuple[str, ...]:
    """A word for each axis of a field of a stage, empty for one that is never longer than one; nothing where the rank
    is not that of the field.
    """
    if field.axes == ("*",):
        return _ANY.get((stage, rank), ())
    if len(field.axes) != rank:
        return ()
    names, seen = [], 0
    for axis in field.axes:
        if axis == "N":
            names.append("column" if seen else "row")
            seen += 1
        else:
            names.append(_WORDS.get(axis, "weight" if field.axes == ("W",) else ""))
    return tuple(names) if field.axes != ("W",) else ("weight",)


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
    # A chain gives what its last stage gives.
    stage = next(reversed(chain_of(stage)), stage)
    if stage not in BY_NAME:
        return None
    fields = BY_NAME[stage].inputs if about.wrt else BY_NAME[stage].outputs
    name = about.wrt or about.field or output
    return next((one for one in fields if one.name == name), None)
