"""The law of device hygiene: nothing is made on another device than the one asked for, provable with no such device."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial

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
        place = partial(subject.backend.placement, stage, dict(variant.inputs))
        anything |= yield from at_home(stage, f" ({variant.name})", place)
    if not anything:
        yield BrokenRule(f"{stage} placed nothing at all, so its placement proves nothing", "contract")


def at_home(stage: str, label: str, place: Callable[[], Mapping[str, bool]]) -> Generator[Outcome, None, bool]:
    """What is not where it was asked to be; whether anything was placed, or failed to be."""
    try:
        placed = place()
    except NotProvided:
        raise
    except Exception as error:
        yield BrokenRule(f"{stage}{label} leaves its device: {type(error).__name__}: {str(error)[:200]}")
        return True
    strays = sorted(name for name, is_home in placed.items() if not is_home)
    if strays:
        yield BrokenRule(f"{stage}{label} makes {', '.join(strays[:5])} on another device")
    yield exactly(f"results and operations at home{label}", len(strays), 0)
    return bool(placed)
