"""The law of sides: patches that are large and of no round number of pixels, where a path for large ones may part, and
those whose side is twice an odd number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle
from parity_suite.ptychography.pipeline import STAGES
from parity_suite.ptychography.world import rough

_OF_EVEN_SIDES: Final = tuple(stage.name for stage in STAGES if stage.multiples)
_OF_ANY_SIDE: Final = tuple(
    stage.name
    for stage in STAGES
    if not (stage.random or stage.multiples) and any(one.kind == "complex" for one in stage.inputs)
)
#: Columns of images that may be narrower than they are high: odd as well, and beside a power of two.
_NARROW: Final = 65
#: Even, and half of it odd.
_TWICE_ODD: Final = 30
_LEAST: Final = 2


def sides(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """127 pixels a side, of images 65 columns, 30, and 2; 100 of those that a network halves: as the oracle has it."""
    for variant in variants(subject.context, case, stage, subject.rounding):
        large = _large(subject.context, variant, case.size("N"))
        yield from as_the_oracle(subject, (large,))
        if stage in _OF_ANY_SIDE:
            cropped = (_cropped(subject.context, large, side) for side in (_TWICE_ODD, _LEAST))
            yield from as_the_oracle(subject, cropped)


law(stages=_OF_ANY_SIDE, cases="large_odd", precisions=("float32",), traits=LawTraits(budget_of="statelessness"))(sides)
law(stages=_OF_EVEN_SIDES, cases="large_even", precisions=("float32",))(sides)


@remembered(maxsize=64)
def _large(_: RunContext, variant: Variant, side: int) -> Variant:
    """The same with images that are as large as the patches of other stages, or narrower."""
    images = variant.inputs.get("images")
    if images is None:
        return variant
    if variant.stage == "translate":
        changed = np.ascontiguousarray(images[:, :, :_NARROW])
    else:
        rows = 3 if variant.inputs["source"] == "grid" else 1
        shape = (*images.shape[:rows], side, side, *images.shape[rows + 2 :])
        changed = rough(np.random.Generator(np.random.PCG64(side)), shape).astype(images.dtype)
    return variant.another(variant.name, {**variant.inputs, "images": changed})


@remembered(maxsize=64)
def _cropped(_: RunContext, variant: Variant, side: int) -> Variant:
    """The same with sides of so many pixels."""
    inputs: dict[str, Any] = dict(variant.inputs)
    sides_of = "NHW" if variant.stage == "translate" else "N"
    for field in BY_NAME[variant.stage].inputs:
        value = inputs.get(field.name)
        if isinstance(value, np.ndarray):
            axes = field.axes_of(value.ndim)
            part = tuple(slice(side if axis in sides_of else None) for axis in axes)
            inputs[field.name] = np.ascontiguousarray(value[part])
    inputs |= {"size": side} if "size" in inputs else {}
    return variant.another(f"{variant.name}, {side} a side", inputs)
