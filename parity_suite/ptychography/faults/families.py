"""Mistakes that any stage can make, made in each that no other fault of the kind stands for."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.any_stage import Accepts, Remembers
from parity_suite.faults.fault import Ask, Fault, Given, like
from parity_suite.faults.need import Need

#: Stages whose refusals no other fault leaves out, and those whose memory no other fault spoils.
ACCEPTING: Final = (
    "group",
    "layout",
    "extract",
    "illuminate",
    "scale",
    "observe",
    "network",
    "reassemble",
    "loss",
    "objective",
    "stats",
)
REMEMBERING: Final = ("group", "extract", "illuminate", "network", "loss", "objective", "stats")


def make_family(family: type[Fault], name: str, stages: tuple[str, ...], **facts: Any) -> None:
    """Makes one fault of a family for each stage, named after the stage."""
    for stage in stages:
        body = {"__doc__": family.__doc__, "__module__": __name__}
        type(f"{stage.title()}{name}", (family,), body, stage=stage, **facts)


make_family(Accepts, "AcceptsNan", ACCEPTING, history=("F21",), needs=(Need.DAMAGE,), kind=Kind.REFUSAL)
make_family(Remembers, "Remembers", REMEMBERING, kind=Kind.STATE)


class WavesOfMeanPower(Fault, stage="illuminate", kind=Kind.FACTOR):
    """Divides exit waves by the mean modulus of the patches of their batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        mean = np.mean(np.abs(given["patches"])) if given["patches"].size else 0.0
        return like(got / mean, got) if mean else got


class ScaleOfFirstWave(Fault, stage="scale", kind=Kind.REPEATED):
    """Takes the power of the first exit wave for the mean of all."""

    def answer(self, ask: Ask, given: Given) -> Any:
        psi = given.get("psi")
        return ask(given if psi is None else {**given, "psi": psi[:1]})
