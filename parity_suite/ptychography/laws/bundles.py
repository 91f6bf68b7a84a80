"""Laws of the bundle, through the opaque door: whatever its format, what went in comes out in a fresh process."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.compare.deviation import BrokenRule, Outcome, deviation, exactly, meaning
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.stage import PRECISIONS
from parity_suite.laws.registry import law, pair_law
from parity_suite.ptychography.laws.damage import damaged_copies
from parity_suite.ptychography.laws.fresh import LoadResult, load_bundles
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned, train, untrained
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.lessons import TrainingTask, lesson

_DOOR = ("train", "state", "save", "load", "infer")

#: A scale that no formula and no default gives.
SENTINEL = 9.882118
#: To which an archive knows when its members were written.
_ARCHIVED_SECONDS = 2
#: Of a model that is held where one of one channel is loaded.
_CHANNELS = 4


@law(stages=("bundle",), cases="taught", needs=_DOOR, traits=LawTraits(starts_processes=True, relative_of_models=True))
def round_trip(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Saved, loaded in a fresh process and saved again: the same state to the last bit, the same inference, the same
    bytes; a scale of 9.882118 survives, and of a model that was held or saved there before nothing stays. So it is with
    a model of another number of channels, other settings and one mode.
    """
    kind = _of_another_kind(subject, case)
    trained, given = learned(subject, case), untrained(subject, case, scale=SENTINEL)
    models = {"trained": trained, "sentinel": given, "other": _untaught(subject, kind)}
    amplitude = lesson(subject.context, case).amplitude.astype(subject.rounding)
    amplitudes = {"trained": amplitude, "sentinel": amplitude, "other": kind.amplitude.astype(subject.rounding)}
    with _folder() as folder:
        _save_twice(models, folder)
        loads = {name: {"load": str(folder / name), "save": str(folder / f"{name}.again")} for name in models}
        loads["over"] = {"load": str(folder / "over")}
        there = _saved_over(folder / "over", trained, given)
        found = load_bundles(subject, loads, {**amplitudes, "over": amplitude}, folder / "fresh")
        for name, model in models.items():
            yield from _came_back(name, found[name], model, amplitudes[name])
            if not found[name].refused and not found[name].broken:
                for copy in (f"{name}.twice", f"{name}.again"):
                    apart = _differing(folder / copy, folder / name)
                    yield meaning(Kind.STORAGE, exactly(f"files of {copy} that differ", apart, ""))
        yield from _came_back("saved over another", found["over"], there, amplitude)
        yield from _loaded_over(subject, kind, folder / "trained", trained, amplitude)
    if state := found["sentinel"].state:
        wanted = float(np.dtype(subject.precision).type(SENTINEL))
        found_scale = state.get("intensity_scale", float("nan"))
        yield meaning(Kind.STORAGE, exactly("sentinel scale", found_scale, wanted))


def _save_twice(models: Mapping[str, TrainedModel], folder: Path) -> None:
    """Saves each by its name, and again at another time: files that hold when they were written differ then, and not
    now and then.
    """
    for copy in ("", ".twice"):
        for name, model in models.items():
            model.backend.save(str(folder / f"{name}{copy}"))
        if not copy:
            time.sleep(_ARCHIVED_SECONDS - time.time() % _ARCHIVED_SECONDS)


def _saved_over(folder: Path, before: TrainedModel, model: TrainedModel) -> TrainedModel:
    """Saves a model where another one is; the one that is there then, since a backend may refuse to."""
    before.backend.save(str(folder))
    try:
        model.backend.save(str(folder))
    except Exception:
        return before
    return model


