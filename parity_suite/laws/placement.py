"""The law of device hygiene: nothing is made on another device than the one asked for, provable with no such device."""

from __future__ import annotations

from collections.abc import Iterator

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import BrokenRule, Outcome, exactly
from parity_suite.core.case import Case
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.registry import law


@law(
    stages=lambda stage: True,
    cases="single",
    needs=("placement",),
    precisions=("float32",),
    traits=LawTraits(of_kernels=True, means=(Kind.DEVICE, "something stays on another device")),
)
def placement(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Every tensor a stage makes, and every operation of its graph, is where it was asked to be."""
    anything = False
    for variant in variants(subject.context, case, stage, subject.rounding):
        try:
            placed = subject.backend.placement(stage, dict(variant.inputs))
        except NotProvided:
            raise
        except Exception as error:
            yield BrokenRule(f"{stage} ({variant.name}) leaves its device: {type(error).__name__}: {str(error)[:200]}")
            continue
        strays = sorted(name for name, at_home in placed.items() if not at_home)
        if strays:
            yield BrokenRule(f"{stage} ({variant.name}) makes {', '.join(strays[:5])} on another device")
        anything |= bool(placed)
        yield exactly(f"results and operations at home ({variant.name})", len(strays), 0)
    if not anything:
        yield BrokenRule(f"{stage} placed nothing at all, so its placement proves nothing", "contract")
