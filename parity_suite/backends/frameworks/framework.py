"""What is asked of a framework, and which there are; each is imported when a backend of it is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final

from parity_suite.backends.api import Array

#: A tensor of a framework, which nobody else looks into.
Tensor = Any

FRAMEWORKS: Final = ("numpy", "torch", "tensorflow", "jax")


class Framework(ABC):
    """The operations of one framework on its own tensors. What can be a view is one, and what is differentiable stays
    so.
    """

    #: whether there is a gradient, and a proof of where things are made
    differentiates: ClassVar[bool] = True
    places: ClassVar[bool] = False

    def devices(self) -> tuple[str, ...]:
        """The devices to be had here."""
        return ("cpu",)

    @abstractmethod
    def put(self, array: Array, device: str) -> Tensor:
        """The array as a tensor in the dtype that it has, of its form where the framework has such."""

    @abstractmethod
    def get(self, tensor: Tensor) -> Array:
        """The tensor, or a plain number, as a NumPy array."""

    @abstractmethod
    def transpose(self, tensor: Tensor, axes: Sequence[int]) -> Tensor: ...

    @abstractmethod
    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor: ...

    @abstractmethod
    def flip(self, tensor: Tensor, axes: Sequence[int]) -> Tensor: ...

    @abstractmethod
    def roll(self, tensor: Tensor, shifts: Sequence[int], axes: Sequence[int]) -> Tensor: ...

    @abstractmethod
    def repeat(self, tensor: Tensor, times: int) -> Tensor:
        """Each along the first axis so many times, one after another."""

    @abstractmethod
    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        """In the dtype of that name."""

    @abstractmethod
    def parts(self, tensor: Tensor) -> Tensor:
        """Real and imaginary part along a new last axis."""

    @abstractmethod
    def whole(self, tensor: Tensor) -> Tensor:
        """The complex numbers of which real and imaginary part lie along the last axis."""

    @abstractmethod
    def root(self, tensor: Tensor) -> Tensor:
        """The square root, whose gradient is zero where it is."""

    @abstractmethod
    def finite(self, tensor: Tensor) -> Tensor:
        """With zeros in the place of what is not a number."""

    @abstractmethod
    def vjp(self, function: Callable[[Tensor], Tensor], tensor: Tensor, cotangent: Array) -> Tensor:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) function(tensor))``; zero where nothing hangs on it."""

    def placement(
        self, function: Callable[..., Mapping[str, Tensor]], tensors: Mapping[str, Tensor], device: str
    ) -> Mapping[str, bool]:
        """For each result or operation of a function of tensors by name, whether it was where it was asked to be."""
        raise NotImplementedError

    def size(self, tensor: Tensor) -> tuple[int, ...]:
        """The sizes of its axes."""
        return tuple(int(n) for n in tensor.shape)


def framework_of(name: str) -> Framework:
    """The framework of a name; ``ValueError`` where there is none, and what its import raises."""
    if name not in FRAMEWORKS:
        raise ValueError(f"framework: {name!r} is none of {', '.join(FRAMEWORKS)}")
    made: Framework = import_module(f"{__package__}.{name}").FRAMEWORK
    return made
