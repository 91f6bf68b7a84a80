"""Laws that hold a backend to the oracle: in its default mode, in every mode, and along a chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_suite.backends.subject import NotProvided, Subject
from parity_suite.cases.variants import Variant, is_answered, rounded, variants
from parity_suite.cases.world import world
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext
from parity_suite.laws.going_on import as_far_as_it_goes, on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law
from parity_suite.ptychography.oracle import Oracle


@law(stages=lambda stage: is_answered(stage.name), cases="all")
@on_each_variant
def oracle(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Equals the oracle, fed the inputs as rounded to the backend's precision."""
    yield from compare(variant, subject(variant.stage, variant.inputs), variant.expected)


#: Every variant costs a compilation in every mode; the second one shows a path that differs.
_MODE_VARIANTS = {"float32": 2, "float64": 1}


@law(stages=lambda stage: is_answered(stage.name), cases="modes", once=True)
def mode(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Eager, graph and compiled give what the oracle gives."""
    for name in modes_of(subject, stage):
        for variant in variants(subject.context, case, stage, subject.rounding)[: _MODE_VARIANTS[subject.rounding]]:
            yield from as_far_as_it_goes(subject, _in_mode(subject.in_mode(name), variant))


def modes_of(subject: Subject, stage: str) -> tuple[str, ...]:
    """The modes that a stage runs in, the default first; ``NotProvided`` where there is one alone."""
    of_stage = getattr(subject.cls, "modes_of", None)
    modes = tuple(of_stage(stage)) if of_stage else subject.modes
    if len(modes) < 2:
        raise NotProvided(f"{subject.cls.__name__} runs {stage} in one mode only", Cause.OUTSIDE_CAPABILITY, stage)
    return modes


def _in_mode(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    named = Variant(variant.stage, f"{variant.name}, {subject.mode}", variant.inputs)
    for one in compare(named, subject(variant.stage, variant.inputs), variant.expected):
        yield with_about(one, variant=variant.name, mode=subject.mode)


def forward_inputs(context: RunContext, case: Case, precision: str) -> dict[str, Any]:
    """What the chain extract, illuminate, diffract starts from."""
    w = world(context, case)
    start = {"object": w.need_object(), "positions": w.positions, "size": w.side}
    return {
        **rounded("extract", start, precision),
        "probe": rounded("illuminate", {"patches": start["object"], "probe": w.probe}, precision)["probe"],
    }


def forward_of_oracle(inputs: dict[str, Any], precision: str = "float64") -> Any:
    """The amplitude that the oracle predicts."""
    o = Oracle(precision=precision)
    patches = o.extract(inputs["object"], inputs["positions"], inputs["size"])
    return o.diffract(o.illuminate(patches, inputs["probe"]))


def forward_by_stages(subject: Subject, inputs: dict[str, Any]) -> Any:
    """The amplitude that a subject predicts, through the NumPy door of each stage."""
    first = {name: inputs[name] for name in ("object", "positions", "size")}
    patches = subject("extract", first)["patches"]
    psi = subject("illuminate", {"patches": patches, "probe": inputs["probe"]})["psi"]
    return subject("diffract", {"psi": psi})["amplitude"]


@law(stages=("forward",), cases="data", needs=("extract", "illuminate", "diffract", "put", "get", "chain"))
def chain(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A chain that stays on the device gives what the oracle gives stage by stage."""
    inputs = forward_inputs(subject.context, case, subject.rounding)
    backend = subject.backend
    wide = np.complex64 if subject.precision == "float32" else np.complex128
    handle = backend.chain(
        [
            ("extract", {"positions": inputs["positions"], "size": inputs["size"]}),
            ("illuminate", {"probe": inputs["probe"]}),
            ("diffract", {}),
        ],
        backend.put(inputs["object"].astype(wide)),
    )
    yield deviation("amplitude", backend.get(handle), forward_of_oracle(inputs), terms=inputs["size"])


@law(stages=("forward",), cases="measured", needs=("extract", "illuminate", "diffract"))
def residual(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The predicted amplitude fits the measured one as well as the oracle's does."""
    inputs = forward_inputs(subject.context, case, subject.rounding)
    got, want = forward_by_stages(subject, inputs), forward_of_oracle(inputs)
    w = world(subject.context, case)
    measured = w.need_measured()
    power = float(np.sum(measured**2))
    ours, theirs = (float(np.sum((side - measured) ** 2)) / power for side in (got, want))
    yield deviation("residual", np.float64(ours), np.float64(theirs), magnitude=float(np.sqrt(theirs)))
    yield deviation("amplitude", got, want, terms=w.side)
