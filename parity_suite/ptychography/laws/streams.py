"""Canvases stitched from chunks that never are in memory together, held to the contract of a reassembly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.held_outputs import held_outputs
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import Outputs, note
from parity_suite.contracts import Violation
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.laws.learned import TrainedModel

Chunks = Iterable[tuple[Array, Array]]


def stitched(subject: Subject, chunks: Chunks, centre: Array, canvas: tuple[int, int]) -> Outputs:
    """The outputs of a reassembly of chunks ``(patches, positions)`` on one canvas (H, W) that keep its contract."""
    result = subject.backend.reassemble_stream(_taken("reassemble", subject, chunks), subject.given(centre), canvas)
    return _held("reassemble", subject, result, canvas)


def inferred(
    learned: TrainedModel, chunks: Chunks, centre: Array, canvas: tuple[int, int], batch: int | None = None
) -> Outputs:
    """The same of the patches that a model makes of chunks ``(amplitude, positions)``."""
    subject = learned.subject
    batches = {} if batch is None else {"batch": batch}
    result = learned.backend.infer_stream(_taken("infer", subject, chunks), subject.given(centre), canvas, **batches)
    return _held("infer", subject, result, canvas)


def _taken(stage: str, subject: Subject, chunks: Chunks) -> Chunks:
    """As the subject is to have them, a list as a list, without those of none where its stage takes no such."""
    none = subject.limits.allows(stage, BY_NAME[stage].items, 0)
    taken = ((subject.given(one), subject.given(places)) for one, places in chunks if len(one) or none)
    return list(taken) if isinstance(chunks, list) else taken


def _held(stage: str, subject: Subject, result: Any, canvas: tuple[int, int]) -> Outputs:
    """The outputs, all of the canvas's shape: the stage itself also takes a centre for each group."""
    breach, found = held_outputs(BY_NAME["reassemble"], result, {}, subject.precision, blame=stage)
    off = {name: value.shape for name, value in found.items() if value.shape != canvas}
    violations = [Violation(name, "shape", str(shape), str(canvas)) for name, shape in off.items()]
    shapes = ContractBreach.returned(stage, violations) if violations else None
    broken = [one for one in (breach, shapes) if one is not None]
    for one in broken:
        note(subject, one)
    return Outputs(found, *broken)
