"""The law of many items: a batch of any size gives what its items give, also where a code takes another path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, along, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.laws.going_on import as_far_as_it_goes
from parity_suite.laws.invariance import length
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.streams import stitched

#: None, one, around a batch of 64, the history's last batch, and all of it.
_SIZES: Final = (0, 1, 63, 64, 65, 159, 5216)


@law(stages=("reassemble",), cases="crowds", precisions=("float32",))
@law(stages=("extract", "translate"), cases="crowd", precisions=("float32",))
def crowd(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """0, 1, 63, 64, 65, 159 and 5,216 items at once, each as it is alone. What is reassembled in batches, the last of
    them partial, and as a stream is what is reassembled at once, 159 groups of four patches of 138 pixels among it.
    """
    # Large patches take seconds of the oracle, so that of those there is one batch; and a canvas is one variant.
    for whole in variants(subject.context, case, stage, subject.rounding)[
        : 1 if case.slow or stage == "reassemble" else 2
    ]:
        for size in (length(whole),) if case.slow else _SIZES:
            part = whole.another(f"{whole.name}, {size} of them", along(whole.inputs, stage, "B", slice(0, size)))
            if not subject.outside(stage, part.inputs):
                yield from as_far_as_it_goes(subject, _in_one(subject, whole, part, size))
        if stage == "reassemble":
            yield from as_far_as_it_goes(subject, _in_parts(subject, whole))


def _in_one(subject: Subject, whole: Variant, part: Variant, size: int) -> Iterator[Outcome]:
    yield from compare(part, subject(part.stage, part.inputs), _expected(whole, part, size))


def _expected(whole: Variant, part: Variant, size: int) -> Mapping[str, Any]:
    """Items that are their own answer are those of the whole; a sum is asked for anew."""
    if whole.stage == "reassemble":
        return whole.expected if size == length(whole) else part.expected
    return {name: value[:size] for name, value in whole.expected.items()}


def _in_parts(subject: Subject, whole: Variant) -> Iterator[Outcome]:
    count = len(whole.inputs["patches"])
    # Both leave a last batch that is partial.
    batch = 1000 if count > 1000 else 64
    named = whole.another(f"in batches of {batch}", whole.inputs)
    yield from compare(named, subject(whole.stage, {**whole.inputs, "batch": batch}), whole.expected)
    if subject.provides("reassemble_stream"):
        patches, positions = whole.inputs["patches"], whole.inputs["positions"]
        chunks = ((patches[i : i + batch], positions[i : i + batch]) for i in range(0, count, batch))
        got = stitched(subject, chunks, whole.inputs["centre"], whole.inputs["canvas"])
        yield from compare(whole.another(f"in chunks of {batch}", whole.inputs), got, whole.expected)
