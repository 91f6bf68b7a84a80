"""What a fresh process is asked to do: ``python -m parity_suite.fresh_process FOLDER``.

``FOLDER/request.json`` names the backend and what it is to do, ``visits`` or ``traces``; what came of it is written to
``FOLDER/answer.json``. A visit loads one bundle into an instance of its own and infers from ``FOLDER/amplitude.npy``;
its arrays are written to ``FOLDER/<visit>.npz``. A trace translates the calls in ``FOLDER/calls.npz``.
"""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> None:
    """Answers the request in a folder."""
    request: dict[str, Any] = json.loads((folder / "request.json").read_text("utf-8"))
    sys.path[:0] = [path for path in request["path"] if path not in sys.path]
    from parity_suite.backends.registry import BackendSpec

    cls = BackendSpec(*request["spec"]).load()
    # Or Python, when it ends, searches all the objects of a framework for garbage: a third of such a process's time.
    gc.freeze()
    answers = _traces(cls, request, folder) if "traces" in request else _visits(cls, request, folder)
    (folder / "answer.json").write_text(json.dumps(answers), "utf-8")


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
