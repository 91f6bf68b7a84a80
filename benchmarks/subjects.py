"""The backends in each of their modes."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from parity_suite.backends.registry import parse_spec
from parity_suite.backends.subject import Subject
from parity_suite.core.context import RunContext

CONTEXT = RunContext()

_SPECS: Final = {
    "torch": "parity_suite.ptychography.torch:Torch",
    "tensorflow": "parity_suite.ptychography.tensorflow:TensorFlow",
}

#: (backend, mode); named here, so that collection imports no framework.
SUBJECTS: Final = (
    ("torch", "eager"),
    ("tensorflow", "eager"),
    ("tensorflow", "graph"),
    ("tensorflow", "xla"),
)


#: (backend, implementation of ``translate``), for the same reason.
IMPLEMENTATIONS: Final = (
    ("torch", "gather_eager"),
    ("torch", "grid_sample"),
    ("torch", "gather_compiled"),
    ("tensorflow", "gather_eager"),
    ("tensorflow", "gather_graph"),
    ("tensorflow", "gather_xla"),
    ("tensorflow", "projective"),
)
#: Those that are made anew for a shape of an image, by tracing or compiling.
MADE: Final = (("torch", "gather_compiled"), ("tensorflow", "gather_graph"), ("tensorflow", "gather_xla"))


def subject(name: str, translation: str) -> Subject:
    """A backend on the CPU in float32 with an implementation of ``translate``, not made yet."""
    spec = parse_spec(_SPECS[name])
    return Subject(spec if translation == "gather_eager" else spec.implementation(translation), CONTEXT)


@cache
def backend(name: str, mode: str, precision: str = "float32") -> Any:
    """The backend on the CPU; one object for all figures, since a graph is traced for each."""
    return fresh(name, mode, precision)


def fresh(name: str, mode: str, precision: str = "float32") -> Any:
    """A backend on the CPU that holds no model and no graph."""
    return parse_spec(_SPECS[name]).load()(device="cpu", precision=precision, mode=mode)
