"""A learner in a few lines of NumPy, and ways for it to break its contracts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext

CONTEXT = RunContext()


class Learner:
    """Its one weight is the mean of the counts that it was taught; a patch is the amplitude times weight, scale and
    1 + i/2.
    """

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        self.real = np.dtype(precision)
        self.held: dict[str, Any] = {}

    def train(self, **given: Any) -> Mapping[str, Any]:
        means = np.array([given["counts"][groups].mean() for groups in given["order"]])
        weight = np.array([means.mean() if means.size else 1.0], self.real)
        self.held = {"intensity_scale": float(given["scale"] or 1.25), "weight": weight}
        return {"losses": means, "patches": self.infer(np.sqrt(given["counts"][given["watch"]]))}

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        factor = self.held["weight"][0] * self.held["intensity_scale"] * (1 + 0.5j)
        return (amplitude.astype(self.real) * factor).astype(np.result_type(self.real, np.complex64))

    def state(self) -> Mapping[str, Any]:
        return dict(self.held)

    def save(self, folder: str) -> None:
        Path(folder).mkdir()
        content = {"scale": self.held["intensity_scale"].hex(), "weight": self.held["weight"].tolist()}
        Path(folder, "model.json").write_text(json.dumps(content), "utf-8")

    def load(self, folder: str) -> None:
        content = json.loads(Path(folder, "model.json").read_text("utf-8"))
        scale = float.fromhex(content["scale"])
        self.held = {"intensity_scale": scale, "weight": np.array(content["weight"], self.real)}


class Counting(Learner):
    """Has as its weight the number of loads that it has seen."""

    def load(self, folder: str) -> None:
        loads = self.held.get("weight", np.zeros(1))
        self.held = {"intensity_scale": 1.0, "weight": loads + 1}


class Broken(Learner):
    """Reads anything, and knows of nothing afterwards."""

    def load(self, folder: str) -> None:
        self.held = {}

    def state(self) -> Mapping[str, Any]:
        raise LookupError("no scale was read")


class Dying(Learner):
    """Takes the process with it, with the exit status that stands in the folder's name."""

    def load(self, folder: str) -> None:
        print("out of luck", file=sys.stderr, flush=True)
        os._exit(int(folder))


def subject_of(cls: type[Any], precision: str = "float32") -> Subject:
    """A subject that runs a class of this module."""
    return Subject(BackendSpec(cls.__name__.lower(), __name__, cls.__name__), CONTEXT, "cpu", precision, precision)
