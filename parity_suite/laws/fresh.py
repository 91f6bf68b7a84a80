"""What is asked where nothing is remembered: in a fresh process."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array, Trace
from parity_suite.backends.subject import Subject
from parity_suite.fresh_process import ask_fresh_process

#: Seconds that a process may take, its framework's import included.
_PATIENCE: Final = 240


@dataclass(frozen=True, eq=False)
class Visit:
    """What came of one load: refused or broken with a reason, or a state and the patches inferred with it."""

    refused: str = ""
    broken: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    patches: Array = field(default_factory=lambda: np.zeros((0, 0, 0, 0)))


def visit(subject: Subject, loads: Mapping[str, Mapping[str, str]], amplitude: Array, folder: Path) -> dict[str, Visit]:
    """Loads bundles in one fresh process, each into an instance of its own.

    ``loads`` gives for each visit the folder to ``load`` and, if the model is to be written again, the one to ``save``
    to; ``amplitude`` is inferred from. ``RuntimeError`` where the process fails as a whole.
    """
    folder.mkdir(parents=True)
    np.save(folder / "amplitude.npy", subject.given(amplitude), allow_pickle=False)
    answers = _ask(subject, {"keywords": subject.keywords, "visits": loads}, folder)
    return {name: _read(folder / f"{name}.npz", answer) for name, answer in answers.items()}


def traces(subjects: Sequence[Subject], calls: Sequence[tuple[Array, Array]]) -> list[Trace]:
    """What the framework recorded when each subject, all of one backend and in one fresh process, translated the calls.

    ``RuntimeError`` where the process fails as a whole.
    """
    with tempfile.TemporaryDirectory(prefix="parity-traces-") as place:
        folder = Path(place)
        arrays = {f"images{i}": images for i, (images, _) in enumerate(calls)}
        arrays |= {f"offsets{i}": offsets for i, (_, offsets) in enumerate(calls)}
        np.savez(folder / "calls.npz", allow_pickle=False, **arrays)
        answers = _ask(subjects[0], {"traces": [subject.keywords for subject in subjects]}, folder)
    return [Trace(**{**one, "ran": tuple(one["ran"]), "operations": tuple(one["operations"])}) for one in answers]


def _ask(subject: Subject, what: Mapping[str, Any], folder: Path) -> Any:
    """The answer of a fresh process to a request about a subject's backend."""
    spec = [subject.spec.name, subject.spec.module, subject.spec.member]
    return ask_fresh_process({"spec": spec, **what}, folder, _PATIENCE)


def _read(path: Path, answer: Mapping[str, Any]) -> Visit:
    if "scalars" not in answer:
        return Visit(**answer)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    state = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
    scale = answer["scalars"].get("intensity_scale")
    state |= answer["scalars"] | ({"intensity_scale": float.fromhex(scale)} if isinstance(scale, str) else {})
    return Visit(state=state, patches=arrays["patches"])
