"""The faults of the gallery, put into the oracle one after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_suite.compare.diagnosis import Guess
from parity_suite.core.kinds import Kind
from parity_suite.core.pack import member
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.diagnosis.calls import CallComparison, matched


def from_the_gallery(stage: str, held: Sequence[CallComparison], until: float, without: frozenset[str]) -> Guess | None:
    """The fault that, put into the oracle of the stage's pack, gives what was got in every call; one that leaves the
    right calls alone is preferred. Nothing where two faults of different kinds do.
    """
    from parity_suite.faults import FAULTS, faulty

    if not pack_of(stage).oracle:
        # Who stands in for one is a backend, which may keep what a fault makes of it.
        return None
    oracle = member(pack_of(stage).oracle)
    found: list[Guess] = []
    for fault in FAULTS.values():
        if time.process_time() > until:
            break
        if fault.stage != stage or not fault.kind or fault.name in without:
            continue
        try:
            wrong = faulty(oracle, fault)
        except ValueError:
            # The oracle has no place for it.
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
