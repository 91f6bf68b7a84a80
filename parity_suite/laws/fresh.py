"""Bundles read where nothing is remembered: in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject

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
    keywords = {"device": subject.device, "precision": subject.precision}
    request = {
        "spec": [subject.spec.name, subject.spec.module, subject.spec.member],
        "keywords": keywords | ({"mode": subject.mode} if subject.mode else {}),
        "path": sys.path,
        "visits": loads,
    }
    (folder / "request.json").write_text(json.dumps(request), "utf-8")
    np.save(folder / "amplitude.npy", amplitude, allow_pickle=False)
    command = [sys.executable, "-m", "parity_suite.fresh_process", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    answer = folder / "answer.json"
    # A process that ends in the middle of a load may do so with status 0.
    if done.returncode or not answer.is_file():
        raise RuntimeError(f"a fresh process failed: {' '.join(done.stderr.split())[-300:]}")
    answers = json.loads(answer.read_text("utf-8"))
    return {name: _read(folder / f"{name}.npz", answer) for name, answer in answers.items()}


def _read(path: Path, answer: Mapping[str, Any]) -> Visit:
    if "scalars" not in answer:
        return Visit(**answer)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    state = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
    scale = answer["scalars"].get("intensity_scale")
    state |= answer["scalars"] | ({"intensity_scale": float.fromhex(scale)} if isinstance(scale, str) else {})
    return Visit(state=state, patches=arrays["patches"])
