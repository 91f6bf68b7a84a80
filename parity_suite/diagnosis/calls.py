"""The calls of a stage that a law made, beside what the oracle makes of their inputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Call
from parity_suite.cases.variants import Variant
from parity_suite.compare.axes import axis_names
from parity_suite.compare.budgets import budget_for
from parity_suite.compare.diagnosis import Guess, Output, explained_by
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.core.stage import Field
from parity_suite.laws.coordinates import eps_factor_of
from parity_suite.laws.outputs import is_exact, magnitudes

#: Calls that are looked at: so many that differ, and so many that do not.
_WRONG: Final = 6
_RIGHT: Final = 4
#: Inputs of more bytes are not given to the oracle once for each candidate.
_MOST: Final = 2**24
#: Inputs of so many bytes are looked at beside the smallest ones, which too many mistakes may explain.
_TELLING: Final = 2**15


@dataclass(frozen=True, eq=False)
class CallComparison:
    """One call that gave something, held to the oracle."""

    call: Call
    outputs: Mapping[str, Output]

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the oracle is given: the inputs, and the conventions of who was asked."""
        return {**self.call.inputs, **dict(self.call.subject.conventions(self.call.stage))}

    @property
    def differs(self) -> bool:
        return any(one.differs for one in self.outputs.values())


def hold(calls: Sequence[Call], stage: str, until: float) -> list[CallComparison]:
    """Small calls of a stage, different from each other, until a time; those that differ come first."""
    wrong: list[CallComparison] = []
    right: list[CallComparison] = []
    seen: set[bytes] = set()
    for call in _in_turn([one for one in calls if one.stage == stage and one.result is not None]):
        if time.process_time() > until:
            continue
        key = fingerprint(call)
        if key in seen:
            continue
        seen.add(key)
        if len(wrong) >= _WRONG or (wrong and len(right) >= _RIGHT):
            break
        outputs = outputs_of(call)
        if outputs is None:
            continue
        held = CallComparison(call, outputs)
        (wrong if held.differs else right).append(held)
    return [*sorted(wrong[:_WRONG], key=lambda one: size_of(one.call.inputs)), *right[:_RIGHT]]


def _in_turn(calls: Sequence[Call]) -> Iterator[Call]:
    """The smallest and the largest of the small ones in turn, and then what is larger."""
    ordered = sorted((one for one in calls if size_of(one.inputs) <= _MOST), key=lambda one: size_of(one.inputs))
    small = [one for one in ordered if size_of(one.inputs) <= _TELLING]
    for one, other in zip(small, reversed(small), strict=True):
        yield one
        yield other
    yield from ordered[len(small) :]


def fingerprint(call: Call, result: bool = True) -> bytes:
    """What tells two calls apart: who was asked, what, and what came of it."""
    parts = [repr((call.subject, call.stage)).encode()]
    for given in (call.inputs, call.result if result else {}):
        for name, value in sorted(given.items()):
            if isinstance(value, np.ndarray):
                parts += [f"{name}{value.shape}{value.dtype}".encode(), value.tobytes()]
            else:
                parts.append(f"{name}{value!r}".encode())
    return b"|".join(parts)


def size_of(inputs: Mapping[str, Any]) -> int:
    return sum(getattr(value, "nbytes", 0) for value in inputs.values())


def outputs_of(call: Call) -> dict[str, Output] | None:
    """What was got and wanted; None where the inputs are none that the oracle takes, or the output has another form."""
    stage = BY_NAME[call.stage]
    variant = Variant(call.stage, "heard", call.inputs, call.subject.conventions(call.stage))
    try:
        wanted = variant.expected
        sizes = magnitudes(variant)
    except Exception:
        return None
    if not isinstance(call.result, Mapping):
        return None
    numbers = numbers_of(call.stage, call.inputs)
    out: dict[str, Output] = {}
    lacking = call.subject.limits.lacking(call.stage)
    for field in (one for one in stage.outputs if one.name not in lacking):
        if field.name not in call.result:
            return None
        want = np.asarray(wanted[field.name])
        out[field.name] = Output(
            field.name,
            np.asarray(call.result[field.name]),
            want,
            axis_names(call.stage, field, want.ndim),
            _allowed(call, variant.terms, field),
            sizes.get(field.name),
            numbers,
        )
    return out


def _allowed(call: Call, terms: int, field: Field) -> float:
    if is_exact(BY_NAME[call.stage], field):
        return 0.0
    precision = call.subject.precision
    coarse = eps_factor_of(call.subject, call.stage, call.inputs)
    return budget_for(call.stage, "oracle", precision).allowed(terms) * coarse


def numbers_of(stage: str, inputs: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a call that a wrong factor may be made of: scalars, the number of items, the side of what is
    square and the pixels in it, and sizes that the pack has a word for.
    """
    out: dict[str, float] = {}
    known = BY_NAME[stage]
    fields = (*known.inputs, *known.outputs)
    square = {one for field in fields for one in field.axes if field.axes.count(one) == 2 and not one.isdigit()}
    words = dict.fromkeys([known.items], "batch") | {axis: axis for axis in square} | dict(pack_of(stage).size_words)
    for field in known.inputs:
        value = inputs.get(field.name)
        if field.kind == "scalar" and isinstance(value, int | float | np.floating):
            out[field.name] = float(value)
        if field.size_of and value is not None:
            out[field.size_of] = float(value)
        if not isinstance(value, np.ndarray) or len(field.axes) != value.ndim:
            continue
        for axis, length in zip(field.axes, value.shape, strict=True):
            if axis in words and length:
                out.setdefault(words[axis], float(length))
    for side in sorted(square & set(out))[:1]:
        out["pixels"] = out[side] ** 2
        out["values"] = out[side] ** 2 * out.get("channels", 1.0)
    return out


def matched(
    held: Sequence[CallComparison], answer: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
) -> Guess | None:
    """Whether an answer is what was got in every call that differs; ``calls`` says so where it is not in the others."""
    wrong = [one for one in held if one.differs]
    guess = explained_by([one.outputs for one in wrong], lambda k: answer(wrong[k].arguments))
    if guess is None:
        return None
    right = [one for one in held if not one.differs]
    for one in right:
        given = answer(one.arguments)
        if given is not None and any(o.left(given[n]) > o.budget for n, o in one.outputs.items() if n in given):
            return replace(guess, calls=f", in {len(wrong)} of {len(held)} calls")
    return guess
