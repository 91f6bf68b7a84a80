"""What is particular to single stages: terms of round-off, adjoints, gradients, and inputs that they must refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.rules import Rules
from parity_suite.ptychography.adjoints import adjoint_of, gradient_of
from parity_suite.ptychography.admission import admit_own

Damage = tuple[str, str, dict[str, Any]]


class _Own(Rules):
    """A stage that refuses inputs by rules of its own."""

    def validate(self, inputs: Mapping[str, Any]) -> None:
        admit_own(type(self).__name__.lower(), inputs)


class _Linear(_Own):
    """A stage that is linear in some of its inputs."""

    stage: str

    def adjoint(self, name: str, inputs: Mapping[str, Any], y: Array) -> Array:
        return adjoint_of(self.stage, name, inputs, y)

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of(self.stage, output, wrt, inputs, cotangent)


class Probe(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "probe", "all zero", {**inputs, "probe": np.zeros_like(inputs["probe"])}


class Group(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "positions", "too few for a group", {**inputs, "positions": inputs["positions"][:0]}
        yield "neighbours", "fewer than channels", {**inputs, "gridsize": 2, "neighbours": 3}


class Layout(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "target", "unknown", {**inputs, "target": "rows"}
        flat = np.zeros((5, 4, 4, 1), inputs["images"].dtype)
        yield "images", "not divisible", {"images": flat, "source": "flat", "target": "channel", "gridsize": 2}


class Extract(_Linear):
    stage = "extract"

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "size", "of 0", {**inputs, "size": 0}
        doubled = np.repeat(inputs["positions"], 2, axis=2)
        yield "positions", "with three coordinates", {**inputs, "positions": doubled}


class Illuminate(_Linear):
    stage = "illuminate"


class Diffract(Rules):
    def terms(self, inputs: Mapping[str, Any]) -> int:
        """The transform's side."""
        return int(inputs["psi"].shape[2])

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of("diffract", output, wrt, inputs, cotangent)


class Scale(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "psi", "all zero", {**inputs, "learned": None, "psi": np.zeros_like(inputs["psi"])}


class _Projected(_Own):
    """The update of a projection is measured against the mean light: its error grows as the side of the patch."""

    def terms(self, inputs: Mapping[str, Any]) -> int:
        return int(inputs["probe"].shape[2] ** 2)


class Network(_Projected): ...


class Translate(_Linear):
    stage = "translate"


class Reassemble(_Linear):
    stage = "reassemble"

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "canvas", "of no rows", {**inputs, "canvas": (0, 4)}
        yield "centre", "of three", {**inputs, "centre": np.zeros(3, inputs["positions"].dtype)}


class Loss(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "counts", "negative", {**inputs, "counts": inputs["counts"] - inputs["counts"].max() - 1}
        empty = {name: value[:0] if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
        yield "amplitude", "of an empty batch", empty

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of("loss", output, wrt, inputs, cotangent)


class Objective(_Projected): ...


class Train(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        groups, settings = len(inputs["counts"]), inputs["settings"]
        yield "counts", "negative", {**inputs, "counts": inputs["counts"] - inputs["counts"].max() - 1}
        yield "order", "of a group that there is not", {**inputs, "order": inputs["order"] + groups}
        yield "watch", "of a group that there is not", {**inputs, "watch": inputs["watch"] + groups}
        yield "settings", "of which one is unknown", {**inputs, "settings": {**settings, "momentum": 0.9}}
        yield "settings", "with a negative rate", {**inputs, "settings": {**settings, "learning_rate": -1e-3}}


class Infer(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        amplitude = inputs["amplitude"]
        yield "amplitude", "of another side", {**inputs, "amplitude": amplitude[:, :-4, :-4]}
        yield "amplitude", "that is not square", {**inputs, "amplitude": amplitude[:, :-4]}
        yield "amplitude", "with a channel too few", {**inputs, "amplitude": amplitude[..., :-1]}
