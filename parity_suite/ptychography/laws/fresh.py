"""What laws ask where nothing is remembered: in a process forked from one that has asked nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.forked_process import ask_forked_process, modules_of
from parity_suite.backends.outside import kept_outside
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.ptychography.protocol import Trace

#: Seconds that a process may take, its framework's import included.
_TIMEOUT: Final = 240


@dataclass(frozen=True, eq=False)
class LoadResult:
    """What came of one load: refused or broken with a reason, or a state and the patches inferred with it."""

    refused: str = ""
    broken: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    patches: Array = field(default_factory=lambda: np.zeros((0, 0, 0, 0)))


def load_bundles(
    subject: Subject,
    loads: Mapping[str, Mapping[str, str]],
    amplitude: Array | Mapping[str, Array],
    folder: Path,
) -> dict[str, LoadResult]:
    """Loads bundles in one fresh process, each into an instance of its own.

    ``loads`` gives for each result the folder to ``load`` and, if the model is to be written again, the one to ``save``
    to; ``amplitude`` (B, N, N, C), or that of each, is inferred from. ``RuntimeError`` where the process fails as a
    whole.
    """
    folder.mkdir(parents=True)
    amplitudes = amplitude if isinstance(amplitude, Mapping) else dict.fromkeys(loads, amplitude)
    np.savez(folder / "amplitudes.npz", allow_pickle=False, **{n: subject.given(one) for n, one in amplitudes.items()})
    answers = _ask(answer_loads.__name__, subject, {"keywords": subject.keywords, "loads": loads}, folder)
    return {name: _read(folder / f"{name}.npz", answer) for name, answer in answers.items()}


def traces(subject: Subject, chosen: Sequence[Mapping[str, str]], calls: Sequence[tuple[Array, Array]]) -> list[Trace]:
    """What the framework recorded when instances of a subject, each made with more keywords and all in one fresh
    process, translated the calls.

    ``RuntimeError`` where the process fails as a whole.
    """
    with tempfile.TemporaryDirectory(prefix="parity-traces-") as place:
        folder = Path(place)
        arrays = {f"images{i}": images for i, (images, _) in enumerate(calls)}
        arrays |= {f"offsets{i}": offsets for i, (_, offsets) in enumerate(calls)}
        np.savez(folder / "calls.npz", allow_pickle=False, **arrays)
        given = {"keywords": [{**subject.keywords, **one} for one in chosen]}
        answers = _ask(answer_traces.__name__, subject, given, folder)
    return [Trace(**{**one, "ran": tuple(one["ran"]), "operations": tuple(one["operations"])}) for one in answers]


def _ask(function: str, subject: Subject, given: Mapping[str, Any], folder: Path) -> Any:
    """What a function of this module answers of a subject's backend in a fresh process."""
    spec = subject.spec
    imports = [spec.module, *modules_of([subject.cls])]
    given = {"spec": [spec.name, spec.module, spec.member], **given}
    return ask_forked_process(f"{__name__}:{function}", given, folder, _TIMEOUT, imports)


def _read(path: Path, answer: Mapping[str, Any]) -> LoadResult:
    if "scalars" not in answer:
        return LoadResult(**answer)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    state = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
    scale = answer["scalars"].get("intensity_scale")
    state |= answer["scalars"] | ({"intensity_scale": float.fromhex(scale)} if isinstance(scale, str) else {})
    return LoadResult(state=state, patches=arrays["patches"])


def answer_traces(given: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """In the fresh process: what the framework recorded of the same calls by each instance."""
    cls = BackendSpec(*given["spec"]).load()
    with np.load(folder / "calls.npz", allow_pickle=False) as stored:
        calls = [(stored[f"images{i}"], stored[f"offsets{i}"]) for i in range(len(stored.files) // 2)]
    return [asdict(kept_outside(cls(**keywords)).translation_trace(calls)) for keywords in given["keywords"]]


def answer_loads(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """In the fresh process: what came of each load, its arrays in a file of its name."""
    cls = BackendSpec(*given["spec"]).load()
    with np.load(folder / "amplitudes.npz", allow_pickle=False) as amplitudes:
        return {
            name: _answer_load(kept_outside(cls(**given["keywords"])), load, amplitudes[name], folder / f"{name}.npz")
            for name, load in given["loads"].items()
        }


def _answer_load(backend: Any, load: Mapping[str, str], amplitude: Array, target: Path) -> dict[str, Any]:
    try:
        backend.load(load["load"])
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    try:
        state = dict(backend.state())
        arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
        patches = backend.infer(amplitude)
        if "save" in load:
            backend.save(load["save"])
    except Exception as error:
        return {"broken": f"{type(error).__name__}: {error}"}
    with target.open("wb") as file:
        np.savez(file, allow_pickle=False, patches=patches, **{f"state/{n}": array for n, array in arrays.items()})
    scalars = {name: value for name, value in state.items() if name not in arrays}
    return {"scalars": {n: v.hex() if isinstance(v, float) else v for n, v in scalars.items()}}
