"""A backend in plain NumPy with every part of the protocol that needs no framework, to see the laws green and red."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from plain import Plain

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.methods import in_place_of
from parity_suite.core.context import RunContext
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Stage
from parity_suite.ptychography.adjoints import gradient_of
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.pipeline import STAGES
from parity_suite.ptychography.sizes import GUARDED

CONTEXT = RunContext()


class Whole(Plain):
    """The stages of the oracle, which refuse what breaks their contract, and a model of one weight, which training
    moves by the rate in each step.
    """

    modes = ("eager", "graph")
    bundle_format = "parity-suite tests: learner"

    def __init__(self, *, device: str = "cpu", precision: str = "float32", mode: str = "eager") -> None:
        super().__init__(device=device, precision=precision)
        self.held: dict[str, Any] = {}
        self.channels = 0
        self.mode = mode

    def put(self, array: Any) -> list[Any]:
        return [array]

    def get(self, handle: list[Any]) -> Any:
        return handle[0]

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: list[Any]) -> list[Any]:
        value = self.get(handle)
        for stage, rest in stages:
            value = getattr(self, stage)(**{BY_NAME[stage].inputs[0].name: value, **rest})
        return self.put(value)

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        if stage == "objective":
            raise NotProvided("the gradient of the network")
        return gradient_of(stage, output, wrt, inputs, cotangent)

    def placement(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, bool]:
        return dict.fromkeys((field.name for field in BY_NAME[stage].outputs), True)

    def train(self, **given: Any) -> Mapping[str, Any]:
        admit(BY_NAME["train"], given)
        settings, order, counts = given["settings"], given["order"], given["counts"]
        photons = counts.sum(dtype=float) / (counts.shape[0] * counts.shape[3])
        scale = given["scale"] or np.sqrt(photons / np.sum(np.abs(given["probe"]) ** 2, dtype=float))
        step, self.channels = settings["learning_rate"] * len(order), counts.shape[3]
        probe = given["probe"] * (1 + step * settings["train_probe"])
        scale = self.real.type(scale * (1 + step * settings["train_scale"]))
        self.held = {"intensity_scale": float(scale), "weight": np.array([1 + step], self.real), "probe": probe}
        losses = np.array([counts[groups].mean() for groups in order], self.real)
        return {"losses": losses, "patches": self.infer(np.sqrt(counts[given["watch"]]))}

    def state(self) -> Mapping[str, Any]:
        if not self.held:
            raise LookupError("no model is held")
        return {n: value.copy() if isinstance(value, np.ndarray) else value for n, value in self.held.items()}

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        if not self.held:
            raise LookupError("no model is held")
        admit(BY_NAME["infer"], {"amplitude": amplitude, "batch": batch})
        if amplitude.shape[1:] != (*self.held["probe"].shape[1:], self.channels):
            raise ValueError(f"amplitude: shape {amplitude.shape} is not that of what was trained on")
        step = batch or max(1, len(amplitude))
        rows = range(0, max(1, len(amplitude)), step)
        return np.concatenate([self.patches_of(amplitude[i : i + step]) for i in rows])

    def patches_of(self, amplitude: Any) -> Any:
        """The network: nowhere zero."""
        seen = amplitude.astype(self.real) / self.real.type(self.held["intensity_scale"])
        return ((seen * self.held["weight"][0] + 0.25) * (1 + 0.5j)).astype(self.complex)

    def save(self, folder: str) -> None:
        Path(folder).mkdir()
        content = json.dumps(
            {
                "channels": self.channels,
                "scale": self.held["intensity_scale"].hex(),
                "weight": self.held["weight"].tolist(),
                "probe": [self.held["probe"].real.tolist(), self.held["probe"].imag.tolist()],
            }
        )
        digest = hashlib.sha256(content.encode()).hexdigest()
        Path(folder, "model.json").write_text(f"{digest}\n{content}", "utf-8")

    def load(self, folder: str) -> None:
        digest, _, content = Path(folder, "model.json").read_text("utf-8").partition("\n")
        if hashlib.sha256(content.encode()).hexdigest() != digest:
            raise ValueError("model.json: not what was written")
        read = json.loads(content)
        self.channels = read["channels"]
        real, imaginary = (np.array(part, self.real) for part in read["probe"])
        self.held = {
            "intensity_scale": float.fromhex(read["scale"]),
            "weight": np.array(read["weight"], self.real),
            "probe": (real + 1j * imaginary).astype(self.complex),
        }

    def infer_stream(
        self, chunks: Iterable[tuple[Any, Any]], centre: Any, canvas: tuple[int, int], batch: int | None = None
    ) -> Mapping[str, Any]:
        patches = ((self.infer(amplitude, batch), positions) for amplitude, positions in chunks)
        return self.reassemble_stream(patches, centre, canvas)


class Knowing(Whole):
    """Has learned the true patches of the larger lesson by heart."""

    def patches_of(self, amplitude: Any) -> Any:
        known = next(lesson(CONTEXT, case) for case in GUARDED if case.size("C") == amplitude.shape[3])
        nearest = [int(np.argmin(np.sum((known.amplitude - one) ** 2, axis=(1, 2, 3)))) for one in amplitude]
        return known.need_truth()[nearest].astype(self.complex)


def _refusing(stage: Stage) -> Any:
    method = getattr(Plain, stage.name)

    def answer(self: Whole, given: dict[str, Any]) -> Any:
        admit(stage, given)
        return method(self, **given)

    return in_place_of(method, stage.arguments, answer)


for _stage in STAGES:
    setattr(Whole, _stage.name, _refusing(_stage))