def _of_another_kind(subject: Subject, case: Case) -> TrainingTask:
    """The lesson of a case with other settings, one mode and another number of channels, for who takes that."""
    given = lesson(subject.context, case)
    settings = replace(given.settings, beta1=0.8)
    channels = given.counts.shape[3]
    others = 1 if channels > 1 else _CHANNELS
    pick = np.arange(others) % channels
    held = replace(
        given,
        counts=given.counts[..., pick],
        positions=given.positions[..., pick],
        probe=given.probe[:1],
        weights=initial_weights(1, others),
        settings=settings,
    )
    return replace(given, settings=settings) if subject.limits.outside("train", held.inputs(subject.rounding)) else held


def _untaught(subject: Subject, given: TrainingTask) -> TrainedModel:
    """After no step of a lesson, with a scale that no other model of the check has."""
    return train(subject, given, scale=float(np.dtype(subject.rounding).type(2 * SENTINEL)), order=given.order[:0])


def _loaded_over(
    subject: Subject, kind: TrainingTask, folder: Path, model: TrainedModel, amplitude: Any
) -> Iterator[Outcome]:
    """What an instance that has inferred with another model, of other sizes, gives after a load."""
    held = _untaught(subject, kind)
    infer(held, kind.amplitude)
    held.backend.load(str(folder))
    now = held.backend.state()
    yield meaning(Kind.STORAGE, exactly("scale (loaded over another)", now["intensity_scale"], model.scale))
    try:
        found = infer(held, amplitude)
    except FAILURES as error:
        # As of a model that was not replaced, which has other channels.
        yield exactly("inference (loaded over another)", f"{type(error).__name__}: {error}", "patches")
        return
    there = deviation("inference (loaded over another)", found, infer(model, amplitude))
    yield there if is_state_of(model, now) else meaning(Kind.STORAGE, there)
    again = folder.with_name("over.again")
    held.backend.save(str(again))
    apart = _differing(again, folder)
    yield meaning(Kind.STORAGE, exactly("files of what was loaded over another that differ", apart, ""))


def _came_back(name: str, found: LoadResult, model: TrainedModel, amplitude: Any) -> Iterator[Outcome]:
    if found.refused or found.broken:
        yield BrokenRule(f"{name}: not read back in a fresh process: {found.refused or found.broken}", "contract")
        return
    if set(found.state) != set(model.state):
        yield BrokenRule(f"{name}: {sorted(set(found.state) ^ set(model.state))} are not in both states", "contract")
    for key in sorted(set(found.state) & set(model.state)):
        yield meaning(Kind.STORAGE, exactly(f"{key} ({name})", found.state[key], model.state[key]))
    there = deviation(f"inference ({name})", found.patches, infer(model, amplitude))
    yield there if is_state_of(model, found.state) else meaning(Kind.STORAGE, there)


def is_state_of(model: TrainedModel, state: Mapping[str, Any]) -> bool:
    """Whether a state is that of a model, to the last bit; then another inference is no other model."""
    return set(state) == set(model.state) and all(np.array_equal(state[key], model.state[key]) for key in state)


