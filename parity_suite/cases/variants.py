"""The inputs of every stage on a case, rounded to a precision, beside what the oracle makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from parity_suite.cases.of_pack import inputs_of
from parity_suite.cases.rules import rules_of
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.core.stage import ROUNDED

Inputs = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Variant:
    """One call of a stage: its inputs, and by need the oracle's answer."""

    stage: str
    name: str
    inputs: Mapping[str, Any]

    @cached_property
    def expected(self) -> Mapping[str, Any]:
        return consult(self.stage, self.inputs)

    @property
    def terms(self) -> int:
        """How many terms round-off can accumulate over."""
        return rules_of(self.stage).terms(self.inputs)


def consult(stage: str, inputs: Mapping[str, Any], precision: str = "float64") -> Mapping[str, Any]:
    """The oracle's outputs by name; of a stage that it does not answer none that compare."""
    result = getattr(pack_of(stage).consulted(precision), stage)(**inputs)
    return {BY_NAME[stage].outputs[0].name: result} if BY_NAME[stage].single else result


def is_answered(stage: str) -> bool:
    """Whether an oracle has an answer to what may be the name of a stage, which can be compared."""
    return stage in BY_NAME and pack_of(stage).answers(stage)


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


@remembered(maxsize=2048)
def variants(context: RunContext, case: Case, stage: str, precision: str) -> tuple[Variant, ...]:
    """All variants of a stage on a case, but for those of options that it is without; ``Missing`` where the dataset
    lacks what they need.
    """
    return tuple(
        Variant(stage, name, _locked(rounded(stage, inputs, precision)))
        for name, inputs in inputs_of(context, stage, case)
        if not gives(inputs, case.without)
    )


def gives(inputs: Mapping[str, Any], options: Iterable[str]) -> bool:
    """Whether any of these options is given."""
    return any(inputs.get(option) is not None for option in options)


def _locked(inputs: Inputs) -> Inputs:
    """The same inputs, into which nobody can write what every later check would then be asked."""
    out = dict(inputs)
    for name, value in inputs.items():
        if isinstance(value, np.ndarray):
            out[name] = value.view()
            out[name].setflags(write=False)
    return out
