"""The PyTorch reference backend. PyTorch is imported in this folder and nowhere else."""

from __future__ import annotations

from parity_suite.ptychography.torch.backend import Torch

__all__ = ["Torch"]
