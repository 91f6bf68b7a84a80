"""The backends in each of their modes."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from parity_suite.backends.registry import parse_spec

_SPECS: Final = {
    "torch": "parity_suite.backends.torch:Torch",
    "tensorflow": "parity_suite.backends.tensorflow:TensorFlow",
}

#: (backend, mode); named here, so that collection imports no framework.
SUBJECTS: Final = (
    ("torch", "eager"),
    ("tensorflow", "eager"),
    ("tensorflow", "graph"),
    ("tensorflow", "xla"),
)


@cache
def backend(name: str, mode: str, precision: str = "float32") -> Any:
    """The backend on the CPU; one object for all figures, since a graph is traced for each."""
    return fresh(name, mode, precision)


def fresh(name: str, mode: str, precision: str = "float32") -> Any:
    """A backend on the CPU that holds no model and no graph."""
    return parse_spec(_SPECS[name]).load()(device="cpu", precision=precision, mode=mode)
