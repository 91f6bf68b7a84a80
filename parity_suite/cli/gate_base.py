"""What a pull request is held against: the commit where it left its target."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parity_suite.core.commit import git
from parity_suite.core.tree import CommitTree, FolderTree, Tree, commit_at

#: Where GitLab says the commit itself.
_COMMIT: Final = "CI_MERGE_REQUEST_DIFF_BASE_SHA"
#: Where GitHub and GitLab say the branch that a request is to be merged into.
_TARGETS: Final = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
_DEFAULT: Final = "refs/remotes/origin/HEAD"
_DEPTH: Final = "fetch-depth: 0 in GitHub's checkout, GIT_DEPTH: 0 in GitLab, or git fetch --unshallow"


class NoBase(ValueError):
    """The base cannot be had, and the mend."""


@dataclass(frozen=True)
class Base:
    """The files of the base, None where there is none, and in words what it is."""

    tree: Tree | None
    words: str


def base_of(given: str, root: Path) -> Base:
    """The base that is named, else that of a pull request, else that with the default branch; NoBase."""
    if given == "none":
        return Base(None, "none, as asked for: nothing can be lost or change")
    if given and (root / given).is_dir():
        return Base(FolderTree(root / given), f"the folder {given}")
    if not git(root, "rev-parse", "--git-dir"):
        return _outside(given, root)
    if not git(root, "rev-parse", "--verify", "--quiet", "HEAD"):
        return Base(None, "none: there is no commit yet")
    target = given or next(_targets(root), "")
    if not target:
        return Base(None, "none: no pull request, and no default branch of origin; --base says one")
    return _merge_base(target, root)


def _outside(given: str, root: Path) -> Base:
    """Without a repository there is no base, unless there should be one."""
    if given or any(os.environ.get(name) for name in (_COMMIT, *_TARGETS)):
        raise NoBase(f"git cannot read a repository in {root}: is it safe (git config safe.directory)?")
    return Base(None, "none: this is not a repository of git")


def _targets(root: Path) -> Iterator[str]:
    yield from filter(None, [os.environ.get(_COMMIT)])
    yield from (f"origin/{os.environ[name]}" for name in _TARGETS if os.environ.get(name))
    yield from filter(None, [git(root, "symbolic-ref", "--quiet", "--short", _DEFAULT)])


def _merge_base(target: str, root: Path) -> Base:
    shallow = git(root, "rev-parse", "--is-shallow-repository") == "true"
    named = commit_at(root, target)
    if not named:
        mend = f"the clone is shallow: {_DEPTH}" if shallow else "fetch it, or say another one with --base"
        raise NoBase(f"there is no {target} here: {mend}")
    commit = git(root, "merge-base", "HEAD", named)
    if not commit:
        mend = f"the clone is shallow: {_DEPTH}" if shallow else "they have none"
        raise NoBase(f"no commit is found that HEAD and {target} have in common; {mend}")
    itself = ", which HEAD is itself" if commit == git(root, "rev-parse", "HEAD") else ""
    return Base(CommitTree(root, commit), f"{commit[:10]}, of HEAD and {target}{itself}")
