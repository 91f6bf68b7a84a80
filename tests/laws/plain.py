"""A backend in plain NumPy that is right, and a run of one check on a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.core.packs import BY_NAME
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import SMALL

CONTEXT = RunContext()

CASE = SMALL[1]


class Plain(Oracle):
    """The stages of a scan: cutting, moving, putting together, at once, in batches and as a stream."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__(device=device, precision=precision)

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        admit(BY_NAME["translate"], {"images": images, "offsets": offsets, "interpolation": interpolation})
        return super().translate(images, offsets, interpolation)

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Any]:
        if batch is None or centre.ndim > 1:
            return super().reassemble(patches, positions, centre, canvas)
        return self._sum(self.cut(patches, positions, batch), centre, canvas)

    def reassemble_stream(
        self, chunks: Iterable[tuple[Any, Any]], centre: Any, canvas: tuple[int, int]
    ) -> Mapping[str, Any]:
        return self._sum(chunks, centre, canvas)

    def cut(self, patches: Any, positions: Any, batch: int) -> Iterable[tuple[Any, Any]]:
        """The batches of a reassembly."""
        return ((patches[i : i + batch], positions[i : i + batch]) for i in range(0, len(patches), batch))

    def add(self, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int]) -> tuple[Any, Any]:
        """Numerator and count of one batch or chunk."""
        part = super().reassemble(patches, positions, centre, canvas)
        return part["numerator"], part["count"]

    def _sum(self, chunks: Iterable[tuple[Any, Any]], centre: Any, canvas: tuple[int, int]) -> Mapping[str, Any]:
        numerator, count = np.zeros(canvas, self.complex), np.zeros(canvas, self.real)
        for patches, positions in chunks:
            one, weight = self.add(patches, positions, centre, canvas)
            numerator, count = numerator + one, count + weight
        covered = count >= 1e-3
        filled = np.where(covered, numerator / np.where(covered, count, 1), 0)
        return {"numerator": numerator, "count": count, "canvas": filled}


def spec_of(cls: type[Any]) -> BackendSpec:
    return BackendSpec(cls.__name__.lower(), cls.__module__, cls.__name__)


def subject_of(cls: type[Any], precision: str = "float32", implementation: str = "") -> Subject:
    spec = spec_of(cls).implementation(implementation) if implementation else spec_of(cls)
    return Subject(spec, CONTEXT, "cpu", precision, precision)


def finding_of(cls: type[Any], stage: str, law: str, case: Case = CASE, precision: str = "float32") -> Finding:
    """What a run says of one check on a class."""
    return Runner(CONTEXT).run(Check(stage, law, case, (spec_of(cls),), "cpu", precision))
