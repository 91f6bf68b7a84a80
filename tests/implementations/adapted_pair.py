"""Functions of tensors: the far field in two steps and in one, and the second step in another layout."""

from __future__ import annotations

from typing import Any

import torch

from parity_suite import Adapter, adapt


def exit_waves(patches: Any, probe: Any) -> Any:
    return patches[:, None] * probe[None, :, :, :, None]


def far_field(psi: Any) -> Any:
    """Waves (B, P, C, N, M) to amplitudes (B, C, N, M)."""
    if not len(psi):
        return psi.real.sum(1)
    spectrum = torch.fft.fft2(psi, norm="ortho")
    power = torch.fft.fftshift((spectrum.real**2 + spectrum.imag**2).sum(1), dim=(-2, -1))
    dark = power == 0
    return torch.where(dark, 0.0, torch.where(dark, 1.0, power).sqrt())


def last(psi: Any) -> Any:
    """The same of waves with the channels last."""
    return far_field(psi.movedim(-1, 2)).movedim(1, -1)


class Two(Adapter, framework="torch"):
    implementations = {"first": "diffract"}  # noqa: RUF012 (a literal, as users write it)
    fused = {"pattern": ("illuminate", "diffract")}  # noqa: RUF012
    illuminate = adapt(exit_waves)
    diffract = adapt(last)
    diffract_first = adapt(far_field, psi="B P C N M", amplitude="B C N M")
    pattern = adapt(lambda patches, probe: last(exit_waves(patches, probe)))


class Transposed(Two):
    """The layout of one implementation, and the probe of the chain, are other ones than is said."""

    diffract_first = adapt(far_field, psi="B P C N M", amplitude="B C M N")
    pattern = adapt(lambda patches, probe: last(exit_waves(patches, probe.mT)))


class Cut(Two):
    """The chain in one is right, but its gradient is not handed on."""

    pattern = adapt(lambda patches, probe: last(exit_waves(patches.detach() * 0.5 + patches * 0.5, probe)))
