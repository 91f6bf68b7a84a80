"""A fresh process, which remembers nothing, and what it is asked: ``python -m parity_suite.fresh_process FOLDER``.

``FOLDER/request.json`` says what is to be done: ``visits`` or ``traces`` of the backend that it names, or the
``replay`` of a failure's folder. What came of it is written to ``FOLDER/answer.json``. A visit loads one bundle into an
instance of its own and infers from ``FOLDER/amplitude.npy``; its arrays are written to ``FOLDER/<visit>.npz``. A trace
translates the calls in ``FOLDER/calls.npz``. A replay of a law on a measured dataset finds it in ``FOLDER/measured``.
"""

from __future__ import annotations

import gc
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

#: Characters of what a process said last that a finding, which holds 300 of any error, has room for.
_LAST_WORDS: Final = 250


def ask_fresh_process(request: Mapping[str, Any], folder: Path, patience: float) -> Any:
    """The answer of a fresh process to a request in a folder.

    ``RuntimeError`` where it fails as a whole, ``subprocess.TimeoutExpired`` where it takes more than ``patience``
    seconds, imports included.
    """
    (folder / "request.json").write_text(json.dumps({"path": sys.path, **request}), "utf-8")
    command = [sys.executable, "-m", "parity_suite.fresh_process", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    answer = folder / "answer.json"
    # A process that ends in the middle of its work may do so with status 0.
    if done.returncode or not answer.is_file():
        raise RuntimeError(f"a fresh process failed: {' '.join(done.stderr.split())[-_LAST_WORDS:]}")
    return json.loads(answer.read_text("utf-8"))


def main(folder: Path) -> None:
    """Answers the request in a folder."""
    request: dict[str, Any] = json.loads((folder / "request.json").read_text("utf-8"))
    sys.path[:0] = [path for path in request["path"] if path not in sys.path]
    answers = _replay(request, folder) if "replay" in request else _of_backend(request, folder)
    (folder / "answer.json").write_text(json.dumps(answers), "utf-8")
    # Or Python, when it ends, searches all the objects of a framework for garbage: a third of such a process's time.
    gc.freeze()


def _replay(request: dict[str, Any], folder: Path) -> str:
    """The verdict on a failure that is asked again."""
    from parity_suite.cases.world import add_file
    from parity_suite.replay.folder import read_folder
    from parity_suite.replay.rerun import Wish, rerun

    if (folder / "measured").is_file():
        # Written by the process that asks, into a directory of its own.
        add_file(pickle.loads((folder / "measured").read_bytes()))
    return str(rerun(read_folder(Path(request["replay"])), Wish()).finding.verdict)


def _of_backend(request: dict[str, Any], folder: Path) -> Any:
    from parity_suite.backends.registry import BackendSpec

    cls = BackendSpec(*request["spec"]).load()
    return _traces(cls, request, folder) if "traces" in request else _visits(cls, request, folder)


def _traces(cls: type[Any], request: dict[str, Any], folder: Path) -> Any:
    """What the framework recorded of the same calls by each instance."""
    with np.load(folder / "calls.npz", allow_pickle=False) as stored:
        calls = [(stored[f"images{i}"], stored[f"offsets{i}"]) for i in range(len(stored.files) // 2)]
    return [asdict(cls(**keywords).translation_trace(calls)) for keywords in request["traces"]]


def _visits(cls: type[Any], request: dict[str, Any], folder: Path) -> Any:
    amplitude = np.load(folder / "amplitude.npy", allow_pickle=False)
    return {name: _visit(cls, request, folder / name, visit, amplitude) for name, visit in request["visits"].items()}


def _visit(cls: type[Any], request: dict[str, Any], target: Path, visit: dict[str, str], amplitude: Any) -> Any:
    backend = cls(**request["keywords"])
    try:
        backend.load(visit["load"])
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    try:
        state = dict(backend.state())
        arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
        patches = backend.infer(amplitude)
        if "save" in visit:
            backend.save(visit["save"])
    except Exception as error:
        return {"broken": f"{type(error).__name__}: {error}"}
    with target.with_suffix(".npz").open("wb") as file:
        np.savez(file, allow_pickle=False, patches=patches, **{f"state/{n}": array for n, array in arrays.items()})
    scalars = {name: value for name, value in state.items() if name not in arrays}
    return {"scalars": {n: v.hex() if isinstance(v, float) else v for n, v in scalars.items()}}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
