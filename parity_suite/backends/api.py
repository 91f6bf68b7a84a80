"""The protocol of a backend: one method a stage, NumPy arrays in and out, device and precision given when it is made.

A class need not provide every stage: the checks of a stage whose method it does not define are ``not-run: not
provided``. Packs say which stages there are, with their fields; a stage with one result returns it bare, one with
several a mapping from their names. Wrong input is refused with a ``ValueError`` or ``TypeError`` that names the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Handle = Any


class Backend(Protocol):
    """What is asked of every backend: that it can be made for a device, a precision and, if it has several, a mode."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None: ...


@runtime_checkable
class Implements(Protocol):
    """Optional: other implementations of stages, and methods that each do a chain of stages, as plain literals.

    By the name of an implementation the stage that it does, or several: ``{"grouped": "extract"}`` with a method
    ``extract_grouped`` or, where ``chosen_by`` has a keyword of the class for the stage, with none: the name is what
    the keyword is given. ``per_shape`` are those that are made anew for each shape of an array, by tracing or
    compiling: slow checks ask them. ``fused`` has by the name of a method the stages that it replaces, in their order.
    """

    implementations: ClassVar[Mapping[str, str | tuple[str, ...]]]
    chosen_by: ClassVar[Mapping[str, str]]
    per_shape: ClassVar[tuple[str, ...]]
    fused: ClassVar[Mapping[str, tuple[str, ...]]]


@runtime_checkable
class LacksImplementations(Protocol):
    """Optional: implementations that not every machine can run."""

    @classmethod
    def missing_implementation(cls, name: str) -> str:
        """Why this machine cannot run one; empty where it can."""
        ...


@runtime_checkable
class Chains(Protocol):
    """Optional: a chain of stages that stays on the device."""

    def put(self, array: Array) -> Handle: ...

    def get(self, handle: Handle) -> Array: ...

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: Handle) -> Handle:
        """Runs stages one after the other, each fed the result of the one before as its first argument."""
        ...


@runtime_checkable
class Differentiates(Protocol):
    """Optional: vector-Jacobian products, by the framework's own differentiation."""

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Array | np.float64) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) * output)`` with respect to the input ``wrt``."""
        ...


@runtime_checkable
class Places(Protocol):
    """Optional: a proof, without the device at hand, that a stage makes nothing elsewhere."""

    def placement(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
        """For each result or operation of the stage, whether it was where it was asked to be."""
        ...


@runtime_checkable
class KeepsOutside(Protocol):
    """Optional: what is kept outside of the backend, as a table of parameters of a module, a switch, traced functions.

    ``configure`` is called before each call of a stage, and of another method that reaches the backend's code, with its
    name and its arguments by name; of ``vjp`` and ``placement`` with those of the stage. What was there before it is
    put back after the call. Each may be left out, but for one of the last two alone.
    """

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None: ...

    def state_outside(self) -> Any:
        """All of it, as a copy."""
        ...

    def restore_outside(self, state: Any) -> None: ...


@runtime_checkable
class Preflights(Protocol):
    """Optional: the framework's bare arithmetic, so that a broken machine is told from a broken backend."""

    def primitive(self, name: str, *arrays: Array) -> Array:
        """``sqrt exp log sin cos tanh fft2 matmul conv2d`` (valid cross-correlation of two matrices) or
        ``double`` (2 x).
        """
        ...
