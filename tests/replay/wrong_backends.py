"""Right and wrong backends in plain NumPy, as members of a module: ``plain``, ``other``, ``twofold``, ``worn``,
``remembering``, ``plain__FAULT``, ``other__FAULT``."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.admission import admit
from parity_suite.backends.oracle import Oracle
from parity_suite.faults import FAULTS, faulty
from parity_suite.pipeline import BY_NAME


class Plain(Oracle):
    """The reference's arithmetic in either precision, and its refusals."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__(device=device, precision=precision)

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        admit(BY_NAME["translate"], {"images": images, "offsets": offsets, "interpolation": interpolation})
        return super().translate(images, offsets, interpolation)

    def diffract(self, psi: Any) -> Any:
        admit(BY_NAME["diffract"], {"psi": psi})
        return super().diffract(psi)


class Other(Plain):
    """Another implementation: items one by one."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        moved = [self._one(images, offsets, k, interpolation) for k in range(len(images))]
        return np.concatenate(moved) if moved else super().translate(images, offsets, interpolation)

    def _one(self, images: Any, offsets: Any, k: int, interpolation: str | None) -> Any:
        own = k * len(offsets) // len(images)
        return super().translate(images[k : k + 1], offsets[own : own + 1], interpolation)


class Twofold(Plain):
    """Two mistakes: another dtype on large sides, and nothing at all on small ones."""

    def diffract(self, psi: Any) -> Any:
        if psi.shape[2] <= 8:
            raise RuntimeError("too small")
        return super().diffract(psi).astype(np.float64)


class Worn(Plain):
    """Wrong once a process has asked 40 times, whichever instance."""

    calls = 0

    def diffract(self, psi: Any) -> Any:
        Worn.calls += 1
        return super().diffract(psi) * psi.real.dtype.type(1 + (Worn.calls > 40))


class Remembering(Plain):
    """Keeps in the process the first answer to psi of each shape and dtype."""

    answers: ClassVar[dict[Any, Any]] = {}

    def diffract(self, psi: Any) -> Any:
        return self.answers.setdefault((psi.shape, psi.dtype), super().diffract(psi)).copy()


_CLASSES = {"plain": Plain, "other": Other, "twofold": Twofold, "worn": Worn, "remembering": Remembering}


@cache
def _copy(base: str, fault: str) -> type[Any]:
    return faulty(_CLASSES[base], FAULTS[fault])


def __getattr__(member: str) -> Any:
    base, _, fault = member.partition("__")
    if base not in _CLASSES or (fault and fault not in FAULTS):
        raise AttributeError(member)
    return _copy(base, fault) if fault else _CLASSES[base]
