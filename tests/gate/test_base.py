"""Which commit a change is held against, and what is said where that cannot be had."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from parity_suite.cli.gate_base import NoBase, base_of
from parity_suite.cli.main import main
from parity_suite.core.tree import CommitTree, FolderTree


def git(place: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", "-C", str(place), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(place: Path, name: str) -> str:
    (place / name).write_text(name)
    git(place, "add", "-A")
    git(place, "commit", "-qm", name)
    return git(place, "rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("CI_", "GITHUB_")):
            monkeypatch.delenv(name)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Two commits on main, and two on a branch that left after the first."""
    place = tmp_path / "origin"
    place.mkdir()
    git(place, "init", "-q")
    commit(place, "first")
    git(place, "checkout", "-qb", "change")
    commit(place, "mine")
    commit(place, "also")
    git(place, "checkout", "-q", "main")
    commit(place, "second")
    return place


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    place = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(origin), str(place))
    git(place, "checkout", "-q", "change")
    return place


def files(place: Path, given: str = "") -> list[str]:
    found = base_of(given, place)
    assert found.tree is not None, found.words
    return sorted(found.tree.names())


def test_it_is_where_the_change_left_its_target(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = git(clone, "merge-base", "HEAD", "origin/main")
    assert base_of("", clone).words == f"{left[:10]}, of HEAD and origin/main"
    assert files(clone) == files(clone, "origin/main") == ["first"]
    assert files(clone, "HEAD~1") == ["first", "mine"]
    git(clone, "remote", "set-head", "origin", "-d")
    assert base_of("", clone).words == "none: no pull request, and no default branch of origin; --base says one"
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
    assert files(clone) == ["first"]
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", git(clone, "rev-parse", "HEAD~1"))
    assert files(clone) == ["first", "mine"]
    monkeypatch.delenv("CI_MERGE_REQUEST_DIFF_BASE_SHA")
    monkeypatch.delenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert files(clone) == ["first"]
    git(clone, "checkout", "-q", "--detach", "origin/main")
    assert base_of("", clone).words.endswith(", of HEAD and origin/main, which HEAD is itself")


def test_a_folder_or_nothing(clone: Path, origin: Path, tmp_path: Path) -> None:
    found = base_of(str(origin), clone).tree
    assert isinstance(found, FolderTree)
    assert sorted(found.names()) == ["first", "second"]
    assert found.read("second") == b"second"
    assert base_of("none", clone).tree is None
    assert base_of("", tmp_path).words == "none: this is not a repository of git"
    git(tmp_path, "init", "-q")
    assert base_of("", tmp_path).words == "none: there is no commit yet"


def test_a_shallow_clone_is_said_with_the_mend(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", "-b", "change", f"file://{origin}", str(place))
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    depth = (
        "the clone is shallow: fetch-depth: 0 in GitHub's checkout, GIT_DEPTH: 0 in GitLab, or git fetch --unshallow"
    )
    monkeypatch.chdir(place)
    assert main(["gate"]) == 2
    said = f"gate: could not look: no commit is found that HEAD and origin/main have in common; {depth}\n"
    assert capsys.readouterr().out == said
    monkeypatch.setenv("GITHUB_BASE_REF", "elsewhere")
    with pytest.raises(NoBase, match=f"there is no origin/elsewhere here: {depth}"):
        base_of("", place)
    git(place, "fetch", "-q", "--unshallow")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert files(place) == ["first"]


def test_what_is_asked_for_and_cannot_be_had(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoBase, match="there is no nowhere here: fetch it, or say another one with --base"):
        base_of("nowhere", clone)
    with pytest.raises(NoBase, match="there is no --all here"):
        base_of("--all", clone)
    git(clone, "checkout", "-q", "--orphan", "other")
    commit(clone, "alone")
    with pytest.raises(NoBase, match="HEAD and origin/main have in common; they have none"):
        base_of("origin/main", clone)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    with pytest.raises(NoBase, match="git cannot read a repository in"):
        base_of("", tmp_path)


def test_a_base_is_read_by_its_objects(clone: Path) -> None:
    """Neither a filter nor an attribute that leaves files out of archives hides or alters one, and no link is read."""
    (clone / ".gitattributes").write_text("first export-ignore\nfirst filter=none\n")
    (clone / "link").symlink_to("first")
    (clone / "folder").mkdir()
    commit(clone, "folder/a b")
    tree = CommitTree(clone / "folder", git(clone, "rev-parse", "HEAD"))
    assert list(tree.names()) == ["a b"], "as seen from where the project lies"
    tree = CommitTree(clone, git(clone, "rev-parse", "HEAD"))
    assert (tree.read("first"), tree.read("folder/a b"), tree.read("link")) == (b"first", b"folder/a b", None)
    assert list(tree.names("folder")) == ["folder/a b"]
