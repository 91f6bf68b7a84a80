"""What is written is there as a whole or not at all, in the mode that it had, and never through a link."""

from __future__ import annotations

import errno
import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from parity_suite.contracts import load_contract
from parity_suite.core import writing
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.writing import NotWritten, remove_whole, replaced, replaced_folder, update_whole, write_whole
from parity_suite.ledger import read_ledger, today
from parity_suite.ledger.entry import Terms, UnpinnedEntry
from parity_suite.ledger.writing import add_pattern
from parity_suite.ptychography.datasets import digests
from parity_suite.ptychography.dumps import PatchDump
from parity_suite.ptychography.dumps.plain_json import write_json
from parity_suite.report.record import write_record
from parity_suite.snapshots.contract_files import write_faces


def _folder(path: Path, text: str = "new", **within: Path) -> None:
    with replaced_folder(path, **within) as part:
        (part / "inner").write_text(text)


def _stream(path: Path, **within: Path) -> None:
    with replaced(path, **within) as part:
        part.write_text("new")


def _text(path: Path, **within: Path) -> None:
    write_whole(path, "new", **within)


def _change(path: Path, **within: Path) -> None:
    update_whole(path, lambda old: old + b"new", **within)


FILES = [_text, _change, _stream]
WRITERS = [*FILES, _folder, remove_whole]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("write", FILES)
def test_a_file_keeps_its_mode_and_a_new_one_has_that_of_any(write: Callable[[Path], None], tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new")
        (tmp_path / "old").touch()
        (tmp_path / "old").chmod(0o604)
        write(tmp_path / "old")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "old")]
    assert modes == [0o640, 0o604]
    assert names(tmp_path) == ["new", "old"]


@pytest.mark.parametrize("write", WRITERS)
def test_nothing_is_written_through_a_link(write: Callable[..., None], tmp_path: Path) -> None:
    """Neither the place itself nor a folder below the one that was named; that one may be reached by a link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("keep")
    named = tmp_path / "named"
    named.mkdir()
    (named / "file").symlink_to(outside / "file")
    (named / "folder").symlink_to(outside)
    (named / "dangling").symlink_to(outside / "made")
    for place in ("file", "folder", "dangling", "folder/file", "folder/new/file", "dangling/file"):
        with pytest.raises(NotWritten, match="symbolic link"):
            write(named / place, within=named)
    assert names(outside) == ["file"]
    assert (outside / "file").read_text() == "keep"
    (tmp_path / "typed").symlink_to(outside)
    write(tmp_path / "typed" / "other", within=tmp_path / "typed")
    assert names(outside) == (["file"] if write is remove_whole else ["file", "other"])


@pytest.mark.parametrize("write", [*FILES, _folder])
def test_a_pipe_a_device_and_what_is_of_another_kind_are_left(write: Callable[[Path], None], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    if write is _folder:
        (tmp_path / "kind").touch()
    else:
        (tmp_path / "kind").mkdir()
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path / "kind"):
        with pytest.raises(NotWritten, match="something else is there"):
            write(path)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("write", [*FILES, _folder])
def test_a_full_disk_leaves_what_was_there_and_is_said(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if write is _folder:
        _folder(tmp_path / "place", "old")
    else:
        (tmp_path / "place").write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match=r"^could not write .*place: No space left on device$"):
        write(tmp_path / "place")
    assert names(tmp_path) == ["place"]
    place = tmp_path / "place" / "inner" if write is _folder else tmp_path / "place"
    assert place.read_text() == "old"


def test_what_a_dead_writer_left_goes_and_what_a_living_one_fills_stays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    for process, name in ((dead.pid, "file"), (os.getppid(), "file"), (dead.pid, "other")):
        (tmp_path / f".{name}.{process:08x}00000000.part").write_text("half")
    write_whole(tmp_path / "file", "whole")
    assert set(names(tmp_path)) == {
        "file",
        f".file.{os.getppid():08x}00000000.part",
        f".other.{dead.pid:08x}00000000.part",
    }


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_takes_the_place_of_another(exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file system cannot let two names change places, too."""
    if not exchange:
        monkeypatch.setattr(writing, "_exchange", lambda one, other: False)
    for text in ("old", "new"):
        _folder(tmp_path / "place", text)
        assert (tmp_path / "place" / "inner").read_text() == text
    assert names(tmp_path) == ["place"]


def entry(check: str) -> UnpinnedEntry:
    terms = Terms("a reason of its own", "me", today(), today() + timedelta(9))
    return UnpinnedEntry(terms, check, Verdict.SEMANTIC)


def _add(path: Path, number: int, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    add_pattern(path, entry(f"a.b[{number}]"), path.with_name("none"))


def test_twenty_entries_added_at_once_are_all_there(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(20)
    path = tmp_path / "ledger.toml"
    adding = [processes.Process(target=_add, args=(path, number, barrier)) for number in range(20)]
    for one in adding:
        one.start()
    for one in adding:
        one.join(60)
    assert [one.exitcode for one in adding] == [0] * 20
    assert {one.name for one in read_ledger(path, today()).entries} == {f"a.b[{number}]" for number in range(20)}


def _ledger_at(path: Path) -> None:
    add_pattern(path, entry("a.b[c]"), path.with_name("none"))


def _record_at(path: Path) -> None:
    found = Finding("a.b[c-d-cpu-float32]", "a", "b", "c", "d", "cpu", "float32", Verdict.OK)
    write_record(path.parent, path.parent, [found], {}, {})


def _digests_at(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "resource_folder", lambda name: path.parent)
        patch.setattr(digests, "actual_digests", lambda: {"a": "12"})
        digests.main(["--write"])


def _face_at(path: Path) -> None:
    write_faces(path.parent, [load_contract("raw")])


def _dump_at(path: Path) -> None:
    PatchDump(path.parents[1], "training", 2)


def _json_at(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("parity_suite.ptychography.dumps.plain_json.assert_conforms", lambda document, contract: None)
        write_json(path, {"a": 1})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("ledger.toml", _ledger_at),
        ("record.json", _record_at),
        ("digests.toml", _digests_at),
        ("raw.json", _face_at),
        ("training/stats.json", _dump_at),
        ("stats.json", _json_at),
    ],
)
def test_no_file_of_the_suite_s_own_is_written_through_a_link(
    name: str, write: Callable[[Path], None], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"format = 2\n")
    path = tmp_path / "place" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(outside)
    with pytest.raises(NotWritten, match="symbolic link"):
        write(path)
    assert outside.read_bytes() == b"format = 2\n"
    assert path.is_symlink()
