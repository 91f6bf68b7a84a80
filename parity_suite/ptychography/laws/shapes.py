"""The law of shapes: objects and canvases that are wide, narrow, or smaller than a patch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle


@law(stages=("extract", "reassemble", "objective"), cases="single")
def shapes(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Objects, patches and canvases of any shape: high, wide, one line, one pixel, smaller than a patch."""
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_the_oracle(subject, _shaped(subject.context, variant))


@remembered(maxsize=64)
def _shaped(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    made = {"extract": _objects, "reassemble": _canvases, "objective": _roomy}[variant.stage](variant.inputs)
    return tuple(
        variant.another(f"{variant.name}, {name} of {shape[0]} x {shape[1]}", inputs) for name, shape, inputs in made
    )


def _objects(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """The object turned on its side, and strips of it; patches of one pixel, and of two."""
    whole = given["object"]
    for part in (whole.T, whole[:, :5], whole[:3], whole[:1], whole[:, :1]):
        yield "object", part.shape, {**given, "object": np.ascontiguousarray(part)}
    for size in (1, 2):
        yield "patches", (size, size), {**given, "size": size}


def _canvases(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    n = given["patches"].shape[1]
    for shape in ((n, 3 * n + 1), (3 * n + 2, n - 3), (2 * n + 4, 2 * n + 9), (1, 2 * n), (2 * n + 1, 1)):
        yield "canvas", shape, {**given, "canvas": shape}


def _roomy(given: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """Higher than wide, where the others are wider than high; and no wider than a patch."""
    if given["object_big"]:
        n, (height, width) = given["counts"].shape[1], given["canvas"]
        for shape in ((width + 4, height + 1), (n, width), (height, n)):
            yield "canvas", shape, {**given, "canvas": shape}
