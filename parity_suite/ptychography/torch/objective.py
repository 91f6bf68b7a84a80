"""What training minimises."""

from __future__ import annotations

from typing import NamedTuple

import torch

from parity_suite.ptychography.torch import network as reference
from parity_suite.ptychography.torch.diffraction import diffract
from parity_suite.ptychography.torch.illumination import illuminate
from parity_suite.ptychography.torch.losses import poisson_nll
from parity_suite.ptychography.torch.sampling import extract_each
from parity_suite.ptychography.torch.stitching import reassemble


class Groups(NamedTuple):
    """Measured groups: ``counts`` (B, N, N, C), ``positions`` (B, 1, 2, C), ``centres`` (B, 1, 2, 1), in float64."""

    counts: torch.Tensor
    positions: torch.Tensor
    centres: torch.Tensor


def objective(
    counts: torch.Tensor,
    positions: torch.Tensor,
    centres: torch.Tensor,
    probe: torch.Tensor,
    scale: float,
    weights: torch.Tensor,
    canvas: tuple[int, int],
    object_big: bool,
    power: float | None = None,
) -> dict[str, torch.Tensor]:
    """The amplitude (B, N, N, C) that the network predicts, and its Poisson NLL, a tensor without axes.

    ``probe`` (P, N, N) is first scaled to ``sum |P|^2 = power``, if given; ``weights`` is (W,), and ``canvas`` the
    (H, W) on which each group is reassembled if ``object_big``.
    """
    if power is not None:
        probe = with_power(probe, power)
    groups = Groups(counts, positions, centres)
    amplitude = predict(groups, probe, scale, weights, canvas if object_big else None)
    return {"amplitude": amplitude, "poisson_nll": poisson_nll(amplitude, counts, scale).to(amplitude.dtype)}


def with_power(probe: torch.Tensor, power: float) -> torch.Tensor:
    """``probe`` times the factor that makes ``sum |P|^2 = power``."""
    return probe * (power / reference.power(probe).sum()).sqrt()


def patches_of(
    counts: torch.Tensor, probe: torch.Tensor, scale: float | torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """The network's patches (B, N, N, C) of ``counts``, whose root is taken before it is rounded."""
    return reference.network(counts.sqrt().to(weights.dtype), probe, scale, weights)


def predict(
    groups: Groups,
    probe: torch.Tensor,
    scale: float | torch.Tensor,
    weights: torch.Tensor,
    canvas: tuple[int, int] | None,
) -> torch.Tensor:
    """The amplitude (B, N, N, C) of the network's patches, made to agree where they overlap if a canvas is given."""
    patches = patches_of(groups.counts, probe, scale, weights)
    if canvas is not None:
        patches = _agreed(patches, groups, canvas)
    return diffract(illuminate(patches, probe))


def _agreed(patches: torch.Tensor, groups: Groups, canvas: tuple[int, int]) -> torch.Tensor:
    """Each group reassembled around its own centre and cut again at its positions."""
    own = reassemble(patches, groups.positions, groups.centres, canvas)["canvas"]
    x, y = (groups.positions - groups.centres).unbind(2)
    places = torch.stack([x + canvas[1] // 2, y + canvas[0] // 2], dim=2)
    return extract_each(own, places, patches.shape[1])
