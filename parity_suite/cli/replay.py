"""``parity replay``: asks again what the folder of a failure holds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: How a replay ends: it holds, it fails, or nothing was shown.
_HOLDS, _FAILS, _UNFIT = 0, 1, 2


def add_to(commands: Any) -> None:
    """Declares the subcommand."""
    parser = commands.add_parser(
        "replay",
        help="ask again what the folder of a failure holds",
        description="Asks a backend again exactly what a failure was written with, and judges the answer as the run "
        "did. Nothing in the folder is executed; the backend that it names is imported, as installed or from here, but "
        "not from the folder or beside it, where a stranger's code may lie, unless --trust is given. "
        "Exit code 1 if anything still fails or its backend cannot be had, 2 where a folder cannot be read or was "
        "altered, or where it holds as it did alone when it was recorded.",
    )
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="such as parity-failures/NAME, or parity-failures",
    )
    parser.add_argument(
        "--backend", action="append", default=[], help="another one, module:Class or name=module:Class; two for a pair"
    )
    parser.add_argument("--pack", action="append", default=[], help="a pack of another field, module:NAME")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="another device")
    parser.add_argument("--precision", choices=("float32", "float64"), help="another precision, on the same inputs")
    parser.add_argument(
        "--translation", action="append", default=[], metavar="BACKEND=NAME", help="another implementation of translate"
    )
    parser.add_argument(
        "--dataset", action="append", default=[], type=Path, help="the raw dataset (NPZ) that a law was run on"
    )
    parser.add_argument("--trust", action="store_true", help="import what a folder names, wherever it lies")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Replays every folder; the worst of their ends."""
    from parity_suite.backends.registry import parse_spec
    from parity_suite.cases.datasets import Datasets
    from parity_suite.contracts.violation import ContractError
    from parity_suite.core.packs import name_pack
    from parity_suite.ptychography.datasets.raw_file import load_raw
    from parity_suite.replay.rerun import ReplayOverrides

    # As under pytest, a backend may lie where the command is started. That comes last, so that nothing there hides what
    # is installed, and not at all in or around the folder of a failure, whose files are a stranger's.
    here = Path.cwd().resolve()
    several = {folder: _within(folder) for folder in given.folders}
    folders = [folder for those in several.values() for folder in those]
    if given.trust or not any(here.is_relative_to(folder.resolve().parent) for folder in folders):
        sys.path.append(str(here))
    else:
        print("parity replay: nothing is imported from this folder; see --trust, or start in the root of the project")
    datasets = Datasets()
    try:
        for text in given.pack:
            name_pack(text)
        for path in given.dataset:
            datasets.add(load_raw(path))
        backends = tuple(parse_spec(text) for text in given.backend)
        wish = ReplayOverrides(backends, given.device or "", given.precision or "", _translations(given.translation))
    except (ContractError, ImportError, AttributeError, TypeError, OSError, ValueError) as error:
        print(f"parity replay: {error}", file=sys.stderr)
        return _UNFIT
    ends = []
    for place, (named, those) in enumerate(several.items()):
        if place:
            print()
        show = _in_full if those == [named] else _in_a_line
        ends += [_one(folder, wish, datasets, given.trust, show) for folder in those]
    return max(ends)


def _within(folder: Path) -> list[Path]:
    """The folders of failures in one that has several, such as that of a run; of another one itself."""
    from parity_suite.replay.folder import DOCUMENT

    found = [] if (folder / DOCUMENT).exists() else sorted(one.parent for one in folder.glob(f"*/{DOCUMENT}"))
    return found or [folder]


def _translations(given: list[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for text in given:
        backend, _, name = text.partition("=")
        if not backend or not name:
            raise ValueError(f"--translation: {text!r} is not of the form BACKEND=NAME")
        chosen[backend] = name
    return chosen


def _one(folder: Path, wish: Any, datasets: Any, trust: bool, show: Callable[[Path, Any, Any], None]) -> int:
    from parity_suite.core.finding import Verdict
    from parity_suite.replay.folder import UnfitFolder, read_folder
    from parity_suite.replay.rerun import rerun
    from parity_suite.replay.trust import refuse_code_around

    try:
        kept = read_folder(folder)
        if not trust:
            refuse_code_around(folder, () if wish.backends else [spec.module for spec in kept.check.specs])
        done = rerun(kept, wish, datasets)
    except (UnfitFolder, ValueError) as error:
        print(f"parity replay: {folder}: {error}", file=sys.stderr)
        return _UNFIT
    show(folder, kept, done)
    if done.finding.passed:
        return _UNFIT if done.undecided else _HOLDS
    return _UNFIT if done.finding.verdict is Verdict.NOT_RUN else _FAILS


def _in_full(folder: Path, kept: Any, done: Any) -> None:
    print(f"{folder}: {_what(kept)}")
    print(_text(done.finding))
    for line in done.since:
        print(f"  {line}")


def _in_a_line(folder: Path, _: Any, done: Any) -> None:
    said = _text(done.finding).splitlines()[0]
    print(f"{folder}: {said}" + (f"; {done.since[0]}" if done.undecided else ""))


def _text(found: Any) -> str:
    from parity_suite.report.failure import render_failure

    return f"ok: {found.check}" if found.passed else render_failure(found)


def _what(kept: Any) -> str:
    """What is asked, in a few words."""
    if not kept.calls:
        return f"{kept.facts['stage']}.{kept.facts['law']} on {kept.check.case.name}"
    before, after = kept.facts["shrunk"]["before"], kept.facts["shrunk"]["after"]
    calls = f"{len(kept.calls)} calls of " if len(kept.calls) > 1 else ""
    return f"{calls}{kept.calls[-1].stage} on {after} numbers (of {before} at first), held to the oracle"
