"""The lesson ``lesson16.g2`` under a mistake: how far its training goes astray, and which checks turn red."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import count
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from measuring.row import Measured, number, relative
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.engine.runner import Runner
from parity_suite.laws.registry import law_of
from parity_suite.ptychography.laws.learned import TrainedModel, learned, train
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.model import Fitted
from parity_suite.ptychography.sizes import LESSONS, SMALL
from parity_suite.ptychography.torch import backend, training
from parity_suite.selftest.sieve import sifting

CONTEXT = RunContext()

CASE: Final = next(case for case in LESSONS if case.name == "lesson16.g2")
TENSORFLOW: Final = BackendSpec("tensorflow", "parity_suite.ptychography.tensorflow", "TensorFlow")

#: Checks that may see a mistake, in the order of the pipeline; a probing case where the stage has no lesson.
CHECKS: Final = (
    *((stage, "oracle", SMALL[1]) for stage in ("diffract", "stats")),
    ("network", "oracle", SMALL[1]),
    *(("loss", law, SMALL[1]) for law in ("oracle", "gradient")),
    ("objective", "oracle", SMALL[1]),
    *(("train", law, CASE) for law in ("optimiser", "precedence", "pair")),
    *(("infer", law, CASE) for law in ("oracle", "train_eval")),
)

#: A name of a module and what is put in its place.
Change = tuple[Any, str, Any]
_names: Final = count()


class Run(NamedTuple):
    """A lesson after one step and after all forty."""

    one: TrainedModel
    all: TrainedModel


def trained(*changes: Change, precision: str = "float64") -> Measured:
    """What the changes to the torch backend do to the lesson, against the backend without them."""
    with made(*changes):
        spec = torch_spec()
        text = effect(run(spec, precision), baseline(precision))
        return Measured(text, seen(spec, precision))


def made(*changes: Change) -> ExitStack:
    """The changes in force, while the result is entered."""
    stack = ExitStack()
    for module, name, value in changes:
        stack.enter_context(patch.object(module, name, value))
    return stack


def torch_spec() -> BackendSpec:
    """The torch backend by a name of its own, so that nothing trained before is taken for it."""
    return BackendSpec(f"torch_{next(_names)}", "parity_suite.ptychography.torch", "Torch")


def run(spec: BackendSpec, precision: str = "float64") -> Run:
    subject = Subject(spec, CONTEXT, "cpu", precision, precision)
    return Run(train(subject, lesson(CONTEXT, CASE), order=lesson(CONTEXT, CASE).order[:1]), learned(subject, CASE))


def told(**settings: Any) -> Run:
    """The torch backend after the lesson under other settings, in float64."""
    given, subject = lesson(CONTEXT, CASE), Subject(torch_spec(), CONTEXT, "cpu", "float64", "float64")
    chosen = given.settings.to_json() | settings
    return Run(*(train(subject, given, order=given.order[:steps], settings=chosen) for steps in (1, None)))


@cache
def baseline(precision: str) -> Run:
    """The torch backend as it is. Must be asked for before anything is changed."""
    return run(torch_spec(), precision)


@cache
def tensorflow(precision: str) -> Run:
    """The TensorFlow backend as it is."""
    return run(TENSORFLOW, precision)


def effect(got: Run, want: Run) -> str:
    """Relative changes: of the loss of the first and last step, of the weights after one and all, of the patches."""
    losses = (relative(got.all.losses[step], want.all.losses[step]) for step in (0, -1))
    weights = (relative(_weights(a), _weights(b)) for a, b in zip(got, want, strict=True))
    patches = relative(got.all.patches, want.all.patches)
    first, last = (", ".join(map(number, pair)) for pair in (losses, weights))
    return f"loss {first}; weights {last}; patches {number(patches)}"


def seen(
    spec: BackendSpec, precision: str = "float64", checks: Sequence[tuple[str, str, Case]] = CHECKS
) -> tuple[str, ...]:
    """The checks that are red for a backend, as ``stage.law``."""
    runner, red = Runner(CONTEXT, sifting()), []
    for stage, law, case in checks:
        if law != "pair" and precision not in law_of(law, stage).precisions:
            continue
        specs = (TENSORFLOW, spec) if law == "pair" else (spec,)
        if runner.run(Check(stage, law, case, specs, "cpu", precision)).red:
            red.append(f"{stage}.{law}")
    return tuple(red)


def kernel(stage: str, function: Callable[..., Any]) -> Change:
    """A stage of the torch backend computed by another function."""
    return backend, "_KERNELS", {**backend._KERNELS, stage: function}


def fitting(change: Callable[[dict[str, Any], Any], tuple[dict[str, Any], Any]]) -> Change:
    """A training loop that is given other inputs or settings than it was told."""
    right = training.fit

    def fit(given: Mapping[str, Any], scale: float, settings: Any) -> Fitted:
        told, changed = change(dict(given), settings)
        return right(told, scale, changed)

    return training, "fit", fit


def _weights(model: TrainedModel) -> Any:
    return model.backend.model.weights
