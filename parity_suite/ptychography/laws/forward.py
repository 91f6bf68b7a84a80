"""Laws of the way from the object to a pattern: the power of a wave, a chain that stays on the device, and what is left
beside the measured pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.chains import chain_inputs, chain_of_oracle, through
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.registry import law
from parity_suite.ptychography.world import world

_NEEDS: Final = ("extract", "illuminate", "diffract")


@law(stages=("diffract",), cases="small")
@on_each_variant
def energy(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Parseval: every pattern holds the power of its exit waves."""
    psi = variant.inputs["psi"].astype(np.complex128)
    amplitude = subject(variant.stage, variant.inputs)["amplitude"].astype(np.float64)
    power = np.sum(np.abs(psi) ** 2, axis=(1, 2, 3))
    yield deviation("power", np.sum(amplitude**2, axis=(1, 2)), power, terms=variant.terms)


@law(stages=("forward",), cases="data", needs=(*_NEEDS, "put", "get", "chain"))
def chain(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A chain that stays on the device gives what the oracle gives stage by stage."""
    inputs = chain_inputs(subject.context, stage, case, subject.rounding)
    for one in _NEEDS:
        subject.require_within(one, inputs)
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
    want = chain_of_oracle(stage, inputs, conventions=subject.conventions)["amplitude"]
    yield deviation("amplitude", backend.get(handle), want, terms=inputs["size"] ** 2)


@law(stages=("forward",), cases="measured", needs=_NEEDS)
def residual(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The predicted amplitude fits the measured one as well as the oracle's does."""
    inputs = chain_inputs(subject.context, stage, case, subject.rounding)
    got, want = (found["amplitude"] for found in (through(stage, subject, inputs), chain_of_oracle(stage, inputs)))
    w = world(subject.context, case)
    measured = w.need_measured()
    power = float(np.sum(measured**2))
    ours, theirs = (float(np.sum((side - measured) ** 2)) / power for side in (got, want))
    yield deviation("residual", np.float64(ours), np.float64(theirs), magnitude=float(np.sqrt(theirs)))
    yield deviation("amplitude", got, want, terms=w.side**2)
