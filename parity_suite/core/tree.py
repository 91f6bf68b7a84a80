"""The files of a commit, or of a folder, by their names as seen from a root; nothing is checked out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from parity_suite.core.commit import git, git_bytes

#: The mode of a plain file in a tree of git; a link would lead elsewhere.
_PLAIN: Final = ("100644", "100755")


class Tree(ABC):
    """Files as they were, or are."""

    #: where these are, as ``parity contracts diff`` takes the place of contracts
    side: str

    @abstractmethod
    def names(self, folder: str = "") -> Iterable[str]:
        """Of all files, or of those below a folder."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """The content of a file; None where there is none."""

    def texts(self, folder: str, suffix: str) -> dict[str, str]:
        """The files of a folder by their names in it, without the suffix."""
        mine = [one for one in self.names(folder) if one.endswith(suffix)]
        start = len(folder) + 1
        return {one[start : -len(suffix)]: (self.read(one) or b"").decode("utf-8", "replace") for one in mine}


class CommitTree(Tree):
    """Of a commit of the repository that ``root`` lies in."""

    def __init__(self, root: Path, commit: str) -> None:
        self._root = root
        self.side = f"{commit}:"
        self._blobs = _blobs(git_bytes(root, "ls-tree", "-r", "-z", commit) or b"")

    def names(self, folder: str = "") -> Iterable[str]:
        return (name for name in self._blobs if not folder or name.startswith(f"{folder}/"))

    def read(self, name: str) -> bytes | None:
        # By the object: no filter and no attribute of a path comes into it.
        return git_bytes(self._root, "cat-file", "blob", self._blobs[name]) if name in self._blobs else None


class FolderTree(Tree):
    """Of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.side = f"{folder}/"

    def names(self, folder: str = "") -> Iterable[str]:
        for place, folders, files in os.walk(self._folder / folder):
            folders[:] = [one for one in folders if not one.startswith(".")]
            yield from (os.path.relpath(Path(place, one), self._folder) for one in files)

    def read(self, name: str) -> bytes | None:
        path = self._folder / name
        return path.read_bytes() if path.is_file() else None


def commit_at(root: Path, revision: str) -> str:
    """The commit that a revision names; empty where it names none."""
    if revision.startswith("-"):
        return ""
    return git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def _blobs(listed: bytes) -> Mapping[str, str]:
    found = {}
    for line in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        head, _, name = line.partition("\t")
        mode, _, blob = head.split(" ")
        if mode in _PLAIN:
            found[name] = blob
    return found
