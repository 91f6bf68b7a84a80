"""``parity replay``: asks again what the folder of a failure holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from parity_suite.cli.ending import COULD_NOT, FOUND, refused


def replay(
    folders: Annotated[list[Path], typer.Argument(help="such as parity-failures/NAME, or parity-failures")],
    backend: Annotated[
        list[str] | None, typer.Option(help="another one, module:Class or name=module:Class; two for a pair")
    ] = None,
    device: Annotated[Literal["cpu", "cuda"] | None, typer.Option(help="another device")] = None,
    precision: Annotated[
        Literal["float32", "float64"] | None, typer.Option(help="another precision, on the same inputs")
    ] = None,
    dataset: Annotated[list[Path] | None, typer.Option(help="the raw dataset (NPZ) that a law was run on")] = None,
    trust: Annotated[bool, typer.Option("--trust", help="import what a folder names, wherever it lies")] = False,
) -> int:
    """Ask again what the folder of a failure holds.

    Asks a backend again exactly what a failure was written with, and judges the answer as the run did. Nothing in the
    folder is executed; the backend and the packs that it names are imported, as installed or from here, but not from
    the folder or beside it, where a stranger's code may lie, unless --trust is given. Exit code 1 if anything still
    fails or its backend cannot be had, 2 where a folder cannot be read or was altered, or where it holds as it did
    alone when it was recorded.
    """
    from parity_suite.backends.registry import parse_spec
    from parity_suite.cases.datasets import Datasets, load_file
    from parity_suite.replay.rerun import ReplayOverrides

    # As under pytest, a backend may lie where the command is started. That comes last, so that nothing there hides what
    # is installed, and not at all in or around the folder of a failure, whose files are a stranger's.
    here = Path.cwd().resolve()
    several = {folder: _within(folder) for folder in folders}
    inside = [folder for those in several.values() for folder in those]
    if trust or not any(here.is_relative_to(folder.resolve().parent) for folder in inside):
        sys.path.append(str(here))
    else:
        print("parity replay: nothing is imported from this folder; see --trust, or start in the root of the project")
    datasets = Datasets()
    try:
        for path in dataset or ():
            datasets.add(load_file(path).dataset)
        backends = tuple(parse_spec(text) for text in backend or ())
        wish = ReplayOverrides(backends, device or "", precision or "")
    except (OSError, ValueError) as error:
        return refused(f"parity replay: {error}")
    ends = []
    for place, (named, those) in enumerate(several.items()):
        if place:
            print()
        show = _in_full if those == [named] else _in_a_line
        ends += [_one(folder, wish, datasets, trust, show) for folder in those]
    return max(ends)


def _within(folder: Path) -> list[Path]:
    """The folders of failures in one that has several, such as that of a run; of another one itself."""
    from parity_suite.replay.folder import DOCUMENT

    found = [] if (folder / DOCUMENT).exists() else sorted(one.parent for one in folder.glob(f"*/{DOCUMENT}"))
    return found or [folder]


def _one(folder: Path, wish: Any, datasets: Any, trust: bool, show: Callable[[Path, Any, Any], None]) -> int:
    from parity_suite.core.finding import Verdict
    from parity_suite.replay.folder import UnfitFolder, read_folder
    from parity_suite.replay.rerun import rerun
    from parity_suite.replay.trust import refuse_code_around

    try:
        _know_packs(folder, trust)
        kept = read_folder(folder)
        if not trust:
            asked = [kept.reference] if wish.backends else kept.specs
            refuse_code_around(folder, [spec.module for spec in asked if spec])
        done = rerun(kept, wish, datasets)
    except (UnfitFolder, ValueError) as error:
        return refused(f"parity replay: {folder}: {error}")
    show(folder, kept, done)
    if done.finding.passed:
        return COULD_NOT if done.undecided else 0
    return COULD_NOT if done.finding.verdict is Verdict.NOT_RUN else FOUND


def _know_packs(folder: Path, trust: bool) -> None:
    """Imports the packs of another field that the folder names, as it would a backend."""
    from parity_suite.core.packs import name_pack
    from parity_suite.replay.folder import UnfitFolder, packs_of, read_document
    from parity_suite.replay.trust import refuse_code_around

    for text in packs_of(read_document(folder)):
        if not trust:
            refuse_code_around(folder, [text.partition(":")[0]])
        try:
            name_pack(text)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise UnfitFolder(f"its pack {text} cannot be had: {error}") from None


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
    right = kept.reference.name if kept.reference else "the oracle"
    return f"{calls}{kept.calls[-1].stage} on {after} numbers (of {before} at first), held to {right}"
