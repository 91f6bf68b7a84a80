"""What becomes of the stages of an instance that holds a model, and of its model when they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.backends.troubles import Troubles
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import cases_of
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import Outcome, exactly
from parity_suite.core.case import Case
from parity_suite.core.packs import pack_of
from parity_suite.laws.refusals import refuses
from parity_suite.laws.surroundings import are_alike
from parity_suite.ptychography.lessons import lesson


def asked_beside_a_model(subject: Subject, case: Case, instance: Any) -> Iterator[Outcome]:
    """Every other stage of an ``instance`` that holds a model of a lesson: what one without a model answers."""
    without = subject.fresh()
    wrong = []
    for stage, inputs in _questions(subject, case):
        # What fails or breaks a contract by itself, or answers now this and now that, its own checks tell.
        with subject.context.part(Troubles).noted(), suppress(NotProvided, Missing, *FAILURES):
            got, want = (_answer(subject, stage, inputs, one) for one in (instance, without))
            if not are_alike(got, want) and are_alike(_answer(subject, stage, inputs, without), want):
                wrong.append(stage)
    yield exactly("what answers otherwise where a model is held", ", ".join(dict.fromkeys(wrong)), "")


def _answer(subject: Subject, stage: str, inputs: Mapping[str, Any], instance: Any) -> dict[str, Any]:
    return {name: np.array(value) for name, value in subject(stage, inputs, instance=instance).items()}


def refused_beside_a_model(subject: Subject, amplitude: Any, instance: Any) -> None:
    """An inference of an ``instance`` that is refused."""
    damaged = amplitude.copy()
    damaged.flat[damaged.size // 2] = np.nan
    refuses(subject, "infer", "amplitude", {"amplitude": damaged, "batch": None}, instance)


def _questions(subject: Subject, case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    pack = pack_of("infer")
    for stage in pack.stages:
        if not stage.of_model and subject.provides(stage.name):
            for other in cases_of(pack, "single"):
                with suppress(NotProvided, Missing):
                    for variant in variants(subject.context, other, stage.name, subject.rounding):
                        yield stage.name, dict(variant.inputs)
    # Of the very sizes of the model, and of none of its numbers.
    if subject.provides("network") and not hasattr(subject.cls, "initial_weights"):
        given = lesson(subject.context, case)
        inputs = given.inputs(subject.rounding)
        yield (
            "network",
            {
                "amplitude": given.amplitude[:2].astype(subject.rounding),
                "probe": 1.25 * inputs["probe"][..., ::-1],
                "scale": 2.5,
                "weights": inputs["weights"],
            },
        )
