"""Reading images at positions between the pixels."""

from __future__ import annotations

import torch

from parity_suite.ptychography.torch.bilinear import blocks, interpolate, lines, split, with_margin


def extract(object: torch.Tensor, positions: torch.Tensor, size: int) -> torch.Tensor:
    """Patches (B, size, size, C) of ``object`` (H, W), pixel size//2 at ``positions`` (B, 1, 2, C)."""
    image = torch.zeros(len(positions), dtype=torch.int64, device=positions.device)
    return _patches(object[None], image, positions, size)


def extract_each(objects: torch.Tensor, positions: torch.Tensor, size: int) -> torch.Tensor:
    """As :func:`extract`, but group b is cut out of its own ``objects[b]``, (B, H, W)."""
    image = torch.arange(len(positions), device=positions.device)
    return _patches(objects, image, positions, size)


def _patches(objects: torch.Tensor, image: torch.Tensor, positions: torch.Tensor, size: int) -> torch.Tensor:
    """Group b is cut from ``objects[image[b]]``."""
    batch, _, _, channels = positions.shape
    corner = (positions[:, 0] - size // 2).transpose(1, 2).reshape(batch * channels, 2)
    patches = _sample(objects, image.repeat_interleave(channels), corner, (size, size))
    return patches.reshape(batch, channels, size, size).permute(0, 2, 3, 1)


def shift(images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """``images`` (Q, H, W), each moved by its offset (Q, 2) [x, y]."""
    count, height, width = images.shape
    image = torch.arange(count, device=images.device)
    if torch.is_grad_enabled() and (images.requires_grad or offsets.requires_grad):
        return _sample(images, image, -offsets, (height, width))
    # No margin and no second copy of all images: most of the time goes into memory that is touched for the first time.
    moved = torch.empty((count, height, width), dtype=images.dtype, device=images.device)
    for block in blocks(count, (height + 1) * (width + 1)):
        some = with_margin(images[block])
        _windows(some, image[: len(some)], -offsets[block], (height, width), moved[block])
    return moved


def _sample(images: torch.Tensor, image: torch.Tensor, corner: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """(Q, *shape): window q is cut from ``images[image[q]]``, its first pixel at ``corner[q]`` [x, y]."""
    ringed = with_margin(images)
    parts = blocks(len(corner), (shape[0] + 1) * (shape[1] + 1))
    return torch.cat([_windows(ringed, image[block], corner[block], shape) for block in parts])


def _windows(
    ringed: torch.Tensor,
    image: torch.Tensor,
    corner: torch.Tensor,
    shape: tuple[int, int],
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Some windows at once, of images with a margin; written into ``out`` if given."""
    height, width = ringed.shape[1] - 2, ringed.shape[2] - 2
    (left, top), (right, down) = (part.unbind(1) for part in split(corner))
    rows = lines(top, shape[0] + 1, height) + image[:, None] * (height + 2)
    columns = lines(left, shape[1] + 1, width)
    index = (rows * (width + 2))[:, :, None] + columns[:, None]
    tiles = ringed.flatten().gather(0, index.flatten()).reshape(index.shape)
    return interpolate(tiles, down, right, out)
