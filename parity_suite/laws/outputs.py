"""How the outputs of each stage are compared with expected ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, deviation, exactly, with_about
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.oracle import COVER_THRESHOLD, RATE_FLOOR

#: Coverage may differ where the count lies this close to the threshold.
_MASK_MARGIN = 1e-4


def compare(variant: Variant, got: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Outcome]:
    """Every output of one call against expected ones, each by the measure that fits its kind, but for what broke its
    contract and is not there.
    """
    sizes, there = magnitudes(variant), set(got) & set(want)
    for field in BY_NAME[variant.stage].outputs:
        # The canvas is compared where the count says that it is covered.
        if field.name not in there or (field.name == "canvas" and "count" not in there):
            continue
        label = f"{field.name} ({variant.name})"
        value, expected = got[field.name], want[field.name]
        if variant.stage == "reassemble" and field.name == "canvas":
            yield from compare_canvas(label, got, want, variant.name, variant.terms)
        elif field.kind in ("index", "text") or variant.stage == "layout":
            yield with_about(exactly(label, value, expected), field=field.name, variant=variant.name)
        else:
            found = deviation(label, value, expected, terms=variant.terms, magnitude=sizes.get(field.name))
            yield with_about(found, field=field.name, variant=variant.name)


def compare_canvas(
    label: str, got: Mapping[str, Any], want: Mapping[str, Any], variant: str = "", terms: int = 1
) -> Iterator[Outcome]:
    """Values where both cover, masks except near the threshold."""
    if got["canvas"].shape != want["canvas"].shape or got["count"].shape != want["count"].shape:
        yield with_about(deviation(label, got["canvas"], want["canvas"]), field="canvas", variant=variant)
        return
    ours, theirs = (np.asarray(side["count"], np.float64) >= COVER_THRESHOLD for side in (got, want))
    near = np.abs(np.asarray(want["count"], np.float64) - COVER_THRESHOLD) < _MASK_MARGIN
    yield exactly(f"covered {label}", ours | near, theirs | near)
    uncovered = got["canvas"][~ours]
    yield exactly(f"uncovered {label} is zero", uncovered, np.zeros_like(uncovered))
    both = ours & theirs
    # A quotient is as good as its denominator: a small count magnifies the rounding of the numerator.
    weight = np.minimum(np.asarray(want["count"], np.float64), 1.0)
    ours, theirs = (np.where(both, side["canvas"] * weight, 0) for side in (got, want))
    found = deviation(label, ours, theirs, terms=terms)
    yield with_about(found, field="canvas", variant=variant)


def magnitudes(variant: Variant) -> dict[str, float]:
    """What an output is measured against if not itself: the absolute terms of a loss, since they cancel."""
    if variant.stage not in ("loss", "objective"):
        return {}
    inputs = variant.inputs
    amplitude = inputs["amplitude"] if variant.stage == "loss" else variant.expected["amplitude"]
    rate = np.maximum((inputs["scale"] * amplitude.astype(np.float64)) ** 2, RATE_FLOOR)
    total = np.sum(rate) + np.sum(np.abs(inputs["counts"] * np.log(rate)))
    return {"poisson_nll": float(total) / len(rate), "amplitude_mae": float(np.mean(np.sqrt(rate)))}
