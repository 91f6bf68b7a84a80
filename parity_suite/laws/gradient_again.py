"""The law of a gradient asked again: no question before, no form of an array, no thread and no zero spoils it, and it
spoils nothing that it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.generators import moved_generators
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import Subject
from parity_suite.cases.questions import is_question
from parity_suite.cases.variants import Variant, along, numbers_moved, variants
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Bound, Deviation, Outcome, deviation, exactly, meaning, with_about
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field
from parity_suite.laws.algebra import generic_vector
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.registry import law

#: The same numbers are summed again, in what may be another order: half of the digits stay.
_ORIGIN: Final = "half of the digits"
_MOVED: Final = "of items in another order"
_BESIDE: Final = "beside other shared inputs"


@law(stages=lambda stage: bool(stage.differentiable), cases="single", needs=("vjp",))
def gradient_again(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A gradient asked again, of arrays in another form, from another thread, is the same, of items in another order in
    that order, and beside other values of what all items share that of a new instance; where arrays are zero it is
    finite, the same of what is linear, and zero of a cotangent of zeros; and what it is given or gave before, the
    global random generators and what is set for the whole process stay as they were.
    """
    withheld: NotProvided | None = None
    # Of the objective each costs as much as a step of training.
    variant = variants(subject.context, case, stage, subject.rounding)[0]
    for output, wrt in BY_NAME[stage].differentiable:
        try:
            yield from as_far_as_it_goes(subject, _again(subject, variant, output, wrt))
        except NotProvided as reason:
            withheld = withheld or reason
    if withheld is not None:
        raise withheld


def _again(subject: Subject, variant: Variant, output: str, wrt: str) -> Iterator[Outcome]:
    label, inputs = f"d {output} / d {wrt} ({variant.name})", variant.inputs
    cotangent = _cotangent(subject, variant, output)
    ask = partial(_vjp, subject, variant.stage, inputs, output, wrt, cotangent)
    held = np.asarray(own_vjp(subject, variant.stage, inputs, output, wrt, cotangent, ""))
    first = held.copy()
    with ThreadPoolExecutor(1) as thread:
        there = thread.submit(ask).result()
    again = {"in another thread": there}
    for form in ("", "in Fortran order", "strided", "read-only"):
        again[form or "asked again"] = ask(form)
    wanted = dict.fromkeys(again, first)
    if moved := _in_another_order(variant, output, wrt, cotangent):
        others, turned, of_items = moved
        again[_MOVED], wanted[_MOVED] = _vjp(subject, variant.stage, others, output, wrt, turned), of_items(first)
    if shared := _beside_others(subject, variant):
        again[_BESIDE] = _vjp(subject, variant.stage, shared, output, wrt, cotangent)
        wanted[_BESIDE] = own_vjp(subject, variant.stage, shared, output, wrt, cotangent, instance=subject.fresh())
    for how, got in again.items():
        found = deviation(f"{label}, {how}", got, wanted[how])
        if isinstance(found, Deviation):
            found = Bound(found.output, found.error, EPS[subject.precision] ** 0.5, _ORIGIN)
        if how == _BESIDE:
            found = meaning(Kind.STATE, found)
        yield with_about(found, field=output, wrt=wrt, variant=variant.name)
    changed = int(np.sum((held != first) & ~(np.isnan(held) & np.isnan(first))))
    found = meaning(Kind.STATE, exactly(f"{label}: changed once it was handed out", changed, 0))
    yield with_about(found, field=output, wrt=wrt, variant=variant.name)
    if (output, wrt) == BY_NAME[variant.stage].differentiable[0]:
        # What a gradient sets for all, each sets.
        yield from _left_alone(ask, label)
    nothing = _vjp(subject, variant.stage, inputs, output, wrt, np.zeros_like(cotangent))
    found = exactly(f"{label}, of a cotangent of zeros: not zero", int(np.sum(nothing != 0)), 0)
    yield with_about(found, field=output, wrt=wrt, variant=variant.name)
    for zeros in _with_zeros(subject.context, variant, wrt):
        if not is_question(subject, zeros):
            continue
        got = _vjp(subject, variant.stage, zeros.inputs, output, wrt, cotangent)
        found = exactly(f"{label}, {zeros.name}: not finite", int(np.sum(~np.isfinite(got))), 0)
        yield with_about(found, field=output, wrt=wrt, variant=variant.name)
        if wrt in BY_NAME[variant.stage].linear_in:
            # Of what is linear the gradient is the same wherever it is taken.
            found = deviation(f"{label}, {zeros.name}", got, first)
            if isinstance(found, Deviation):
                found = Bound(found.output, found.error, EPS[subject.precision] ** 0.5, _ORIGIN)
            yield with_about(found, field=output, wrt=wrt, variant=variant.name)


