"""The written-out Adam against PyTorch's own: the same place of epsilon, in float64, real and complex."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.laws.adam import Adam
from parity_suite.ptychography.learning.settings import TrainingSettings

torch = pytest.importorskip("torch")

BITS = np.random.default_rng(11)
PROBE = BITS.normal(size=(2, 4, 4)) + 1j * BITS.normal(size=(2, 4, 4))
WEIGHTS = BITS.normal(size=7)
COUNTS = BITS.uniform(1, 3, (5, 1, 1, 1))
SCALE = 1.7
#: An epsilon as large as the gradients, so that its place shows; betas that are no default.
STRICT = {"learning_rate": 0.02, "beta1": 0.7, "beta2": 0.95, "epsilon": 0.05}
ORDER = np.array([[0, 1], [3, 2], [4, 0], [1, 1], [2, 4], [0, 3]])


def objective(counts: Any, weights: Any, scale: Any, probe: Any, power: float | None) -> Any:
    """Some smooth function in which everything that moves has a part; the probe has no gauge here."""
    if power is not None:
        probe = probe * torch.sqrt(power / (probe.abs() ** 2).sum())
    tilt = torch.linspace(0.5, 2, probe.numel(), dtype=torch.float64).reshape(probe.shape)
    shape = (tilt * (probe.real * 0.3 - probe.imag**2 * 0.05)).sum()
    return (
        (weights**2).sum() * 0.1 + torch.sin(weights).sum() * scale + shape * weights[0] - counts.mean()
    ) ** 2 * 1e-2


class Door:
    """The stage ``objective`` and its gradients, by PyTorch's differentiation."""

    rounding = "float64"

    @property
    def backend(self) -> Door:
        return self

    def need(self, *methods: str) -> None:
        assert methods == ("vjp",)

    def given(self, value: Any) -> Any:
        return value

    def __call__(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, float]:
        return {"poisson_nll": self._value(inputs)[0].item()}

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        value, variables = self._value(inputs)
        (gradient,) = torch.autograd.grad(value, variables[wrt])
        return gradient.numpy() * cotangent

    def _value(self, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        free = {
            name: torch.tensor(np.asarray(inputs[name]), requires_grad=True) for name in ("weights", "scale", "probe")
        }
        return objective(torch.tensor(inputs["counts"]), **free, power=inputs["power"]), free


def _lesson(settings: TrainingSettings) -> Any:
    arrays = {"counts": COUNTS, "positions": np.zeros((5, 1, 2, 1)), "centres": np.zeros((5, 1, 2, 1))}
    arrays |= {"probe": PROBE, "weights": WEIGHTS, "canvas": (4, 4)}
    return SimpleNamespace(inputs=lambda precision: dict(arrays), settings=settings)


def _by_torch(settings: TrainingSettings) -> tuple[list[float], Any, float, Any]:
    root, power = np.sqrt(np.mean(np.abs(PROBE) ** 2)), float(np.sum(np.abs(PROBE) ** 2))
    weights, gain, q = (torch.tensor(a, requires_grad=True) for a in (WEIGHTS, np.ones(()), PROBE / root))
    moving = [weights] + [gain] * settings.train_scale + [q] * settings.train_probe
    adam = torch.optim.Adam(
        moving, settings.learning_rate, (settings.beta1, settings.beta2), settings.epsilon, foreach=False
    )
    losses = []
    for groups in ORDER:
        adam.zero_grad()
        loss = objective(
            torch.tensor(COUNTS[groups]), weights, SCALE * gain, root * q, power if settings.train_probe else None
        )
        loss.backward()
        adam.step()
        losses.append(loss.item())
    raw = root * q.detach().numpy()
    return losses, weights.detach().numpy(), SCALE * gain.item(), raw * np.sqrt(power / np.sum(np.abs(raw) ** 2))


@pytest.mark.parametrize("train_probe", [False, True])
@pytest.mark.parametrize("train_scale", [False, True])
def test_six_steps_are_those_of_pytorch(train_scale: bool, train_probe: bool) -> None:
    settings = TrainingSettings(**STRICT, train_scale=train_scale, train_probe=train_probe)
    adam = Adam(Door(), _lesson(settings), SCALE)  # type: ignore[arg-type]
    losses = [adam.step(groups) for groups in ORDER]
    wanted, weights, scale, probe = _by_torch(settings)
    assert losses == pytest.approx(wanted, rel=1e-13)
    assert adam.weights == pytest.approx(weights, rel=1e-13)
    assert adam.scale == pytest.approx(scale, rel=1e-13)
    assert np.abs(adam.probe - probe).max() < 1e-13
    # What moves has moved, and nothing else.
    assert np.abs(adam.weights / WEIGHTS - 1).min() > 1e-3
    assert (adam.scale != SCALE) is train_scale
    assert np.array_equal(adam.probe, PROBE) is not train_probe


def test_the_probe_keeps_its_power() -> None:
    adam = Adam(Door(), _lesson(TrainingSettings(**STRICT, train_probe=True)), SCALE)  # type: ignore[arg-type]
    for groups in ORDER:
        adam.step(groups)
        assert np.sum(np.abs(adam.probe) ** 2) == pytest.approx(np.sum(np.abs(PROBE) ** 2), rel=1e-13)
