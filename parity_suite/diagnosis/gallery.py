"""The faults of the gallery, put into the oracle one after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_suite.compare.diagnosis import Guess
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.diagnosis.calls import CallComparison, matched
from parity_suite.ptychography.oracle import Oracle


def from_the_gallery(stage: str, held: Sequence[CallComparison], until: float, without: frozenset[str]) -> Guess | None:
    """The fault that, put into the oracle, gives what was got in every call; one that leaves the right calls alone is
    preferred. Nothing where two faults of different kinds do.
    """
    from parity_suite.faults import FAULTS, faulty
    from parity_suite.faults.fault import lacking
    from parity_suite.ptychography.faults.model_fault import ModelFault

    found: list[Guess] = []
    for fault in FAULTS.values():
        if time.process_time() > until:
            break
        fits = fault.stage == stage and fault.kind and fault.name not in without and not issubclass(fault, ModelFault)
        if not fits or fault.needs & lacking(Oracle):
            continue
        try:
            wrong = faulty(Oracle, fault)
        except ValueError:
            # A mistake beside the stage's own method, where the oracle has no place for it.
            continue
        guess = _matched(stage, held, wrong)
        if guess is not None:
            found.append(replace(guess, kind=fault.kind or Kind.FORMULA, text=fault.line().rstrip(".").lower()))
    whole = [guess for guess in found if not guess.calls] or found
    return whole[0] if len({guess.kind for guess in whole}) == 1 else None


def _matched(stage: str, held: Sequence[CallComparison], wrong: type[Any]) -> Guess | None:
    def answer(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            with np.errstate(all="ignore"):
                # A fault may write into what it is given, which the next one must find as it was.
                given = {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in inputs.items()}
                result = getattr(wrong(), stage)(**given)
        except Exception:
            return None
        return {BY_NAME[stage].outputs[0].name: result} if BY_NAME[stage].single else result

    return matched(held, answer)
