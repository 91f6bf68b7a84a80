"""A side of a comparison is a file, a folder or a git revision; nothing is checked out, and errors are one line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from parity_suite.contracts.revisions import load_side
from parity_suite.snapshots.contract_files import write_faces

ONE = """
name = "one"
version = 1
container = "npz"
doc = "first"
[fields.a]
doc = "a"
units = "m"
dtypes = ["float64"]
shapes = [""]
"""
TWO = ONE.replace('"one"', '"two"')


def git(root: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True, env=environment)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of two commits: the second steps the version and adds a contract, a threshold file and a link."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "one.toml").write_text(ONE, "utf-8")
    git(tmp_path, "init", "--initial-branch=trunk")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message=first")
    (folder / "one.toml").write_text(ONE.replace("version = 1", "version = 2"), "utf-8")
    (folder / "two.toml").write_text(TWO, "utf-8")
    (folder / "guards.toml").write_text("[mean]\nminimum = 1\n", "utf-8")
    (folder / "contract.schema.json").write_text('{"type": "object"}', "utf-8")
    (folder / "notes.md").write_text("no contract", "utf-8")
    (folder / "link.toml").symlink_to("/etc/hostname")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message=second")
    (folder / "link.toml").unlink()
    return tmp_path


def versions(text: str, root: Path) -> dict[str, int]:
    return {name: contract.version for name, contract in load_side(text, root).items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("contracts", {"one": 2, "two": 1}),
        ("contracts/one.toml", {"one": 2}),
        ("HEAD", {"one": 2, "two": 1}),
        ("trunk", {"one": 2, "two": 1}),
        ("HEAD~1", {"one": 1}),
        ("HEAD:contracts/", {"one": 2, "two": 1}),
        ("trunk:contracts/two.toml", {"two": 1}),
    ],
)
def test_what_a_text_names(root: Path, text: str, found: dict[str, int]) -> None:
    assert versions(text, root) == found


def test_a_revision_is_read_as_it_was_and_leaves_the_files_alone(root: Path) -> None:
    (root / "contracts" / "one.toml").write_text("no TOML", "utf-8")
    assert versions("HEAD~1", root) == {"one": 1}
    assert (root / "contracts" / "one.toml").read_text("utf-8") == "no TOML"
    assert versions("HEAD", root / "contracts" / "..") == {"one": 2, "two": 1}


def test_paths_of_a_revision_start_at_the_folder_asked_for(root: Path) -> None:
    inner = root / "inner"
    (inner / "deep").mkdir(parents=True)
    (inner / "deep" / "two.toml").write_text(TWO, "utf-8")
    git(root, "add", ".")
    git(root, "commit", "--message=third")
    assert versions("HEAD:deep", inner) == {"two": 1}


def test_faces_are_contracts_too(root: Path) -> None:
    write_faces(root / "faces", load_side("contracts", root).values())
    assert versions("faces", root) == {"one": 2, "two": 1}
    assert versions("faces/one.json", root) == {"one": 2}
    git(root, "add", ".")
    git(root, "commit", "--message=faces")
    assert versions("HEAD:faces", root) == {"one": 2, "two": 1}
    assert versions("HEAD:faces/one.json", root) == {"one": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--output=stolen", "'--output=stolen' is no file, no folder and no git revision$"),
        ("", ": found no contract"),
        (":contracts", "':contracts' is no file, no folder and no git revision$"),
        ("nowhere", "'nowhere' is no file, no folder and no git revision in "),
        ("HEAD~9", "'HEAD~9' is no file, no folder and no git revision in "),
        ("HEAD:nowhere", "HEAD:nowhere: found no 'nowhere' in the revision HEAD"),
        ("HEAD:contracts/notes.md", r"notes.md: found what is no plain file, wanted .toml or .json"),
        ("HEAD:contracts/link.toml", r"link.toml: found what is no plain file, wanted .toml or .json"),
        ("contracts/notes.md", "contracts/notes.md: found a file of another kind, wanted .toml or .json"),
        ("contracts/guards.toml", "guards.toml: name: required: found no such key"),
        ("empty", r"empty: found no contract \(TOML or a face in JSON, with a key container\)"),
        ("twice", "twice: found two contracts with the name 'one'"),
        ("damaged", r"damaged/one.toml: file: toml: found .*, wanted valid TOML"),
        ("long", "long/one.toml: found 262145 bytes, wanted a contract of at most 262144"),
        ("HEAD:long", "HEAD:long/one.toml: found 262145 bytes, wanted a contract of at most 262144"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(root: Path, text: str, says: str) -> None:
    for name, files in {
        "empty": {"guards.toml": "x = 1"},
        "twice": {"a.toml": ONE, "b.toml": ONE},
        "damaged": {"one.toml": "container ="},
        "long": {"one.toml": "#" * (2**18 + 1)},
    }.items():
        (root / name).mkdir()
        for file, content in files.items():
            (root / name / file).write_text(content, "utf-8")
    git(root, "add", "long")
    git(root, "commit", "--message=long")
    with pytest.raises(ValueError, match=says) as caught:
        load_side(text, root)
    assert "\n" not in str(caught.value)
    assert not (root / "stolen").exists()


def test_outside_of_a_repository_and_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ValueError, match="'HEAD' is no file, no folder and no git revision in"):
        load_side("HEAD", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="git is not to be found, and only it can read a revision"):
        load_side("HEAD", tmp_path)
