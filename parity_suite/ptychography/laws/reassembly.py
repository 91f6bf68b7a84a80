"""Laws of reassembly: what lies on the canvas is what was put there, in one shot, in batches and as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome, deviation
from parity_suite.core.case import Case
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.invariance import length
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.streams import stitched


@law(stages=("reassemble",), cases="small")
def mass(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """On a canvas that clips nothing, the numerator holds the sum of the patches and the count their pixels."""
    variant = variants(subject.context, case, stage, subject.rounding)[0]
    patches, positions = variant.inputs["patches"], variant.inputs["positions"]
    n = patches.shape[1]
    reach = int(np.ceil(np.abs(positions - variant.inputs["centre"].reshape(-1, 1, 2, 1)).max()))
    roomy = (n + 2 * reach + 3, n + 2 * reach + 2)
    got = subject(stage, {**variant.inputs, "canvas": roomy})
    total = np.sum(np.abs(patches), dtype=np.float64)
    yield deviation(
        "sum of the numerator",
        np.asarray(np.sum(got["numerator"], dtype=np.complex128)),
        np.asarray(np.sum(patches, dtype=np.complex128)),
        terms=patches.size,
        magnitude=float(total),
    )
    yield deviation(
        "sum of the count",
        np.asarray(np.sum(got["count"], dtype=np.float64)),
        np.asarray(float(patches.size)),
        terms=patches.size,
    )


@law(stages=("reassemble",), cases="batches")
def streaming(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Reassembly in one shot, in batches and as a stream of chunks gives one canvas; in batches also around a centre of
    each group.
    """
    found = {variant.name: variant for variant in variants(subject.context, case, stage, subject.rounding)}
    for variant in (found[name] for name in ("own", "one") if name in found):
        yield from as_far_as_it_goes(subject, _in_every_way(subject, variant))


def _in_every_way(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    whole = subject(variant.stage, variant.inputs)
    n = length(variant)
    # One by one or in blocks, with a last one of one group, and more at a time than there are.
    for size in (1, max(1, n - 1), n + 3) if n <= _FEW else (9, n - 1):
        yield from compare(variant, subject(variant.stage, {**variant.inputs, "batch": size}), whole)
    if variant.name == "one" and subject.provides("reassemble_stream"):
        yield from compare(variant, _in_chunks(subject, variant), whole)
        if 1 < n <= _FEW and subject.precision == subject.capabilities.precisions[0]:
            yield from _again(subject, variant)


#: So few groups that each can be a chunk, several times.
_FEW: Final = 8
#: More chunks than anybody counts by hand.
CHUNKS: Final = 105


def _again(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """Chunks of one group each, the same one several times in turn, one of none among them, and then all at once."""
    n = length(variant)
    pick = np.append(np.arange(CHUNKS) // 3 % n, np.arange(n))
    asked = variant.another(f"{variant.name}, {CHUNKS} chunks", along(variant.inputs, variant.stage, "B", pick))
    patches, positions = asked.inputs["patches"], asked.inputs["positions"]
    bounds = sorted((*range(CHUNKS + 1), CHUNKS // 2, len(pick)))
    chunks = ((patches[a:b], positions[a:b]) for a, b in pairwise(bounds))
    got = stitched(subject, chunks, variant.inputs["centre"], variant.inputs["canvas"])
    yield from compare(asked, got, subject(variant.stage, asked.inputs))


def _in_chunks(subject: Subject, variant: Variant) -> Mapping[str, Any]:
    """A reassembly as a stream, of which the last chunk holds one group."""
    patches, positions = variant.inputs["patches"], variant.inputs["positions"]
    n = len(patches)
    chunks = [(patches[a:b], positions[a:b]) for a, b in pairwise(sorted({0, n // 3, max(n - 1, 0), n}))]
    return stitched(subject, chunks, variant.inputs["centre"], variant.inputs["canvas"])
