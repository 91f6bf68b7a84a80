"""Wrong declarations: what a function gives is right as soon as one of its conventions is another one."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from parity_suite.backends.adapted import Adapted
from parity_suite.backends.outside import kept_outside
from parity_suite.backends.subject import Call, by_name
from parity_suite.backends.troubles import Outputs
from parity_suite.cases.variants import Variant, is_answered
from parity_suite.compare.diagnosis import Guess
from parity_suite.compare.judge import measure
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.diagnosis.calls import fingerprint, size_of
from parity_suite.laws.outputs import compare

#: Wrong calls that another convention has to mend, the smallest ones.
_WRONG: Final = 4


def misdeclared(stage: str, calls: Sequence[Call], until: float) -> Guess | None:
    """The one convention of an adapted function that makes every wrong call right."""
    known = {call.subject.cls for call in calls if call.stage == stage}
    adapted = {cls: inspect.getattr_static(cls, stage, None) for cls in known}
    if not is_answered(stage) or not any(isinstance(one, Adapted) for one in adapted.values()):
        return None
    wrong = list(_wrong(stage, calls, until))
    for cls in {call.subject.cls for call in wrong}:
        one = adapted[cls]
        for text, other in one.otherwise() if isinstance(one, Adapted) else ():
            changed = type(cls.__name__, (cls,), {stage: other})
            if time.process_time() < until and all(_is_right(call, _asked(changed, call)) for call in wrong):
                return Guess(Kind.DECLARED, text, -1)
    return None


def _wrong(stage: str, calls: Sequence[Call], until: float) -> Iterator[Call]:
    """The smallest calls that were wrong, or failed, each once."""
    seen: set[bytes] = set()
    for call in sorted((one for one in calls if one.stage == stage), key=lambda one: size_of(one.inputs)):
        key = fingerprint(call, result=False)
        if len(seen) < _WRONG and key not in seen and time.process_time() < until and not _is_right(call, call.result):
            seen.add(key)
            yield call


def _asked(cls: type[Any], call: Call) -> Any:
    try:
        backend = kept_outside(cls(**call.subject.keywords))
        result = getattr(backend, call.stage)(**call.subject.without_options(call.stage, call.inputs))
        return by_name(BY_NAME[call.stage], result, call.subject.limits.lacking(call.stage))
    except Exception:
        # Under this convention it is wrong too.
        return None


def _is_right(call: Call, result: Any) -> bool:
    """Whether a result is what the oracle has."""
    if not isinstance(result, Mapping):
        return False
    variant, outputs = Variant(call.stage, "asked", call.inputs), Outputs(result)
    outputs.lack({name: KeyError(name) for name in call.subject.limits.lacking(call.stage)})
    try:
        outcomes = list(compare(variant, outputs, variant.expected))
        measured = measure(call.stage, "oracle", call.subject.precision, outcomes)
    except Exception:
        # Of no shape that could be compared.
        return False
    return 0 < len(measured) == len(outcomes) and all(one.within for one in measured)
