"""Where the operations of a kernel put their results."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode


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
