"""Training of one flat vector of all that moves, by :mod:`parity_suite.ptychography.learning.settings`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch

from parity_suite.backends.api import Array
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.model import Fitted
from parity_suite.ptychography.torch import network
from parity_suite.ptychography.torch.losses import poisson_nll
from parity_suite.ptychography.torch.objective import Groups, patches_of, predict, with_power


class State(NamedTuple):
    """The model at some step: ``weights`` (W,), ``scale`` without axes, ``probe`` (P, N, N)."""

    weights: torch.Tensor
    scale: torch.Tensor
    probe: torch.Tensor


@dataclass(frozen=True)
class Variables:
    """What moves, packed in one vector: the weights, the factor on the first scale, the probe over its first rms."""

    first: State
    settings: TrainingSettings

    def pack(self) -> torch.Tensor:
        """The vector at the first step."""
        parts = [self.first.weights]
        if self.settings.train_scale:
            parts.append(torch.ones_like(self.first.scale)[None])
        if self.settings.train_probe:
            q = self.first.probe / self._rms
            parts += [q.real.flatten(), q.imag.flatten()]
        return torch.cat(parts)

    def unpack(self, vector: torch.Tensor) -> State:
        """The model that a vector stands for."""
        _, scale, probe = self.first
        weights, gain, q = vector.split(self._sizes)
        if self.settings.train_scale:
            scale = scale * gain[0]
        if self.settings.train_probe:
            real, imaginary = q.reshape(2, *probe.shape)
            probe = with_power(self._rms * torch.complex(real, imaginary), self._power)
        return State(weights, scale, probe)

    @property
    def _sizes(self) -> tuple[int, int, int]:
        weights, _, probe = self.first
        return len(weights), int(self.settings.train_scale), 2 * probe.numel() * self.settings.train_probe

    @cached_property
    def _power(self) -> float:
        """``sum |P|^2`` of the first probe."""
        return float(network.power(self.first.probe.to(torch.complex128)).sum())

    @cached_property
    def _rms(self) -> float:
        """Root mean square of the first probe."""
        return math.sqrt(self._power / self.first.probe.numel())


class Adam:
    """Kingma and Ba (2015), algorithm 1, on one vector."""

    def __init__(self, vector: torch.Tensor, settings: TrainingSettings) -> None:
        self.settings = settings
        self.steps = 0
        self.mean, self.square = torch.zeros_like(vector), torch.zeros_like(vector)

    def update(self, vector: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """The vector after one more step."""
        s, self.steps = self.settings, self.steps + 1
        self.mean = s.beta1 * self.mean + (1 - s.beta1) * gradient
        self.square = s.beta2 * self.square + (1 - s.beta2) * gradient.square()
        mean, square = self.mean / (1 - s.beta1**self.steps), self.square / (1 - s.beta2**self.steps)
        return vector - s.learning_rate * mean / (square.sqrt() + s.epsilon)


def fit(given: Mapping[str, Any], scale: float, settings: TrainingSettings) -> Fitted:
    """Trains on the tensors ``given`` to the stage ``train``, from ``scale``; ``order`` and ``watch`` are NumPy's.

    Raises ``FloatingPointError`` naming the step whose loss is not finite.
    """
    groups = Groups(given["counts"], given["positions"], given["centres"])
    weights, order = given["weights"], given["order"]
    first = State(weights, torch.full((), scale, dtype=weights.dtype, device=weights.device), given["probe"])
    variables = Variables(first, settings)
    canvas = given["canvas"] if settings.object_big else None
    vector, losses = _descend(variables, groups, order, canvas)
    with torch.no_grad():
        last = variables.unpack(vector)
        patches = _watched(last, groups.counts, given["watch"], max(1, order.shape[1]))
    weights, probe = (_array(tensor) for tensor in (last.weights, last.probe))
    return Fitted(losses, patches, weights, float(last.scale), probe)


def _descend(
    variables: Variables, groups: Groups, order: Array, canvas: tuple[int, int] | None
) -> tuple[torch.Tensor, Array]:
    """The vector after one step for each row of ``order``, and the loss (S,) before each."""
    vector, losses = variables.pack(), np.zeros(len(order))
    adam = Adam(vector, variables.settings)
    # A copy in C order: torch takes no array that runs backwards, however short.
    for step, chosen in enumerate(torch.from_numpy(np.array(order, np.int64, order="C")).to(vector.device)):
        vector = vector.requires_grad_()
        state = variables.unpack(vector)
        batch = Groups(*(part[chosen] for part in groups))
        loss = poisson_nll(predict(batch, state.probe, state.scale, state.weights, canvas), batch.counts, state.scale)
        losses[step] = float(loss.detach())
        if not np.isfinite(losses[step]):
            raise FloatingPointError(f"step {step}: the loss is {losses[step]}")
        (gradient,) = torch.autograd.grad(loss, vector)
        vector = adam.update(vector.detach(), gradient)
    return vector.detach(), losses


def _watched(state: State, counts: torch.Tensor, watch: Array, batch: int) -> Array:
    """The patches (K, N, N, C) of some groups, as many at a time as in a step of training."""
    cuts = [watch[start : start + batch] for start in range(0, max(1, len(watch)), batch)]
    chosen = (torch.from_numpy(cut.astype(np.int64)).to(counts.device) for cut in cuts)
    parts = [patches_of(counts[some], state.probe, state.scale, state.weights) for some in chosen]
    return np.concatenate([_array(part) for part in parts])


def _array(tensor: torch.Tensor) -> Array:
    # A copy: what was given must not change with the model, nor the model with it.
    array: Array = tensor.numpy(force=True).copy()
    return array
