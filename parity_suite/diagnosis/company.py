"""Answers that depend on more than the question: on what was asked before, or on who else is in the batch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import get_ident
from typing import Any

import numpy as np

from parity_suite.backends.forms import FORMS
from parity_suite.backends.subject import Call
from parity_suite.cases.variants import along, is_answered
from parity_suite.compare.diagnosis import Guess
from parity_suite.compare.diagnosis.output import distance
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.diagnosis.calls import CallComparison, fingerprint, outputs_of


def changing(stage: str, calls: Sequence[Call]) -> Guess | None:
    """Two answers to one question."""
    answers: dict[bytes, tuple[bytes, Call]] = {}
    for call in calls:
        if call.stage != stage or call.result is None:
            continue
        asked, whole = fingerprint(call, result=False), fingerprint(call)
        before, first = answers.setdefault(asked, (whole, call))
        if before != whole:
            if BY_NAME[stage].random and first.form == call.form:
                return Guess(Kind.SEED, "two answers to one question: the seed is not kept to", -1)
            if _differ(first.result, call.result):
                return _unset(first, call) or (_of_two(first, call) if _is_one_right(first, call) else None)
    return None


def _is_one_right(*calls: Call) -> bool:
    """Whether one of two answers is what the oracle has: what is wrong in both is another mistake, and unsteady."""
    held = [outputs_of(call) for call in calls] if is_answered(calls[0].stage) else []
    return not any(held) or any(one and not any(o.differs for o in one.values()) for one in held)


def _unset(first: Call, other: Call) -> Guess | None:
    """Answers that are right, and the same, but where nothing is wanted."""
    if not is_answered(first.stage):
        return None
    one, two = outputs_of(first), outputs_of(other)
    if not one or not two:
        return None
    found = (*one.values(), *two.values())
    if not any(output.differs for output in found):
        return None
    for output in found:
        lit = output.want != 0
        image = output.want.dtype.kind in "fc" and output.want.ndim and output.got.shape == lit.shape
        if output.differs and not (image and distance(np.where(lit, output.got, 0), output.want) <= output.budget):
            return None
    return Guess(Kind.UNSET, "two answers to one question, which differ where nothing is wanted: it is not set", -1)


def _of_two(first: Call, other: Call) -> Guess:
    """What two different answers to one question depend on."""
    kept = Guess(Kind.STATE, "two answers to one question: something is kept from call to call", -1)
    if (first.form, first.thread) == (other.form, other.thread):
        return kept
    # Whatever else the two have apart, the second was asked after the first.
    one, two = (_fresh(call.stage, call, call.inputs) for call in (first, other))
    if one is not None and two is not None and not _differ(one, two):
        return kept
    if first.form != other.form:
        return Guess(Kind.FORM, f"two answers to one question: arrays are misread {other.form or first.form}", -1)
    return Guess(Kind.THREAD, "two answers to one question: another in another thread", -1)


def _differ(answer: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two answers to a question differ by more than the order of a sum makes."""
    for name, first in answer.items():
        one, two = np.asarray(first), np.asarray(other[name])
        if one.dtype.kind not in "fc" or one.shape != two.shape:
            if not np.array_equal(one, two):
                return True
        elif np.abs(one - two).max(initial=0.0) > 1e-4 * np.abs(one).max(initial=0.0):
            return True
    return False


def remembering(stage: str, held: Sequence[CallComparison], until: float) -> Guess | None:
    """A fresh instance that gives the right answer to a question that was answered wrongly."""
    wrong = next(one for one in held if one.differs)
    if time.process_time() > until or not _right(wrong, _fresh(stage, wrong.call, wrong.call.inputs)):
        return None
    kept = Guess(Kind.STATE, "a fresh instance answers rightly: something is kept from call to call", -1)
    made = Guess(Kind.MADE_FOR, "wrong for another batch size than the first: it is made for that one", -1)
    after = {_after_another(stage, one, until) for one in held if one.differs} - {None}
    if after == {Kind.MADE_FOR}:
        return made
    # One item alone has no other batch of its size.
    return replace(kept, others=(Kind.MADE_FOR,)) if not after else kept


def _after_another(stage: str, wrong: CallComparison, until: float) -> Kind | None:
    """What is wrong after a batch of another size, and right after another batch of its own, is made for a size."""
    given, arrays = wrong.call.inputs, [field for field in BY_NAME[stage].inputs if field.is_array]
    axis = BY_NAME[stage].batch_axis
    items = min((len(given[field.name]) for field in arrays if field.axes[:1] == (axis,)), default=0)
    if items < _TWO or time.process_time() > until:
        return None
    fewer, turned = (along(given, stage, axis, one) for one in (slice(0, 1), slice(None, None, -1)))
    one, other = (_right(wrong, _fresh(stage, wrong.call, given, before=before)) for before in (fewer, turned))
    return Kind.MADE_FOR if other and not one else Kind.STATE


def crowded(stage: str, held: Sequence[CallComparison], until: float) -> Guess | None:
    """Items that are right one by one, and wrong together."""
    wrong = next(one for one in held if one.differs)
    axis, axes = BY_NAME[stage].batch_axis, [field.axes for field in BY_NAME[stage].outputs]
    count = next(iter(wrong.outputs.values())).want.shape[:1]
    if any(one[:1] != (axis,) for one in axes) or not 1 < count[0] <= _ITEMS:
        return None
    parts = []
    for k in range(count[0]):
        part = _fresh(stage, wrong.call, along(wrong.call.inputs, stage, axis, slice(k, k + 1)))
        if part is None or time.process_time() > until:
            return None
        parts.append(part)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not _right(wrong, joined):
        return None
    return Guess(Kind.BATCH, "items that are right one by one are wrong together", -1)


#: Fewer have no other size that is not empty.
_TWO = 2
#: More are not asked one by one.
_ITEMS = 8


def _fresh(
    stage: str, call: Call, inputs: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> Mapping[str, Any] | None:
    """The answer of an instance that was asked nothing before, or one question alone, with arrays in the form of the
    call and from another thread where that was.
    """
    instance = call.subject.fresh()

    def ask() -> Any:
        for asked in filter(None, (before, inputs)):
            given = {
                n: FORMS[call.form](value) if isinstance(value, np.ndarray) else value for n, value in asked.items()
            }
            result = getattr(instance, stage)(**given)
        return result

    try:
        if call.thread in (0, get_ident()):
            result = ask()
        else:
            with ThreadPoolExecutor(1) as another:
                result = another.submit(ask).result()
    except Exception:
        return None
    return {BY_NAME[stage].outputs[0].name: result} if BY_NAME[stage].single else result


def _right(held: CallComparison, answer: Mapping[str, Any] | None) -> bool:
    """Whether another answer to the same question is what was wanted."""
    if answer is None:
        return False
    outputs = held.outputs.items()
    return all(n in answer and distance(np.asarray(answer[n]), o.want) <= o.budget for n, o in outputs)
