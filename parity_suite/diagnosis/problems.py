"""Mistakes that need no comparison: a broken contract, a crash, and laws that mean one mistake alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.raised import lines_of_user
from parity_suite.backends.subject import Call
from parity_suite.cases.answers import consult
from parity_suite.cases.variants import is_answered
from parity_suite.compare.deviation import BrokenRule, Outcome
from parity_suite.compare.diagnosis import Guess
from parity_suite.core.kinds import Kind
from parity_suite.laws.registry import law_modules, traits_of

_RULES: Final = {
    "dtype": Kind.DTYPE,
    "byte_order": Kind.DTYPE,
    "type": Kind.DTYPE,
    "finite": Kind.NAN,
    "required": Kind.NAME,
    "rank": Kind.SHAPE,
    "shape": Kind.SHAPE,
    "axis_order": Kind.SHAPE,
    "size": Kind.SHAPE,
    "in place": Kind.IN_PLACE,
}


def of_breach(breach: ContractBreach) -> Guess | None:
    """The kind of the first rule that is broken."""
    kind = next((_RULES[one.rule] for one in breach.rules if one.rule in _RULES), None)
    if kind is None:
        return None
    words = " ".join(str(breach).split())
    if kind is Kind.SHAPE and breach.call and (short := _cut_short(breach.call)):
        return Guess(Kind.DROPPED, short, -1)
    return Guess(kind, words, -1)


def _cut_short(call: Call) -> str:
    """Items that are missing at the end of an answer, the others being right."""
    if not isinstance(call.result, Mapping):
        return ""
    try:
        wanted = consult(call.stage, {**call.inputs, **dict(call.subject.conventions(call.stage))})
    except Exception:
        return ""
    for name, value in wanted.items():
        got, want = np.asarray(call.result.get(name)), np.asarray(value)
        if got.ndim == want.ndim and got.ndim and 0 < len(got) < len(want) and got.shape[1:] == want.shape[1:]:
            close = np.allclose(got, want[: len(got)], rtol=1e-3, atol=1e-3 * float(np.abs(want).max()))
            if close:
                return f"the last {len(want) - len(got)} of {len(want)} items are missing, and the others are right"
    return ""


def of_crash(problem: BaseException, calls: Sequence[Call], classes: Sequence[type]) -> Guess | None:
    """An exception that came out of a call of a stage, with the sizes that it came for; or out of the classes of the
    backends in another way, and not out of the law, its cases or NumPy.
    """
    call = next((one for one in calls if one.error is problem), None)
    if call is None:
        of_backend = lines_of_user(problem, classes, law_modules())
        return Guess(Kind.CRASH, f"{type(problem).__name__} out of the backend", -1) if of_backend else None
    sizes = ", ".join(f"{n} {v.shape}" for n, v in call.inputs.items() if isinstance(v, np.ndarray))
    return Guess(Kind.CRASH, f"{type(problem).__name__} for {sizes or 'these inputs'}", -1)


def by_definition(stage: str, law: str, outcomes: Sequence[Outcome], failed: Collection[str]) -> Guess | None:
    """What a law says by its own meaning, or all of its comparisons that ``failed``, which are outputs by name."""
    means = {one.output: one.means for one in outcomes if not isinstance(one, BrokenRule)}
    kinds = {means.get(output) for output in failed}
    if not any(isinstance(one, BrokenRule) for one in outcomes) and len(kinds) == 1 and (only := kinds.pop()):
        return Guess(only, str(only), -1)
    said = traits_of(law)
    if said.means is None or not outcomes:
        return None
    kind, text = said.means
    if said.by_rules and not any(isinstance(one, BrokenRule) for one in outcomes):
        return None
    if said.without_oracle and is_answered(stage):
        return None
    return Guess(kind, text, -1)
