"""What is stored beside what was: numbers of anchors and baselines that changed, and whether that has a reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from parity_suite.core.tree import Tree
from parity_suite.snapshots.anchors import Approval, Change, Content, gaps, parse, parse_approval

#: The folders of files that hold numbers.
FOLDERS: Final = ("anchors", "baselines")
_NOTHING: Final = Approval()


@dataclass(frozen=True)
class ChangedFile:
    """A file of which some number is new, gone or another one."""

    #: with its folder: ``baselines/train.lesson16.g2.mine``
    name: str
    changes: tuple[Change, ...] = ()
    #: what stands beside the numbers now
    approval: Approval = _NOTHING
    #: whether a reason was given since
    approved: bool = False
    new: bool = False
    gone: bool = False
    #: why it cannot be read; empty where it can
    torn: str = ""

    @property
    def worst(self) -> Change:
        """The number that changed most."""
        return max(self.changes, key=lambda change: (change.budgets, abs((change.new or 0.0) - (change.old or 0.0))))


def stored_texts(tree: Tree, folder: str) -> dict[str, str]:
    """The texts of all anchors and baselines in the folder of the snapshots."""
    return {
        f"{kind}/{name}": text for kind in FOLDERS for name, text in tree.texts(f"{folder}/{kind}", ".json").items()
    }


def changed_files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangedFile]:
    """In the order of their names."""
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            found = _changed(name, old.get(name), new.get(name))
            if found.changes or found.torn or found.gone:
                yield found


def widened(old: Mapping[str, str], new: Mapping[str, str], budgets: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """The files that are held by wider ``budgets`` than before, with in words what became of each; and why, where a
    reason was given since.
    """
    for name, budget in sorted(budgets.items()):
        before, after = (_read(texts.get(name)) for texts in (old, new))
        earlier, now = (found[1] if found else _NOTHING for found in (before, after))
        if earlier.narrower_than(budget):
            approved = now.reason and now.is_newer_than(earlier) and not now.narrower_than(budget)
            yield (
                f"{name} is held by a budget of {budget:.3g}, and was by {earlier.budget:.3g}",
                now.reason * bool(approved),
            )


def _changed(name: str, before: str | None, after: str | None) -> ChangedFile:
    was, earlier = _read(before) or ({}, _NOTHING)
    if after is None:
        return ChangedFile(name, tuple(_changes(name, was, {}, earlier.budget)), gone=True)
    now = _read(after)
    if now is None:
        return ChangedFile(name, torn="it is not the JSON of stored numbers")
    content, approval = now
    approved = bool(approval.reason) and approval.is_newer_than(earlier)
    found = tuple(_changes(name, was, content, approval.budget))
    return ChangedFile(name, found, approval, approved, new=not was)


def _read(text: str | None) -> tuple[Content, Approval] | None:
    """None where there is nothing, or nothing that can be read."""
    if text is None:
        return None
    try:
        content = parse(text)
        # Which takes every number of it.
        list(gaps({}, content))
        return content, parse_approval(text)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _changes(name: str, old: Content, new: Content, budget: float | None) -> Iterator[Change]:
    for number, was, now, gap in gaps(old, new):
        if gap > 0:
            yield Change(name, number, was, now, gap / budget if budget else math.nan)
