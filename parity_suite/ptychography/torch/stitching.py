"""Patches added into canvases at positions between the pixels."""

from __future__ import annotations

from typing import NamedTuple

import torch

from parity_suite.ptychography.pipeline import COVER_THRESHOLD
from parity_suite.ptychography.torch.bilinear import blocks, interpolate, lines, split, with_margin


class Sums(NamedTuple):
    """Running sums on K canvases with a margin, each flattened from (K, H + 2, W + 2).

    The count of weights has two parts. A patch spread over (N + 1, N + 1) pixels has weight 1 in all of them
    but the outermost, the frame. So its inside is kept as steps at four corners, summed up along both axes at
    the end: whole numbers, exact in float64.
    """

    numerator: torch.Tensor
    frame: torch.Tensor
    steps: torch.Tensor


def reassemble(
    patches: torch.Tensor,
    positions: torch.Tensor,
    centre: torch.Tensor,
    canvas: tuple[int, int],
    batch: int | None = None,
) -> dict[str, torch.Tensor]:
    """Numerator, count and canvas of ``patches`` (B, N, N, C) at ``positions`` (B, 1, 2, C).

    ``centre`` (2,) gives one canvas (H, W) for all patches, ``centre`` (B, 1, 2, 1) one for each group,
    (B, H, W). ``batch`` groups are worked on at a time.
    """
    own = centre.dim() > 1
    sums = blank(len(patches) if own else 1, canvas, patches.dtype, patches.device)
    add(sums, patches, positions, centre, canvas, batch)
    result = finish(sums, canvas)
    return result if own else {name: value[0] for name, value in result.items()}


def blank(canvases: int, canvas: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Sums:
    """The sums of no patches on so many canvases of shape ``canvas``; ``dtype`` is the numerator's."""
    cells = canvases * (canvas[0] + 2) * (canvas[1] + 2)
    dtypes = dtype, torch.float64, torch.float64
    return Sums(*(torch.zeros(cells, dtype=kind, device=device) for kind in dtypes))


def add(
    sums: Sums,
    patches: torch.Tensor,
    positions: torch.Tensor,
    centre: torch.Tensor,
    canvas: tuple[int, int],
    batch: int | None = None,
) -> None:
    """Adds to ``sums``; the other arguments as in :func:`reassemble`."""
    groups, side, _, channels = patches.shape
    rows, columns, down, right = _spread(positions, centre, side, canvas)
    _add_frame(sums.frame, rows, columns, *(part.to(patches.real.dtype)[:, None] for part in (down, right)))
    _add_steps(sums.steps, rows, columns)
    for block in blocks(groups, channels * (side + 1) ** 2, batch):
        stack = patches[block].permute(0, 3, 1, 2).flatten(0, 1)
        own = slice(block.start * channels, block.stop * channels)
        tiles = interpolate(with_margin(stack), down[own], right[own])
        cells = rows[own, :, None] + columns[own, None]
        sums.numerator.scatter_add_(0, cells.flatten(), tiles.flatten())


def finish(sums: Sums, canvas: tuple[int, int]) -> dict[str, torch.Tensor]:
    """``numerator``, ``count`` and ``canvas``, each (K, H, W)."""
    numerator, frame, steps = (part.reshape(-1, canvas[0] + 2, canvas[1] + 2) for part in sums)
    count = frame + steps.cumsum(1).cumsum(2)
    numerator, count = numerator[:, 1:-1, 1:-1], count[:, 1:-1, 1:-1].to(numerator.real.dtype)
    covered = count >= COVER_THRESHOLD
    filled = torch.where(covered, numerator / torch.where(covered, count, 1.0), 0.0)
    return {"numerator": numerator, "count": count, "canvas": filled}


def _spread(
    positions: torch.Tensor, centre: torch.Tensor, side: int, canvas: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where each of the Q patches is added: the index of a cell is ``rows + columns``, (Q, N + 1) each.

    Besides, the fractions (Q,) that a pixel of the canvas lies down and right of a pixel of the patch.
    """
    groups, _, _, channels = positions.shape
    own = centre.dim() > 1
    offset = (positions - (centre if own else centre[:, None]))[:, 0].transpose(1, 2).flatten(0, 1)
    x, y = (offset[:, axis] + canvas[1 - axis] // 2 - side // 2 for axis in (0, 1))
    # Row r of the canvas takes from row r - y of the patch: split as that coordinate is, or a fraction may be
    # rounded to another one.
    (above, down), (before, right) = split(-y), split(-x)
    canvases = torch.arange(groups, device=positions.device).repeat_interleave(channels)[:, None]
    first_row = canvases * (canvas[0] + 2 if own else 0)
    rows = lines(-above - 1, side + 1, canvas[0]) + first_row
    columns = lines(-before - 1, side + 1, canvas[1])
    return rows * (canvas[1] + 2), columns, down, right


def _add_frame(
    frame: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, down: torch.Tensor, right: torch.Tensor
) -> None:
    """Adds the weights on the four outermost lines of each patch; ``down`` and ``right`` are (Q, 1)."""
    inner, ones = rows[:, 1:-1], torch.ones_like(rows[:, 1:-1], dtype=down.dtype)
    across = torch.cat([right, ones, 1 - right], dim=1)
    weights = torch.cat([down * across, (1 - down) * across, right * ones, (1 - right) * ones], dim=1)
    pairs = (rows[:, :1], columns), (rows[:, -1:], columns), (inner, columns[:, :1]), (inner, columns[:, -1:])
    cells = torch.cat([row + column for row, column in pairs], dim=1)
    frame.scatter_add_(0, cells.flatten(), weights.flatten().to(frame.dtype))


def _add_steps(steps: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> None:
    """Adds the corners of the inside of each patch: up where it begins or ends on both axes, down on one."""
    up = torch.cat([rows[:, 1] + columns[:, 1], rows[:, -1] + columns[:, -1]])
    down = torch.cat([rows[:, 1] + columns[:, -1], rows[:, -1] + columns[:, 1]])
    steps.scatter_add_(0, up, torch.ones_like(up, dtype=steps.dtype))
    steps.scatter_add_(0, down, torch.full_like(down, -1, dtype=steps.dtype))
