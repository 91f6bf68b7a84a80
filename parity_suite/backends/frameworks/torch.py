"""PyTorch's operations."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.frameworks.framework import Framework, Tensor


class OfTorch(Framework):
    """PyTorch on the CPU or on CUDA."""

    places: ClassVar[bool] = True

    def devices(self) -> tuple[str, ...]:
        return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)

    def put(self, array: Array, device: str) -> Tensor:
        if min(array.strides, default=0) < 0:
            # PyTorch takes no such array.
            array = array.copy()
        with warnings.catch_warnings():
            # That one may not be written into: whoever does so all the same is found.
            warnings.simplefilter("ignore")
            return torch.from_numpy(np.asarray(array)).to(device)

    def get(self, tensor: Tensor) -> Array:
        return tensor.numpy(force=True) if isinstance(tensor, torch.Tensor) else np.asarray(tensor)

    def transpose(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return tensor.permute(*axes)

    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        return tensor.reshape(tuple(shape))

    def flip(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        return torch.flip(tensor, tuple(axes))

    def roll(self, tensor: Tensor, shifts: Sequence[int], axes: Sequence[int]) -> Tensor:
        return torch.roll(tensor, tuple(shifts), tuple(axes))

    def repeat(self, tensor: Tensor, times: int) -> Tensor:
        return tensor.repeat_interleave(times, dim=0)

    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        return tensor.to(getattr(torch, dtype))

    def parts(self, tensor: Tensor) -> Tensor:
        if tensor.is_complex():
            return torch.view_as_real(tensor)
        return torch.stack([tensor, torch.zeros_like(tensor)], dim=-1)

    def whole(self, tensor: Tensor) -> Tensor:
        return torch.complex(tensor[..., 0], tensor[..., 1])

    def root(self, tensor: Tensor) -> Tensor:
        lit = tensor > 0
        return torch.where(lit, torch.where(lit, tensor, 1).sqrt(), 0)

    def finite(self, tensor: Tensor) -> Tensor:
        return torch.where(torch.isnan(tensor), 0, tensor)

    def vjp(self, function: Callable[[Tensor], Tensor], tensor: Tensor, cotangent: Array) -> Tensor:
        variable = tensor.detach().clone().requires_grad_()
        value = function(variable)
        if not value.requires_grad:
            return torch.zeros_like(variable)
        # In the shape of the value: of a number a contiguous array would have one axis.
        given = np.ascontiguousarray(cotangent if value.is_complex() else np.real(cotangent)).reshape(value.shape)
        seed = torch.from_numpy(given).to(value.device, value.dtype)
        (gradient,) = torch.autograd.grad(value, variable, seed, allow_unused=True)
        return torch.zeros_like(variable) if gradient is None else gradient.resolve_conj()

    def placement(
        self, function: Callable[..., Mapping[str, Tensor]], tensors: Mapping[str, Tensor], device: str
    ) -> Mapping[str, bool]:
        """On the ``meta`` device, where whatever mixes devices raises; ``NotProvided`` of what looks at values, which
        are not there.
        """
        with PlacementRecorder("meta") as recorder:
            try:
                results = function(**{name: tensor.to("meta") for name, tensor in tensors.items()})
            except RuntimeError as error:
                if _LOOKED not in str(error):
                    raise
                said = "the function looks at the value of a tensor, so that nothing tells where it makes others"
                raise NotProvided(said) from error
        # A plain number is on no device, so on no other one.
        placed = {name: getattr(value, "is_meta", True) for name, value in results.items()}
        return placed | dict.fromkeys(sorted(recorder.elsewhere), False)


#: What torch says where a number is taken out of a tensor that has no values.
_LOOKED: Final = "Tensor.item() cannot be called on meta tensors"


class PlacementRecorder(TorchFunctionMode):  # type: ignore[misc]
    """While active, collects in ``elsewhere`` the operations that gave a tensor on another kind of device."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device
        self.elsewhere: set[str] = set()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = result if isinstance(result, tuple | list) else (result,)
        if any(isinstance(tensor, torch.Tensor) and tensor.device.type != self.device for tensor in tensors):
            self.elsewhere.add(getattr(func, "__name__", repr(func)))
        return result


FRAMEWORK: Final = OfTorch()
