"""NumPy's operations, and those of a namespace that has its functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.frameworks.framework import Framework, Tensor


class OfNamespace(Framework):
    """A framework whose functions are called as NumPy's are."""

    #: the module that has them
    np: Any

    def get(self, tensor: Tensor) -> Array:
        return np.asarray(tensor)

    def transpose(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return self.np.transpose(tensor, tuple(axes))

    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        return self.np.reshape(tensor, tuple(shape))

    def flip(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return self.np.flip(tensor, tuple(axes))

    def roll(self, tensor: Tensor, shifts: Sequence[int], axes: Sequence[int]) -> Tensor:
        return self.np.roll(tensor, tuple(shifts), tuple(axes))

    def repeat(self, tensor: Tensor, times: int) -> Tensor:
        return self.np.repeat(tensor, times, axis=0)

    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        return tensor.astype(dtype)

    def parts(self, tensor: Tensor) -> Tensor:
        return self.np.stack([self.np.real(tensor), self.np.imag(tensor)], axis=-1)

    def whole(self, tensor: Tensor) -> Tensor:
        return tensor[..., 0] + 1j * tensor[..., 1]

    def root(self, tensor: Tensor) -> Tensor:
        lit = tensor > 0
        return self.np.where(lit, self.np.sqrt(self.np.where(lit, tensor, 1)), 0)

    def finite(self, tensor: Tensor) -> Tensor:
        return self.np.where(self.np.isnan(tensor), 0, tensor)


class OfNumPy(OfNamespace):
    """NumPy itself, which has no gradient."""

    np = np
    differentiates: ClassVar[bool] = False

    def put(self, array: Array, device: str) -> Tensor:
        return array

    def parts(self, tensor: Tensor) -> Tensor:
        if tensor.dtype.kind != "c" or not tensor.size:
            return super().parts(tensor)
        # A view, so that the form of an array is that of its parts.
        real = tensor.real
        strides = (*tensor.strides, real.itemsize)
        return np.lib.stride_tricks.as_strided(
            real, (*tensor.shape, 2), strides, writeable=bool(tensor.flags.writeable)
        )

    def vjp(self, function: Callable[[Tensor], Tensor], tensor: Tensor, cotangent: Array) -> Tensor:
        raise NotImplementedError


FRAMEWORK: Final = OfNumPy()