def _in_another_order(
    variant: Variant, output: str, wrt: str, cotangent: Array
) -> tuple[dict[str, Any], Array, Callable[[Array], Array]] | None:
    """Inputs and cotangent of the same shapes with the items one place on, so that neither what was kept of the first
    ones nor what depends on the place of an item gives the same; and what that makes of the gradient. None where a
    stage has no items, or one.
    """
    stage = BY_NAME[variant.stage]
    count = stage.sizes_of(variant.inputs).get(stage.items, 0)
    if count < 2:
        return None
    pick = np.roll(np.arange(count), 1)

    def of_items(array: Array, field: Field) -> Array:
        axes = field.axes_of(array.ndim)
        return np.take(array, pick, axes.index(stage.items)) if stage.items in axes else array

    given = next(field for field in stage.outputs if field.name == output)
    moved = along(variant.inputs, stage.name, stage.items, pick)
    return moved, of_items(cotangent, given), lambda gradient: of_items(gradient, stage.input(wrt))


def _beside_others(subject: Subject, variant: Variant) -> dict[str, Any]:
    """Inputs of the same shapes in which all numbers but those of items are others, what is differentiated among them:
    arrays one place on, and scalars a quarter more. Empty where there are none, or where they may not be others; in the
    precision that comes first, since what is kept is so in any.
    """
    items = BY_NAME[variant.stage].items
    others: dict[str, Any] = {name: 1.25 * v for name, v in variant.inputs.items() if isinstance(v, float)}
    others |= numbers_moved(variant, but=items)
    if not others or subject.precision != subject.capabilities.precisions[0]:
        return {}
    asked = variant.another("other shared inputs", {**variant.inputs, **others})
    return dict(asked.inputs) if is_question(subject, asked) else {}


def _left_alone(ask: Callable[[], Any], label: str) -> Iterator[Outcome]:
    """What asking changes of that which is everybody's."""
    with moved_generators() as moved, changed_settings() as changed:
        ask()
    left = lasting(changed, ask)
    for what, those in (("global generators moved", moved), ("settings of the process changed", left)):
        yield meaning(Kind.STATE, exactly(f"{what}, {label}", ", ".join(those), ""))


def _cotangent(subject: Subject, variant: Variant, output: str) -> Any:
    like = np.asarray(subject(variant.stage, variant.inputs)[output])
    vector = generic_vector(like.shape, np.iscomplexobj(like)) if like.ndim else np.float64(1.7)
    return vector.astype(np.result_type(subject.rounding, np.asarray(vector).dtype.kind + "8"))


def _vjp(
    subject: Subject, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any, form: str = ""
) -> Array:
    return np.array(own_vjp(subject, stage, inputs, output, wrt, cotangent, form))


@remembered(maxsize=256)
def _with_zeros(_: RunContext, variant: Variant, wrt: str) -> tuple[Variant, ...]:
    """What is differentiated is zero in its first item, then everywhere."""
    value = variant.inputs[wrt]
    if not isinstance(value, np.ndarray) or not value.size:
        return ()
    first = value.copy()
    first[:1] = 0
    both = (("the first zero", first), ("all zero", np.zeros_like(value)))
    return tuple(variant.another(what, {**variant.inputs, wrt: zeros}) for what, zeros in both)
