"""The inputs of every stage on a case, rounded to a precision, beside what the oracle makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from parity_suite.cases.answers import consult
from parity_suite.cases.of_pack import inputs_of
from parity_suite.cases.reference import standing_in
from parity_suite.cases.rules import rules_of
from parity_suite.core.case import Case, Conventions
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.core.stage import ROUNDED

Inputs = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Variant:
    """One call of a stage: its inputs, and by need the oracle's answer under the conventions of who is asked."""

    stage: str
    name: str
    inputs: Mapping[str, Any]
    #: those that are not the default
    conventions: Conventions = ()

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the oracle, and whatever else knows the right answer, is given: inputs and conventions by name."""
        return {**self.inputs, **dict(self.conventions)}

    @property
    def expected(self) -> Mapping[str, Any]:
        # Another pair has another reference.
        return consult(self.stage, self.arguments) if standing_in(self.stage) else self._by_oracle

    @cached_property
    def _by_oracle(self) -> Mapping[str, Any]:
        return consult(self.stage, self.arguments)

    def another(self, name: str, inputs: Mapping[str, Any]) -> Variant:
        """Another call, of whom this one is asked."""
        return Variant(self.stage, name, inputs, self.conventions)

    @property
    def terms(self) -> int:
        """How many terms round-off can accumulate over."""
        return rules_of(self.stage).terms(self.inputs)


def is_answered(stage: str) -> bool:
    """Whether an oracle, or who stands in for one, has an answer to what may be the name of a stage, which can be
    compared.
    """
    return stage in BY_NAME and (pack_of(stage).answers(stage) or standing_in(stage) is not None)


def rounded(stage: str, inputs: Mapping[str, Any], precision: str) -> Inputs:
    """The inputs as the precision can hold them, which is what backend and oracle are both fed."""
    out = dict(inputs)
    for field in BY_NAME[stage].inputs:
        value = out.get(field.name)
        if isinstance(value, np.ndarray) and field.kind in ROUNDED and not field.double:
            kind = "c" if value.dtype.kind == "c" else "f"
            out[field.name] = value.astype(_DTYPE[precision, kind])
    return out


_DTYPE: Final = {
    ("float32", "c"): np.complex64,
    ("float32", "f"): np.float32,
    ("float64", "c"): np.complex128,
    ("float64", "f"): np.float64,
}


def variants(
    context: RunContext, case: Case, stage: str, precision: str, *, in_part: bool = True
) -> tuple[Variant, ...]:
    """All variants of a stage on a case that it takes, of their items and modes as many as it takes unless they are not
    to be asked ``in_part``; ``Missing`` where the dataset lacks what they need, and what the case raises where it takes
    none.
    """
    every = _variants(context, case.whole, stage, precision)
    if in_part:
        every = tuple(_part(context, one, tuple(case.parts(stage, one.inputs).items())) for one in every)
    every = tuple(under(context, one, case.conventions) for one in every)
    found = tuple(one for one in every if case.takes(stage, one.inputs))
    for one in every if not found else ():
        case.require(stage, one.inputs)
    return found


@remembered(maxsize=2048)
def under(_: RunContext, variant: Variant, conventions: Conventions) -> Variant:
    """The same call of who has these conventions."""
    return variant if conventions == variant.conventions else replace(variant, conventions=conventions)


@remembered(maxsize=2048)
def _part(_: RunContext, variant: Variant, counts: tuple[tuple[str, int], ...]) -> Variant:
    """The first of a variant along axes."""
    if not counts:
        return variant
    inputs = dict(variant.inputs)
    for axis, count in counts:
        inputs = along(inputs, variant.stage, axis, slice(0, count))
    return Variant(variant.stage, variant.name, _locked(inputs))


@remembered(maxsize=2048)
def _variants(context: RunContext, case: Case, stage: str, precision: str) -> tuple[Variant, ...]:
    return tuple(
        Variant(stage, name, _locked(rounded(stage, inputs, precision)))
        for name, inputs in inputs_of(context, stage, case)
    )


def _locked(inputs: Inputs) -> Inputs:
    """The same inputs, into which nobody can write what every later check would then be asked."""
    out = dict(inputs)
    for name, value in inputs.items():
        if isinstance(value, np.ndarray):
            out[name] = value.view()
            out[name].setflags(write=False)
    return out


def along(inputs: Mapping[str, Any], stage: str, axis: str, pick: Any) -> dict[str, Any]:
    """The inputs with ``pick`` (a slice or indices) taken along an axis of every field that has it."""
    out = dict(inputs)
    for field in BY_NAME[stage].inputs:
        value = out.get(field.name)
        if isinstance(value, np.ndarray) and axis in (axes := field.axes_of(value.ndim)):
            out[field.name] = np.ascontiguousarray(value[index_along(axes.index(axis), pick)])
    return out


def numbers_moved(variant: Variant, but: str = "") -> dict[str, Any]:
    """The real and complex arrays with their numbers one place on, those aside that have the axis ``but``, and those in
    which that changes nothing.
    """
    moved = {}
    for field in BY_NAME[variant.stage].inputs:
        value = variant.inputs.get(field.name)
        if isinstance(value, np.ndarray) and value.dtype.kind in "fc" and value.size:
            axes = field.axes_of(value.ndim)
            other = np.roll(value, 1, axis=-1 if value.shape[-1] > 1 else int(np.argmax(value.shape)))
            if axes and but not in axes and not np.array_equal(other, value):
                moved[field.name] = other
    return moved


def index_along(axis: int, pick: Any) -> tuple[Any, ...]:
    """What takes ``pick`` along an axis."""
    return (*(slice(None),) * axis, pick)
