"""The law of paths: wherever a bundle is written, and however that is called, what was written last is read there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.generators import seeded_generators
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.compare.deviation import Outcome, exactly, meaning
from parity_suite.core.case import Case
from parity_suite.core.kinds import Kind
from parity_suite.laws.registry import law
from parity_suite.laws.surroundings import written_over
from parity_suite.ptychography.laws.learned import TrainedModel, arrays_of, own_weights, state_of, train
from parity_suite.ptychography.lessons import TrainingTask, lesson

_DOOR: Final = ("train", "state", "save", "load")
#: Far below one, and beyond what sixteen bits hold.
_SCALES: Final = (0.037, 81234.5)
#: Numbers that are written as others where digits, signs or bits are lost.
_ODD: Final = (-0.0, 1e-40, 1e-12, 1 / 3, 12345.678)
#: Modes of the models: the lesson has two.
_MODES: Final = (1, 3)


@law(stages=("bundle",), cases="taught", needs=_DOOR, precisions=("float32",))
def paths(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """In a folder with blanks and letters beyond ASCII, or called from where one is, what was written last is read, in
    another thread and by who has read there before, to the last bit: scales far from one, one and three modes, and odd
    weights too. Another thread writes it, and is told it, as this one; a state that is written over changes no model.
    The working directory, what else is set for the process, and a file beside stay; no global random generator is
    seeded.
    """
    subject.require_within("train", lesson(subject.context, case).inputs(subject.rounding))
    models = [_model(subject, case, scale, modes) for scale, modes in zip(_SCALES, _MODES, strict=True)]
    reader, last, other = subject.fresh(), subject.fresh(), subject.fresh()
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as name:
        folder, beside = Path(name, "a model é"), Path(name, "notes.txt")
        beside.write_text("mine")
        for model, said in zip(models, (str(folder), folder.name), strict=True):
            label = f"scale {model.scale:g}"
            with chdir(name), changed_settings() as changed:
                said = _written(model, said)
                yield _read_elsewhere(model, reader, said)
                copy = _written(TrainedModel(subject, reader, model.outputs, model.state), f"{name}/copy")
                # Some of what is set is set for the thread that reads.
                other.load(said)
            ask = partial(_written_and_read, model, other, f"{name}/again, {label}")
            yield from _left_alone(seeded_generators(ask), lasting(changed, ask), label)
            yield from _asked_elsewhere(model, other, f"{name}/elsewhere, {label}", label)
            yield from _is(model, reader, label)
        # Who remembers by the name of a folder what was in it gives the first one, and who remembers what was saved.
        for by, again, label in ((reader, Path(name, said), "read again"), (last, Path(copy), "written by its reader")):
            by.load(f"{again}{os.sep}")
            yield from _is(models[-1], by, label)
        yield exactly("a file beside the bundle", beside.is_file() and beside.read_text(), "mine")


def _written_and_read(model: TrainedModel, reader: Any, folder: str) -> None:
    reader.load(_written(model, folder))


def _left_alone(seeded: list[str], left: list[str], label: str) -> Iterator[Outcome]:
    for what, those in (("global generators seeded", seeded), ("settings of the process changed", left)):
        yield meaning(Kind.STATE, exactly(f"{what}, {label}", ", ".join(those), ""))


def _asked_elsewhere(model: TrainedModel, reader: Any, folder: str, label: str) -> Iterator[Outcome]:
    """What another thread is told by one that has read a model in this, and what it writes of the model; and the model
    once a state that was handed out is written over.
    """
    state = state_of(reader)
    here = _bits(state)
    with ThreadPoolExecutor(1) as thread:
        there = _bits(thread.submit(state_of, reader).result())
        folder = thread.submit(_written, model, folder).result()
    # Who tells another state each time does so in this thread too.
    steady = _bits(state_of(reader)) == here
    alike = there == here or not steady
    yield meaning(Kind.THREAD, exactly(f"{label}, told in another thread as in this one", alike, True))
    with written_over(state):
        kept = _bits(state_of(reader)) == here or not steady
    yield meaning(Kind.STATE, exactly(f"{label}, the same once a state is written over", kept, True))
    reader.load(folder)
    alike = _bits(state_of(reader)) == here or not steady
    yield meaning(Kind.THREAD, exactly(f"{label}, written in another thread as in this one", alike, True))


def _bits(state: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in arrays_of(state).items()}


def _read_elsewhere(model: TrainedModel, reader: Any, folder: str) -> Outcome:
    """Reads a model in another thread; once more in this one where another, or none, is held then."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(reader.load, folder).result()
    there = _holds(reader, model.scale)
    if not there:
        reader.load(folder)
    # What this thread does not read either is told by what is not the same in it.
    alike = there or not _holds(reader, model.scale)
    return meaning(Kind.THREAD, exactly(f"scale {model.scale:g}, read in another thread as in this one", alike, True))


def _holds(reader: Any, scale: float) -> bool:
    try:
        return bool(state_of(reader)["intensity_scale"] == scale)
    except FAILURES:
        return False


def _written(model: TrainedModel, folder: str) -> str:
    """Saves a model; the folder that it is in, another one where a backend refuses to write over what is there."""
    there = Path(folder).exists()
    try:
        model.backend.save(folder)
    except Exception:
        if not there:
            raise
        folder = f"{folder} too"
        model.backend.save(folder)
    return folder


def _model(subject: Subject, case: Case, scale: float, modes: int) -> TrainedModel:
    """One after no step, of a network whose first weights are odd."""
    given = lesson(subject.context, case)
    none = given.order[:0]
    weights = np.array(own_weights(subject.backend, given, {}).get("weights", given.weights), subject.rounding)
    weights[: len(_ODD)] = _ODD
    held = float(np.dtype(subject.rounding).type(scale))
    return train(subject, given, scale=held, order=none, weights=weights, probe=_of_modes(subject, given, modes))


def _of_modes(subject: Subject, given: TrainingTask, count: int) -> Any:
    """A probe (P, N, N) with fainter modes, of who takes as many."""
    modes = np.concatenate([given.probe[:1] * 0.5**k for k in range(count)])
    return modes if subject.limits.allows("train", "P", len(modes)) else given.probe


def _is(model: TrainedModel, reader: Any, label: str) -> Iterator[Outcome]:
    """The model that was read beside the one that was written, bit by bit: a zero has a sign."""
    found, wanted = arrays_of(state_of(reader)), arrays_of(model.state)
    apart = ", ".join(sorted(found.keys() ^ wanted.keys()))
    yield meaning(Kind.STORAGE, exactly(f"not in both states, {label}", apart, ""))
    for name in sorted(set(found) & set(wanted)):
        same = found[name].dtype == wanted[name].dtype and found[name].tobytes() == wanted[name].tobytes()
        if not same:
            yield meaning(Kind.STORAGE, exactly(f"{name}, {label}", found[name], wanted[name]))
        yield meaning(Kind.STORAGE, exactly(f"{name}, bit by bit, {label}", same, True))
