"""Right and wrong backends in plain NumPy, as members of a module: ``plain``, ``other``, ``twofold``, ``worn``,
``remembering``, ``moody``, ``growing``, ``plain__FAULT``, ``other__FAULT``."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, ClassVar

import numpy as np

from parity_suite.core.packs import BY_NAME
from parity_suite.faults import FAULTS, faulty
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.oracle import Oracle


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


class Moody(Plain):
    """Wrong as the environment says, which a process that is started later sees too."""

    def loss(self, *given: Any, **more: Any) -> Any:
        right, mood = super().loss(*given, **more), os.environ.get("MOOD", "")
        if mood.startswith("raises"):
            return self._first() if mood == "raises first" else self._second()
        verdict, _, output = mood.rpartition(" ")
        wrong = {"moves": lambda value: value + 1, "lengthens": lambda value: np.stack([value, value])}.get(verdict)
        return {**right, output: wrong(right[output])} if wrong else right

    def _first(self) -> Any:
        raise RuntimeError("not today")

    def _second(self) -> Any:
        raise RuntimeError("not today")


class Growing(Plain):
    """Of four channels one output grows from call to call, of one channel another one does."""

    def __init__(self, **given: str) -> None:
        super().__init__(**given)
        self._calls = 0

    def loss(self, amplitude: Any, *given: Any, **more: Any) -> Any:
        right = super().loss(amplitude, *given, **more)
        self._calls += 1
        output = "poisson_nll" if amplitude.shape[-1] == 4 else "amplitude_mae"
        return {**right, output: right[output] + (self._calls - 1)}


_CLASSES = {one.__name__.lower(): one for one in (Plain, Other, Twofold, Worn, Remembering, Moody, Growing)}


@cache
def _copy(base: str, fault: str) -> type[Any]:
    return faulty(_CLASSES[base], FAULTS[fault])


def __getattr__(member: str) -> Any:
    base, _, fault = member.partition("__")
    if base not in _CLASSES or (fault and fault not in FAULTS):
        raise AttributeError(member)
    return _copy(base, fault) if fault else _CLASSES[base]
