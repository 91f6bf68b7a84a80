"""Mistakes that can be made in any stage, for the stages of packs that do not make them by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.core.stage import ROUNDED, Field, Stage
from parity_suite.faults.conditional import KeepsFirst, ReadsMemory, RestartsAfterMany, WrongInAnotherThread
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need


class Accepts(Fault):
    """Takes NaN for zero, and infinity too, instead of refusing them."""

    lenient = True
    single = "that input is refused is asked by refusal alone, of one case in one precision"

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({name: _mended(value) for name, value in given.items()})


class Remembers(Fault):
    """Gives what it gave the last time that it had inputs of these shapes."""

    def __init__(self) -> None:
        self._last: dict[Any, Any] = {}

    def answer(self, ask: Ask, given: Given) -> Any:
        key = tuple(np.shape(value) if isinstance(value, np.ndarray) else repr(value) for value in given.values())
        before = self._last.get(key)
        self._last[key] = ask(given)
        return self._last[key] if before is None else before


def _mended(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return np.nan_to_num(value, nan=0.0, posinf=0.0, neginf=0.0)
    return value


class _WrongOutput(Fault):
    """A mistake in the first output."""

    change: ClassVar[Callable[[Any], Any]]

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        if not isinstance(got, dict):
            return like(type(self).change(got), got)
        first = next(iter(got))
        return {**got, first: like(type(self).change(got[first]), got[first])}


class _WrongInput(Fault):
    """A mistake in one input."""

    field: ClassVar[str]
    change: ClassVar[Callable[[Any], Any]]

    def answer(self, ask: Ask, given: Given) -> Any:
        value = given[self.field]
        return ask({**given, self.field: like(np.ascontiguousarray(type(self).change(value)), value)})


class GradientScaled(Fault):
    """Gives gradients that are a ten-thousandth too large, and right answers."""

    #: Differences of a backend in float64 are right to half of its digits, which one element among 40 million has of
    #: such a gradient; of one in float32 they would show it among a dozen.
    precision = "float64"
    single = "what a gradient is worth is asked by one law alone"

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        return (*super().doors(), "vjp")

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)

    def vjp(self, ask: Ask, given: Given) -> Any:
        right = np.asarray(ask(given))
        return (right * (1 + 1e-4)).astype(right.dtype)


def _first_for_all(array: Any) -> Any:
    return np.broadcast_to(array[:1], array.shape) if len(array) else array


def _last_blank(array: Any) -> Any:
    out = array.copy()
    out[-1:] = 0
    return out


def _off_by_item_mean(array: Any) -> Any:
    return array + array.mean(axis=0, keepdims=True) * 0.01 if len(array) else array


#: Of the first output of a stage that has items: what is done, in words and in numbers, and its kind.
_OF_ITEMS: Final = (
    ("FirstForAll", "Gives the result of the first item for all.", _first_for_all, Kind.REPEATED),
    ("LastBlank", "Leaves the last item blank.", _last_blank, Kind.DROPPED),
    ("MeanAdded", "Adds a hundredth of the mean over the batch.", _off_by_item_mean, Kind.BATCH),
)
#: The same of the first output of any stage.
_OF_OUTPUT: Final = (
    ("Scaled", "Gives a hundredth too much.", lambda array: array * 1.01, Kind.FACTOR),
    ("Mirrored", "Gives the last axis in reverse.", lambda array: np.flip(array, -1), Kind.MIRROR),
    ("Halved", "Rounds to half precision.", lambda array: array.astype(np.float16), Kind.PRECISION),
)


def make_faults(stage: Stage) -> None:
    """One fault of each family that fits a stage, named after the stage."""
    title = "".join(word.capitalize() for word in stage.name.split("_"))

    def make(name: str, base: type[Fault], doc: str, **facts: Any) -> None:
        change = facts.pop("change", None)
        body = {"__doc__": doc, "__module__": __name__, **({"change": staticmethod(change)} if change else {})}
        body |= {"field": facts.pop("field")} if "field" in facts else {}
        type(f"{title}{name}", (base,), body, stage=stage.name, **facts)

    arrays = [field for field in stage.inputs if field.is_array]
    if any(len(field.axes) > 1 for field in arrays) and not stage.random:
        make("ReadsMemory", ReadsMemory, ReadsMemory.__doc__ or "", needs=(Need.FORMS,), kind=Kind.FORM)
    if len(arrays) > 1:
        make("KeepsFirst", KeepsFirst, KeepsFirst.__doc__ or "", kind=Kind.STATE)
    if stage.items:
        make(
            "RestartsAfterMany",
            RestartsAfterMany,
            RestartsAfterMany.__doc__ or "",
            needs=(Need.CROWD,),
            kind=Kind.ORDER,
        )
    thread, why = WrongInAnotherThread, (Need.SURROUNDINGS,)
    make("WrongInAnotherThread", thread, thread.__doc__ or "", needs=why, kind=Kind.THREAD)
    if arrays:
        make("AcceptsNan", Accepts, Accepts.__doc__ or "", needs=(Need.DAMAGE,), kind=Kind.REFUSAL)
        make("Remembers", Remembers, Remembers.__doc__ or "", kind=Kind.STATE)
    if stage.differentiable:
        make("GradientScaled", GradientScaled, GradientScaled.__doc__ or "", kind=Kind.FACTOR)
    first = stage.outputs[0]
    if first.kind in ROUNDED and first.is_array:
        has_items = bool(stage.items) and first.axes[0] == stage.items
        for name, doc, change, kind in (*_OF_OUTPUT, *(_OF_ITEMS if has_items else ())):
            mirrors_items = name == "Mirrored" and first.axes[-1] == stage.items
            if not (mirrors_items or (name == "Halved" and first.kind == "complex")):
                make(name, _WrongOutput, doc, change=change, kind=kind)
    for field in stage.inputs:
        if field.kind in ROUNDED and field.is_array and not field.optional:
            for name, doc, change, kind in _of_input(stage, field):
                make(
                    f"{field.name.title().replace('_', '')}{name}",
                    _WrongInput,
                    doc,
                    change=change,
                    field=field.name,
                    kind=kind,
                )


def _of_input(stage: Stage, field: Field) -> list[tuple[str, str, Callable[[Any], Any], Kind]]:
    kind, last = Kind.MIRROR if len(field.axes) > 1 else Kind.ORDER, field.axes[-1]
    text = f"Takes {field.name} in reverse along its last axis {last}, where that order makes a difference."
    found = [("Reversed", text, lambda a: np.flip(a, -1), kind)]
    if last in stage.permuted and not any(
        last in one.axes for one in (*stage.inputs, *stage.outputs) if one is not field
    ):
        # By the stage's own word the order makes no difference, where nothing else is in that order.
        found.clear()
    if field.unit == "radian":
        found += [
            ("Negated", f"Takes {field.name} with the opposite sign.", lambda a: -a, Kind.SIGN),
            ("Degrees", f"Takes {field.name} for degrees.", np.radians, Kind.FORMULA),
        ]
    return found
