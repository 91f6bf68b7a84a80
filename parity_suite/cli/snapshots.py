"""``parity snapshots``: what became of stored numbers, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from parity_suite.cli.ending import ending, refused
from parity_suite.contracts.holding import printable
from parity_suite.core.id_list import FILE_NAME, IdList, TornList, parse_list
from parity_suite.core.tree import CommitTree, FolderTree, Tree, commit_at
from parity_suite.report.changes import change_lines
from parity_suite.report.text import counted
from parity_suite.snapshots.changed import ChangedFile, changed_files, stored_texts

_BASELINES: Final = "baselines/"


app = typer.Typer(help="What became of stored numbers, and why.", no_args_is_help=True)


@app.callback()
def snapshots() -> None:
    """What became of stored numbers, and why."""


@app.command("diff")
@ending
def diff(
    revision: Annotated[str, typer.Argument(metavar="REV", help="a revision of git, or a folder")] = "HEAD",
    folder: Annotated[
        str,
        typer.Option("--snapshots", metavar="DIR", help="folder of anchors, baselines and ids, as in both trees"),
    ] = "snapshots",
    report: Annotated[Path, typer.Option(metavar="DIR", help="folder of a report, for pictures")] = Path(
        "parity-report"
    ),
) -> int:
    """Old, new, change in budgets and reason of every number that changed.

    Shows every stored number that is another one than in REV: old, new, the change in budgets, the reason, and a
    picture where the folder of a report has one. Exit code 1 if one changed without a reason.
    """
    root = Path.cwd()
    try:
        old, new = _tree(root, revision), FolderTree(root)
        lines = list(_list_lines(_list(old, folder), _list(new, folder)))
    except ValueError as error:
        return refused(printable(f"parity snapshots diff: {error}"))
    found = list(changed_files(stored_texts(old, folder), stored_texts(new, folder)))
    for one in found:
        lines += _file_lines(one, report)
    for line in lines or ["no change"]:
        print(printable(line))
    return int(any(one.torn or not (one.new or one.gone or one.approved) for one in found))


def _tree(root: Path, revision: str) -> Tree:
    if (root / revision).is_dir():
        return FolderTree(root / revision)
    commit = commit_at(root, revision)
    if not commit:
        raise ValueError(f"{revision!r} is not a folder, and not a revision of git in {root}")
    return CommitTree(root, commit)


def _list(tree: Tree, folder: str) -> IdList:
    content = tree.read(f"{folder}/{FILE_NAME}")
    try:
        return parse_list(content) if content is not None else IdList()
    except TornList as error:
        raise ValueError(f"{FILE_NAME} in {tree.side} is torn: {error}") from None


def _list_lines(old: IdList, new: IdList) -> Iterator[str]:
    """What became of the list of ids: counts, and what was accepted as lost since."""
    parts = {
        "new": len(new.ids - old.ids),
        "gone": len(old.ids - new.ids),
        "no longer said to run": len((old.ran - new.ran) & new.ids),
    }
    if said := ", ".join(f"{count} {words}" for words, count in parts.items() if count):
        yield f"{FILE_NAME}: {said}"
    yield from (f"  accepted as lost {reason}" for reason in new.accepted if reason not in old.accepted)


def _file_lines(one: ChangedFile, report: Path) -> Iterator[str]:
    """A heading with the reason, then a line for each number."""
    if one.torn:
        yield f"{one.name}: {one.torn}"
        return
    if one.new or one.gone:
        yield f"{one.name}: {'new' if one.new else 'gone'}, {counted(len(one.changes), 'number')}"
    else:
        why = f"since {one.approval.reason} ({one.approval.time})" if one.approved else "without a reason"
        yield f"{one.name}: {counted(len(one.changes), 'number')} changed, {why}"
        yield from (line.replace(f"{one.name}: ", "") for line in change_lines(one.changes))
    yield from (f"  picture: {path}" for path in _pictures(one.name, report))


def _pictures(name: str, report: Path) -> list[Path]:
    """Those that a run drew of the case and backend of a baseline."""
    case = name.removeprefix(_BASELINES).partition(".")[2]
    return sorted(report.glob(f"*.{case}.*.png")) if name.startswith(_BASELINES) else []
