"""What training is told, and the Adam that it runs.

With the gradient ``g`` of step ``t = 1, 2, ..`` (Kingma and Ba 2015, algorithm 1)::

    m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
    p = p - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

so ``epsilon`` stands beside the corrected root, where PyTorch has it and Keras has not. The powers are taken and
divided in float64 whatever the precision. What moves: the weights; the intensity scale as a factor on its first value,
which begins at 1; and the probe over its first root mean square ``r``, real and imaginary part each, held to the power
it came with: ``P = r q sqrt(sum |P0|^2 / sum |r q|^2)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class TrainingSettings:
    """Settings by the names under which they stand in a bundle."""

    learning_rate: float = 5e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    #: groups are reassembled and cut again before they are illuminated
    object_big: bool = True
    train_scale: bool = True
    train_probe: bool = False

    @staticmethod
    def read(given: Mapping[str, Any]) -> TrainingSettings:
        """Settings from a mapping; ``ValueError`` naming those that are unknown or out of range."""
        known = {field.name for field in fields(TrainingSettings)}
        if strange := sorted(set(given) - known):
            raise ValueError(f"settings: {', '.join(strange)} unknown; there are {', '.join(sorted(known))}")
        out = TrainingSettings(**given)
        if not (out.learning_rate > 0 and out.epsilon > 0 and 0 <= out.beta1 < 1 and 0 <= out.beta2 < 1):
            raise ValueError(f"settings: learning_rate, epsilon, beta1 or beta2 out of range in {dict(given)}")
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values by name."""
        return asdict(self)

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> TrainingSettings:
        """What :meth:`to_json` wrote; ``ValueError`` naming those that are missing too: none is a default."""
        if missing := sorted({field.name for field in fields(TrainingSettings)} - set(given)):
            raise ValueError(f"settings: {', '.join(missing)} missing")
        return TrainingSettings.read(given)
