"""The data contract of what a stage returns, made from the pipeline's own description and held by the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from parity_suite.contracts import Contract, Violation, validate
from parity_suite.contracts.model import Dim, Field
from parity_suite.core import stage as stages
from parity_suite.core.packs import BY_NAME

#: A field of any shape has at most so many axes: no stage returns more.
_MOST_AXES: Final = 7
#: Kinds that are no arrays and are left to the laws: what they hold is asked there.
_NOT_HELD: Final = ("flag", "integer", "shape", "settings")


def violations_of(
    stage: stages.Stage,
    result: Mapping[str, Any],
    sizes: Mapping[str, int],
    precision: str,
    lacking: frozenset[str] = frozenset(),
) -> list[Violation]:
    """All that is wrong with what ``stage`` returned; ``sizes`` are those of the axes of its inputs, and ``lacking``
    are outputs that it does not return.
    """
    contract = returns_contract(stage.name, precision, lacking)
    bare = [
        Violation(field.name, "type", type(result[field.name]).__name__, "a NumPy array")
        for field in stage.outputs
        if field.is_array and field.name in result and not isinstance(result[field.name], np.ndarray)
    ]
    held = {name: value for name, value in result.items() if name not in {one.field for one in bare}}
    others = validate(held, contract, sizes=sizes, names=[str(name) for name in result])
    return [*bare, *(one for one in others if one.field not in {one.field for one in bare})]


@cache
def returns_contract(stage: str, precision: str, lacking: frozenset[str] = frozenset()) -> Contract:
    """The contract of a stage's outputs in this precision, but for those that are ``lacking``."""
    held = (field for field in BY_NAME[stage].outputs if field.kind not in _NOT_HELD and field.name not in lacking)
    fields = [_field(field, precision) for field in held]
    symbols = {axis for field in fields for shape in field.shapes for axis in shape.split() if not axis.isdigit()}
    return Contract(
        name=f"returns_{stage}",
        version=1,
        container="mapping",
        doc=BY_NAME[stage].doc,
        writer="a backend",
        reader="the laws",
        dims={symbol: Dim(symbol, "an axis of the pipeline") for symbol in sorted(symbols)},
        fields={field.name: field for field in fields},
    )


def _field(field: stages.Field, precision: str) -> Field:
    dtypes = _dtypes(field, precision)
    rules = () if dtypes == ("str",) or field.kind == "index" else ("finite",)
    return Field(field.name, f"of kind {field.kind}", field.unit, dtypes, _shapes(field), rules=rules)


def _shapes(field: stages.Field) -> tuple[str, ...]:
    if field.axes != ("*",):
        return (" ".join(field.axes),)
    axes = [f"{field.name}_{place}" for place in range(_MOST_AXES)]
    return tuple(" ".join(axes[:rank]) for rank in range(_MOST_AXES + 1))


def _dtypes(field: stages.Field, precision: str) -> tuple[str, ...]:
    if field.kind == "text":
        return ("str",)
    if field.kind == "index":
        return ("int32", "int64")
    if field.kind in ("position", "scalar"):
        return ("float32", "float64")
    if field.double:
        return ("float64", "int64", "float32")
    if field.kind == "real":
        return (precision,)
    return (precision, "complex64" if precision == "float32" else "complex128")
