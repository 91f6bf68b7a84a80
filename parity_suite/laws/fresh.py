"""What is asked where nothing is remembered: in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array, Trace
from parity_suite.backends.subject import Subject

#: Seconds that a process may take, its framework's import included.
_PATIENCE: Final = 240
#: Characters of what a process said last that a finding, which holds 300 of any error, has room for.
_LAST_WORDS: Final = 250


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
    np.save(folder / "amplitude.npy", amplitude, allow_pickle=False)
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
    """The answer of a fresh process to a request in a folder."""
    spec = [subject.spec.name, subject.spec.module, subject.spec.member]
    (folder / "request.json").write_text(json.dumps({"spec": spec, "path": sys.path, **what}), "utf-8")
    command = [sys.executable, "-m", "parity_suite.fresh_process", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    answer = folder / "answer.json"
    # A process that ends in the middle of its work may do so with status 0.
    if done.returncode or not answer.is_file():
        raise RuntimeError(f"a fresh process failed: {' '.join(done.stderr.split())[-_LAST_WORDS:]}")
    return json.loads(answer.read_text("utf-8"))


def _read(path: Path, answer: Mapping[str, Any]) -> Visit:
    if "scalars" not in answer:
        return Visit(**answer)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    state = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
    scale = answer["scalars"].get("intensity_scale")
    state |= answer["scalars"] | ({"intensity_scale": float.fromhex(scale)} if isinstance(scale, str) else {})
    return Visit(state=state, patches=arrays["patches"])
