"""Lessons: what a network is trained on, and what it should have learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.datasets import dataset_of
from parity_suite.cases.missing import Missing
from parity_suite.cases.variants import rounded
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered, seed
from parity_suite.ptychography.datasets import Dataset, synthesise
from parity_suite.ptychography.datasets.recipes import Defocused, Field, Jittered, Leaves, Modes, Recipe
from parity_suite.ptychography.learning.settings import TrainingSettings
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import gridsize_of
from parity_suite.ptychography.world import require_side

#: A soft field in few photons under two modes. Gradients are small there, so that the place of Adam's epsilon shows.
#: The probe lights the whole detector, since round-off decides whether a dark pixel is above the floor of the rate.
_SOFT: Final = Recipe(
    "lesson16",
    16,
    2,
    "counts",
    2000.0,
    1601,
    Field(shape=(52, 56), modulus=(0.55, 1.0), phase=(-0.9, 0.9), exponent=2.4, coherence=10.0),
    Modes(coma=(0.2, -0.15), astigmatism=0.2, aperture=0.85, defocus=2.0, second=0.2, direction=0.5),
    Jittered(origin=(27, 25), fraction_bits=8, points=(6, 5), step=(3.0, 3.5), jitter=1.2),
)

#: Sharp edges under a wide probe that fills the patch, in steps far smaller than it: after forty steps of training a
#: patch has the variance of the object, at any gridsize.
_SHARP: Final = Recipe(
    "lesson32",
    32,
    2,
    "normalised",
    1e5,
    3201,
    Leaves(shape=(72, 80), modulus=(0.5, 1.0), phase=(-0.6, 0.8), count=3000, radii=(1.5, 12.0)),
    Defocused(coma=(0.2, -0.15), astigmatism=0.2, aperture=0.6, defocus=3.0),
    Jittered(origin=(40, 36), fraction_bits=8, points=(6, 6), step=(2.0, 2.25), jitter=0.5),
)


def _large(side: int, phase: tuple[float, float]) -> Recipe:
    """Sharp edges, and one mode that lights the whole detector, at a side of the field."""
    middle = 3 * side // 2
    return Recipe(
        f"lesson{side}",
        side,
        2,
        "normalised",
        1e6,
        100 * side + 1,
        Leaves(shape=(3 * side, 3 * side + 8), modulus=(0.5, 1.0), phase=phase, count=6000, radii=(1.5, 12.0)),
        Defocused(coma=(0.2, -0.15), astigmatism=0.2, aperture=0.85, defocus=3.0),
        Jittered(origin=(middle, middle - 4), fraction_bits=8, points=(4, 5), step=(3.0, 3.25), jitter=0.5),
    )


#: Less phase at 128, of which a training of seconds leaves more unlearned.
_FIELD: Final = (_large(64, (-0.6, 0.8)), _large(128, (-0.45, 0.6)))
_RECIPES: Final = {recipe.name: recipe for recipe in (_SOFT, _SHARP, *_FIELD)}


@dataclass(frozen=True)
class _Plan:
    """Groups of a lesson, steps, groups of a step, and what else the settings say."""

    groups: int
    steps: int
    batch: int
    settings: Mapping[str, Any]


#: An epsilon that is no framework's default, and large enough beside the gradients to be seen in every step.
_STRICT: Final = {"epsilon": 1e-3, "learning_rate": 3e-3}
_PLANS: Final[Mapping[str, _Plan]] = {
    "lesson16": _Plan(24, 40, 4, _STRICT),
    "lesson32": _Plan(24, 30, 4, {"learning_rate": 3e-3}),
    "lesson64": _Plan(12, 16, 4, {"learning_rate": 3e-3}),
    "lesson128": _Plan(12, 16, 4, {"learning_rate": 1e-3}),
}
#: Of a measured dataset as many groups as fit into memory whatever it holds, for an epoch or two of some hundred.
_FILE_PLAN: Final = _Plan(400, 60, 8, {"learning_rate": 3e-3})


@dataclass(frozen=True, eq=False)
class TrainingTask:
    """Arrays as the stage ``train`` takes them, in float64; ``truth`` (G, N, N, C) are the true patches."""

    counts: Array
    positions: Array
    centres: Array
    probe: Array
    weights: Array
    order: Array
    canvas: tuple[int, int]
    settings: TrainingSettings
    truth: Array | None
    #: all of it, for stitching: the true object, and the middle of its scan positions
    object: Array | None
    centre: Array

    @property
    def amplitude(self) -> Array:
        """sqrt(counts), which is what inference is given."""
        return np.sqrt(self.counts)

    def inputs(self, precision: str, **changes: Any) -> dict[str, Any]:
        """The arguments of ``train`` as the precision can hold them; the training path is watched on every group."""
        given = {
            "counts": self.counts,
            "positions": self.positions,
            "centres": self.centres,
            "probe": self.probe,
            "scale": None,
            "weights": self.weights,
            "order": self.order,
            "watch": np.arange(len(self.counts)),
            "canvas": self.canvas,
            "settings": self.settings.to_json(),
        }
        return rounded("train", {**given, **changes}, precision)

    def need_object(self) -> Array:
        if self.object is None:
            raise Missing("the dataset has no objectGuess")
        return self.object

    def need_truth(self) -> Array:
        if self.truth is None:
            raise Missing("the dataset has no objectGuess")
        return self.truth


@remembered(maxsize=16)
def lesson(context: RunContext, case: Case) -> TrainingTask:
    """The lesson of a case of kind ``lesson`` or ``file``."""
    dataset = _made(context, case.source) if case.source in _RECIPES else dataset_of(context, case)
    require_side("network", dataset.probe.shape[-1])
    plan = _PLANS.get(case.source, _FILE_PLAN)
    # A free probe where groups are of four, the most common case, and there are two modes.
    free = case.source == _SOFT.name and gridsize_of(case) == 2
    settings = TrainingSettings(**plan.settings, train_probe=free)
    return _taught(dataset, gridsize_of(case), plan, settings)


@remembered()
def _made(_: RunContext, name: str) -> Dataset:
    return synthesise(_RECIPES[name])


def _taught(dataset: Dataset, gridsize: int, plan: _Plan, settings: TrainingSettings) -> TrainingTask:
    grouped = Oracle().group(dataset.positions, gridsize)
    chosen = np.unique(np.linspace(0, len(grouped["indices"]) - 1, plan.groups).astype(int))
    indices = grouped["indices"][chosen]
    positions = np.ascontiguousarray(np.moveaxis(dataset.positions[indices], 2, 1)[:, None])
    centres = grouped["coords_offsets"][chosen]
    side = dataset.probe.shape[-1]
    scale = 1.0 if dataset.domain == "counts" else float(np.sqrt(dataset.nphotons) / (side / 2))
    measured = np.moveaxis(dataset.diff3d[indices].astype(np.float64), 1, 3)
    bits = np.random.Generator(np.random.PCG64([side, gridsize, plan.steps, seed()]))
    reach = int(np.ceil(np.abs(positions - centres).max()))
    return TrainingTask(
        np.ascontiguousarray(np.rint((scale * measured) ** 2)),
        positions,
        centres,
        dataset.probe,
        initial_weights(1000 * seed() + side + gridsize, gridsize**2),
        _order(bits, len(chosen), plan),
        (side + 2 * reach, side + 2 * reach),
        settings,
        None if dataset.object is None else Oracle().extract(dataset.object, positions, side),
        dataset.object,
        dataset.positions.mean(axis=0),
    )


def _order(bits: np.random.Generator, groups: int, plan: _Plan) -> Array:
    """(S, B) groups of every step, epoch after epoch, each in an order of its own."""
    epochs = -(-plan.steps * plan.batch // groups)
    drawn = np.concatenate([bits.permutation(groups) for _ in range(epochs)])
    return drawn[: plan.steps * plan.batch].reshape(plan.steps, plan.batch)