@law(
    stages=("bundle",),
    cases="taught",
    needs=_DOOR,
    precisions=("float32",),
    traits=LawTraits(means=(Kind.REFUSAL, "a damaged bundle is not refused"), starts_processes=True),
)
def damage(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A bundle with any file deleted, emptied, cut or flipped in one bit, or without its scale, is refused, or read as
    if nothing had happened; nothing is defaulted.
    """
    model = untrained(subject, case, scale=SENTINEL)
    amplitude = lesson(subject.context, case).amplitude[:2].astype(subject.rounding)
    with _folder() as folder:
        model.backend.save(str(folder / "whole"))
        copies = dict(damaged_copies(folder / "whole", folder))
        numbered = {f"damage{k}": (what, path) for k, (what, path) in enumerate(copies.items())}
        loads = {key: {"load": str(path)} for key, (_, path) in numbered.items()}
        found = load_bundles(subject, {"whole": {"load": str(folder / "whole")}, **loads}, amplitude, folder / "fresh")
    if not copies:
        yield BrokenRule("save wrote no file", "contract")
    held = [_unmoved(what, found[key], found["whole"]) for key, (what, _) in numbered.items()]
    for problem in filter(None, held):
        yield BrokenRule(problem, "contract", cause=Cause.NOT_REFUSED)
    yield exactly("the whole bundle is read", bool(found["whole"].state), True, "contract")
    yield exactly("damages that change nothing", sum(not problem for problem in held), len(held), "contract")


def _unmoved(what: str, found: LoadResult, whole: LoadResult) -> str:
    """Empty where a damaged bundle was refused or gave what the whole one gives."""
    if found.refused:
        return ""
    if found.broken:
        return f"{what}: loaded, and then {found.broken}"
    wrong = [
        key for key in whole.state if key not in found.state or not np.array_equal(found.state[key], whole.state[key])
    ]
    if wrong or not np.array_equal(found.patches, whole.patches):
        return f"{what}: loaded all the same, with another {', '.join(wrong) or 'inference'}"
    return ""


@law(
    stages=("bundle",),
    cases="taught",
    needs=_DOOR,
    precisions=("float32",),
    traits=LawTraits(means=(Kind.REFUSAL, "nothing is loaded, and not refused"), by_rules=True),
)
def refused_load(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A load that is refused leaves the model that was held."""
    model = untrained(subject, case, scale=SENTINEL)
    amplitude = lesson(subject.context, case).amplitude[:2].astype(subject.rounding)
    before = infer(model, amplitude)
    with _folder() as folder:
        yield from must_raise("load of an empty folder", lambda: model.backend.load(str(folder)))
        yield from must_raise("load of no folder", lambda: model.backend.load(str(folder / "none")))
    scale = exactly("scale afterwards", model.backend.state()["intensity_scale"], model.scale)
    for one in (scale, exactly("inference afterwards", infer(model, amplitude), before)):
        yield meaning(Kind.STORAGE, one)


def must_raise(what: str, call: Any) -> Iterator[Outcome]:
    """A refusal, whatever its type, that says something."""
    try:
        call()
    except Exception as error:
        yield exactly(f"{what} is refused", bool(str(error)), True, "contract")
    else:
        yield BrokenRule(f"{what} was not refused", "contract", cause=Cause.NOT_REFUSED)


def _precisions(case: Case) -> tuple[str, ...]:
    """A measured dataset is trained on in float32 alone."""
    return PRECISIONS[:1] if case.kind == "file" else PRECISIONS


@pair_law("bundle", cases="taught", needs=_DOOR, precisions=_precisions)
def pair(first: Subject, second: Subject, case: Case) -> Iterator[Outcome]:
    """A bundle trained on either gives the other the same state to the last bit and the same inference."""
    formats = [getattr(subject.cls, "bundle_format", None) for subject in (first, second)]
    if formats[0] is None or formats[0] != formats[1]:
        said = f"{first.name} and {second.name} do not declare one bundle_format"
        raise NotProvided(said, Cause.OUTSIDE_CAPABILITY)
    amplitude = lesson(first.context, case).amplitude.astype(first.rounding)
    with _folder() as folder:
        for writer, reader in ((first, second), (second, first)):
            model, target = learned(writer, case), folder / writer.name
            model.backend.save(str(target))
            found = load_bundles(reader, {"crossed": {"load": str(target)}}, amplitude, folder / f"{reader.name}-reads")
            label = f"{writer.name} read by {reader.name}"
            yield from _came_back(label, found["crossed"], model, amplitude)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as name:
        yield Path(name)


def _differing(one: Path, two: Path) -> str:
    """The names of files that are not the same bytes in both folders, or in one alone; which they are says nothing."""
    names = {path.relative_to(folder) for folder in (one, two) for path in folder.rglob("*") if path.is_file()}
    digests = {name: [_digest(folder / name) for folder in (one, two)] for name in names}
    return ", ".join(sorted(str(name) for name, (first, second) in digests.items() if first != second))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
