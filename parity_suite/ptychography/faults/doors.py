"""Faults beside the NumPy door of a stage: in bare arithmetic, and in where tensors are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.door_fault import DoorFault
from parity_suite.faults.fault import Ask, Given


class ExponentialsOfLowAccuracy(DoorFault, stage="preflight", history=("F27",), kind=Kind.PRECISION):
    """Computes half of every exponential to three digits, as the race in oneMKL does, and after a warm-up too."""

    def primitive(self, ask: Ask, given: Given) -> Any:
        got = np.array(ask(given))
        if given["name"] == "exp":
            got[: len(got) // 2] *= got.dtype.type(1 + 3e-4)
        return got


class WavesThroughTheHost(DoorFault, stage="diffract", history=("F15",), kind=Kind.DEVICE):
    """Takes exit waves through NumPy on the host before they are diffracted.

    Needs a backend that runs its stages as ``kernel(stage)`` of tensors made by ``put``, as the reference ones do.
    """

    def kernel(self, ask: Ask, given: Given) -> Any:
        right, backend = ask(given), self.right.backend
        if given["stage"] != "diffract":
            return right
        return lambda **tensors: right(**{**tensors, "psi": backend.put(backend.get(tensors["psi"]))})
