"""Images moved by sub-pixel offsets, in each of the ways that PyTorch has for it.

Each way moves ``images`` (Q, H, W), real or complex, by ``offsets`` (Q, 2) [x, y] in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import torch
from torch.nn.functional import grid_sample, pad

from parity_suite.ptychography.torch.bilinear import split
from parity_suite.ptychography.torch.sampling import shift


def translate(
    images: torch.Tensor, offsets: torch.Tensor, interpolation: str | None = None, *, way: str = "gather_eager"
) -> torch.Tensor:
    """``images`` (B, H, W, 1) moved by ``offsets`` (B / C, 2) [x, y] in pixels: +x to the right, +y down."""
    if interpolation == "nearest":
        whole, fraction = split(offsets)
        offsets = whole + (fraction >= 0.5)
    if len(offsets) != len(images):
        offsets = offsets.repeat_interleave(len(images) // len(offsets), dim=0)
    return WAYS[way](images[..., 0], offsets)[..., None]


def _within(offsets: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Offsets beyond which nothing is seen are held just there, so that a narrower type can hold their places."""
    height, width = images.shape[1:]
    reach = torch.tensor([width + 1.0, height + 1.0], dtype=offsets.dtype, device=offsets.device)
    return torch.minimum(torch.maximum(offsets, -reach), reach)


def _of_none(images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """No images for no images, and no gradient for none: PyTorch cannot differentiate a complex view of nothing, and
    nothing need be compiled for it.
    """
    return images + offsets.sum()


def by_grid_sample(images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """By ``grid_sample``, on images filled up with zeros to sides that are powers of two.

    It wants places as fractions of the side, in the dtype of the images: of such a side, whole pixels are exact, and
    others are off by half the side times eps.
    """
    if not len(images):
        return _of_none(images, offsets)
    height, width = images.shape[1:]
    parts = torch.view_as_real(images).movedim(-1, 1) if images.is_complex() else images[:, None]
    tall, wide = (1 << (size - 1).bit_length() for size in (height, width))
    held = _within(offsets, images)
    xs = _places(width, wide, held[:, 0]).to(parts.dtype)
    ys = _places(height, tall, held[:, 1]).to(parts.dtype)
    grid = torch.stack([xs[:, None].expand(-1, height, -1), ys[:, :, None].expand(-1, -1, width)], dim=-1)
    padded = pad(parts, (0, wide - width, 0, tall - height))
    moved = grid_sample(padded, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return torch.complex(moved[:, 0], moved[:, 1]) if images.is_complex() else moved[:, 0]


def _places(count: int, side: int, offset: torch.Tensor) -> torch.Tensor:
    """Where each of ``count`` pixels comes from, (Q, count): -1 and 1 are the edges of an image of ``side`` pixels."""
    pixels = torch.arange(count, dtype=offset.dtype, device=offset.device)
    return (2 * (pixels - offset[:, None]) + 1) / side - 1


def by_compiled_gather(images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """By a gather that ``torch.compile`` made; nothing falls back to eager mode.

    Sizes of 0 and 1, sizes that happen to be equal, and views of other tensors would each be compiled for themselves;
    here one compilation serves all shapes of a dtype, and another one those of which any gradient is taken, and each
    number of threads that a thread of Python has.
    """
    if not len(images):
        return _of_none(images, offsets)
    height, width = images.shape[1:]
    planes = torch.view_as_real(images).movedim(-1, 1).flatten(0, 1) if images.is_complex() else images
    held = _within(offsets, images).repeat_interleave(len(planes) // len(images), dim=0)
    lone = len(planes) == 1
    ringed = pad(planes, (1, 1 + (width == 1), 1, 1 + (height == 1)))
    given = [torch.cat([one, one]) if lone else one.clone() for one in (ringed, held)]
    if torch.is_grad_enabled() and any(one.requires_grad for one in given):
        # That of one and not of the other would be compiled for itself.
        given = [one if one.requires_grad else one.requires_grad_() for one in given]
    with (
        torch.fx.experimental._config.patch(use_duck_shape=False),
        torch._dynamo.config.patch(recompile_limit=_MOST_COMPILED),
    ):
        moved = _compiled()(*given)
    moved = moved[: len(planes), :height, :width]
    return torch.complex(moved[::2], moved[1::2]) if images.is_complex() else moved


def _gather_planes(ringed: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """(Q, H, W) of planes with a margin of zeros, (Q, H + 2, W + 2)."""
    count, height, width = ringed.shape
    whole, fraction = split(-offsets)
    weight = fraction.to(ringed.dtype)[:, :, None, None]
    first = whole.to(torch.int64)[:, :, None]
    rows = first[:, 1] + torch.arange(height - 1, device=ringed.device)
    columns = first[:, 0] + torch.arange(width - 1, device=ringed.device)
    rows, columns = (rows + 1).clamp(0, height - 1), (columns + 1).clamp(0, width - 1)
    plane = torch.arange(count, device=ringed.device)[:, None, None]
    tiles = ringed[plane, rows[:, :, None], columns[:, None]]
    tiles = torch.lerp(tiles[:, :-1], tiles[:, 1:], weight[:, 1])
    return torch.lerp(tiles[:, :, :-1], tiles[:, :, 1:], weight[:, 0])


#: Two dtypes, each with gradients or without, and the threads; beyond 8, PyTorch's own, it would fail.
_MOST_COMPILED: Final = 64


@cache
def _compiled() -> Callable[..., torch.Tensor]:
    compiled: Callable[..., torch.Tensor] = torch.compile(_gather_planes, dynamic=True, fullgraph=True)
    return compiled


@cache
def why_not_compiled() -> str:
    """Empty where ``torch.compile`` works here, else what it said."""
    try:
        by_compiled_gather(torch.zeros(2, 1, 1), torch.zeros(2, 2, dtype=torch.float64))
    except Exception as error:
        return f"torch.compile: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
    return ""


WAYS: Final[Mapping[str, Callable[..., Any]]] = {
    "gather_eager": shift,
    "grid_sample": by_grid_sample,
    "gather_compiled": by_compiled_gather,
}
