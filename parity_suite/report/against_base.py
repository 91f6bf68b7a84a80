"""A tree and its recorded run held against the base: what was lost, excused, broken or changed, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts import Contract, ContractError
from parity_suite.contracts.changes import unstepped
from parity_suite.contracts.difference import all_differences
from parity_suite.contracts.holding import printable
from parity_suite.contracts.revisions import NoContract, load_side
from parity_suite.core.id_list import FILE_NAME, IdList, TornList, parse_list
from parity_suite.core.tree import FolderTree, Tree
from parity_suite.ledger import Ledger, read_ledger
from parity_suite.ledger.runs import Run
from parity_suite.ledger.widening import newly_excused
from parity_suite.ledger.writing import LedgerError, ledger_of
from parity_suite.report.judgement import Judgement
from parity_suite.report.text import counted
from parity_suite.report.whole_run import seen_of, shortened
from parity_suite.snapshots.changed import ChangedFile, changed_files, stored_texts, widened
from parity_suite.snapshots.lost import lost_lines

#: How a person gives a reason to what was changed without one.
_MEND: Final = "take it back from the base and update again with --update-snapshots --reason TEXT"


def judge_change(
    said: Judgement, run: Run, root: Path, base: Tree, *, contracts: str, new_excuses: int, day: date
) -> None:
    """All that a change did to what the base held; ``contracts`` is the folder of these, seen from ``root``."""
    here = FolderTree(root)
    before, torn = _list(base, run.facts.snapshots)
    now, _ = _list(here, run.facts.snapshots)
    reasons = [reason for reason in now.accepted if reason not in before.accepted]
    said.accepted += [f"lost, {reason}" for reason in reasons]
    _judge_list(said, run, base, here, torn, bool(reasons))
    _judge_losses(said, run, before, now, bool(reasons))
    old, new = (stored_texts(tree, run.facts.snapshots) for tree in (base, here))
    _judge_numbers(said, old, new, reasons)
    _judge_budgets(said, run, old, new)
    _judge_project(said, run, base, here)
    _judge_ledger(said, run, root, base, new_excuses, day)
    _judge_contracts(said, root, base, contracts)


def _list(tree: Tree, folder: str) -> tuple[IdList, str]:
    """The list of ids of a tree, empty where there is none; and why it cannot be read."""
    content = tree.read(f"{folder}/{FILE_NAME}")
    try:
        return (parse_list(content), "") if content is not None else (IdList(), "")
    except TornList as error:
        return IdList(), str(error)


def _judge_list(said: Judgement, run: Run, base: Tree, here: Tree, torn: str, accepted: bool) -> None:
    """The lists themselves: none may vanish, and without one nothing is ever lost."""
    path = f"{run.facts.snapshots}/{FILE_NAME}"
    lists = [name for name in base.names() if name.rpartition("/")[2] == FILE_NAME]
    said.red += [f"{name} of the base is gone: nothing says what was lost" for name in lists if here.read(name) is None]
    if torn and not accepted:
        said.red.append(f"{path} of the base is torn ({torn}), so nothing says what was lost")
    if not lists and here.read(path) is None:
        said.notes.append(f"there is no {path}: no run can tell that a check is lost; --update-snapshots writes it")


def _judge_losses(said: Judgement, run: Run, before: IdList, now: IdList, accepted: bool) -> None:
    """What ran on the base and does not now; what the list here misses as well, the run itself has said."""
    seen = seen_of(run.findings, run.facts)
    told = {loss.id for loss in seen.losses(now)}
    lost = [loss for loss in seen.losses(before) if loss.id not in told and loss.id in before.ran]
    silent = [loss for loss in lost if not accepted or loss.id in now.ran]
    said.red += [f"without a reason {line}" for line in lost_lines(silent)]
    said.accepted += [f"against the base {line}" for line in lost_lines([one for one in lost if one not in silent])]
    # Of what it forgets the next change could take away the rest, and nobody would miss it.
    ran = {one.check for one in run.findings if one.ran}
    silenced = before.ran - now.ran - told - {loss.id for loss in lost} if now.ids and now.tells else ()
    if forgotten := sorted(one for one in silenced if not accepted or one in ran):
        those = "1 check ran" if len(forgotten) == 1 else f"{len(forgotten)} checks ran"
        said.red.append(f"{FILE_NAME} no longer says that {those}: {shortened(forgotten)}; {_MEND}")


def _judge_numbers(said: Judgement, old: Mapping[str, str], new: Mapping[str, str], reasons: Sequence[str]) -> None:
    for one in changed_files(old, new):
        if one.torn:
            said.red.append(f"{one.name} cannot be read: {one.torn}")
        elif one.gone and not reasons:
            said.red.append(f"{one.name} is gone without a reason: {_MEND}")
        elif not (one.gone or one.new or one.approved):
            said.red.append(f"{one.name} changed without a reason: {_numbers(one)}; {_MEND}")
        elif one.approved and not one.new:
            said.accepted.append(f"{one.name}: {_numbers(one)}, since {one.approval.reason}")


def _judge_budgets(said: Judgement, run: Run, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """The budgets by which tests hold baselines of their own, which lie in these tests and in the files."""
    held = {check for one in run.facts.tests for check in one.checks}
    budgets = {
        f"baselines/{one.stage}.{one.case}.{one.subject}": max(part.budget for part in one.measured)
        for one in run.findings
        if one.check in held and one.measured
    }
    for line, reason in widened(old, new, budgets):
        if reason:
            said.accepted.append(f"{line}, since {reason}")
        else:
            said.red.append(f"{line}, without a reason; --update-snapshots --reason TEXT gives one")


def _judge_project(said: Judgement, run: Run, base: Tree, here: Tree) -> None:
    """What a project makes wider for itself: budgets, of which each has a reason, and other limits."""
    old, new = (_tables(tree) for tree in (base, here))
    for pattern, one in run.environment.get("budgets", {}).items():
        before = _times(old.get("budgets"), pattern)
        if one["times"] > before:
            was = f", and was {before:g} times" if before > 1 else ""
            said.accepted.append(f"budget {pattern} is {one['times']:g} times as wide{was}, since {one['reason']}")
    changed = sorted(name for name in {*old, *new} - {"budgets"} if old.get(name) != new.get(name))
    said.notes += [f"[tool.parity.{printable(name)}] is another one than that of the base" for name in changed]


def _times(budgets: Any, pattern: str) -> float:
    """How wide a table of budgets makes one; once, where it does not say."""
    one = budgets.get(pattern) if isinstance(budgets, Mapping) else None
    times = one.get("times") if isinstance(one, Mapping) else None
    return float(times) if isinstance(times, int | float) else 1.0


def _tables(tree: Tree) -> Mapping[str, Any]:
    """``[tool.parity]`` of a tree; empty where it has none, or one that no run would take."""
    try:
        found = tomllib.loads((tree.read("pyproject.toml") or b"").decode("utf-8"))["tool"]["parity"]
    except (ValueError, LookupError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _numbers(one: ChangedFile) -> str:
    worst = one.worst
    was, now = ("none" if value is None else f"{value:.6g}" for value in (worst.old, worst.new))
    return f"{counted(len(one.changes), 'number')}, most of all {worst.number} from {was} to {now}"


def _judge_ledger(said: Judgement, run: Run, root: Path, base: Tree, allowed: int, day: date) -> None:
    if not run.facts.ledger:
        return
    new = read_ledger(root / run.facts.ledger, day)
    found = newly_excused(run.findings, new, _ledger_of(said, base, run.facts.ledger), day)
    if not found:
        return
    line = f"the ledger excuses {counted(len(found), 'check')} more than that of the base"
    if len(found) > allowed:
        said.red.append(f"{line}, and --new-excuses allows {allowed}: {shortened(found)}")
    else:
        said.accepted.append(f"{line}, as --new-excuses {allowed} allows: {shortened(found)}")


def _ledger_of(said: Judgement, base: Tree, name: str) -> Ledger:
    """That of the base; where it cannot be read, what it excused is not known, and all counts as new."""
    try:
        return ledger_of(Path(name), (base.read(name) or b"").decode("utf-8", "surrogateescape"))
    except (ContractError, LedgerError) as error:
        said.notes.append(f"{name} of the base cannot be read, so all that this one excuses is new: {error}")
        return Ledger()


def _judge_contracts(said: Judgement, root: Path, base: Tree, folder: str) -> None:
    """A change of a contract that breaks whoever reads or writes by it needs a greater version."""
    try:
        old = _contracts(base, base.side, folder, root)
    except ValueError as error:
        said.notes.append(f"the contracts of the base cannot be read: {error}")
        return
    try:
        new = _contracts(FolderTree(root), "", folder, root)
    except ValueError as error:
        said.red.append(f"contract {error}")
        return
    changes = all_differences(old, new) if old else []
    refused = unstepped(old, new, changes)
    said.red += [f"contract {one}" for one in refused]
    for name in sorted({one.contract for one in changes if one.breaking} - {one.contract for one in refused}):
        broken = sum(one.contract == name and one.breaking for one in changes)
        versions = f"version {old[name].version} became {new[name].version}"
        said.accepted.append(f"contract {name}: {counted(broken, 'breaking change')}, and {versions}")


def _contracts(tree: Tree, side: str, folder: str, root: Path) -> Mapping[str, Contract]:
    """By name; none where there is no such folder, or where it holds something else."""
    if not any(True for _ in tree.names(folder)):
        return {}
    try:
        return load_side(f"{side}{folder}", root)
    except NoContract:
        return {}
