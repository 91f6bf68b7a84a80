"""The bare arithmetic of the framework, with the settings that the process has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch


def _conv2d(image: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.conv2d(image[None, None], kernel[None, None])[0, 0]


PRIMITIVES: Final[dict[str, Callable[..., torch.Tensor]]] = {
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "fft2": torch.fft.fft2,
    "matmul": torch.matmul,
    "conv2d": _conv2d,
    "double": lambda value: 2 * value,
}
