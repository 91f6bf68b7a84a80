"""The law of the mean: what is a mean over the batch is the weighted mean over its parts, and a sum their sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along
from parity_suite.compare.deviation import Outcome, deviation, with_about
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.invariance import length
from parity_suite.laws.outputs import magnitudes
from parity_suite.laws.registry import law

#: The convention that says what the mean of an output is over.
_MEAN_OF: Final = {
    "poisson_nll": "nll_mean",
    "amplitude_mae": "mae_mean",
    "total_variation": "variation_mean",
}


@law(stages=("loss", "scale"), cases="small", traits=LawTraits(telling=4))
@on_each_variant
def means(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """A mean over the batch is the weighted mean over its parts; what is declared to be summed is their sum."""
    if variant.name in ("learned", "closed") or length(variant) < 2:
        return
    stage, n = variant.stage, length(variant)
    parts = [along(variant.inputs, stage, "B", slice(*edge)) for edge in ((0, 1), (1, n))]
    values = [subject(stage, part) for part in parts]
    whole = subject(stage, variant.inputs)
    for name in _MEAN_OF if stage == "loss" else ("scale",):
        if not all(name in one for one in (*values, whole)):
            continue
        # The mean power of the parts is what adds up; the scale is its inverse root.
        power = -2 if stage == "scale" else 1
        shares = (1, 1) if variant.arguments.get(_MEAN_OF.get(name, "")) == "none" else (1 / n, (n - 1) / n)
        joined = shares[0] * values[0][name] ** power + shares[1] * values[1][name] ** power
        found = deviation(
            f"{name} ({variant.name})",
            np.float64(joined ** (1 / power)),
            np.float64(whole[name]),
            terms=variant.terms,
            magnitude=magnitudes(variant).get(name),
        )
        yield with_about(found, field=name, variant=variant.name)
