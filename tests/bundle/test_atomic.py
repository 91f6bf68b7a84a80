"""Whatever interrupts a write, the folder holds the old bundle or the new one, whole."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from bundle_samples import files, make_bundle, same

from parity_suite.core.writing import locked
from parity_suite.ptychography.bundle import Bundle, BundleError, read_bundle, write_bundle

OLD, NEW = make_bundle(seed=1), make_bundle(seed=2, scale=3.25)
#: Every call by which a write changes what is on disk.
CALLS = ("mkdir", "fsync", "replace", "unlink")


class Killed(BaseException):
    """The process is gone: not even ``finally`` does anything from here on."""


@contextmanager
def dying_at(step: int) -> Iterator[list[str]]:
    """Die before the call of this number, and record those that were made before it."""
    made: list[str] = []

    def dies(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            if len(made) == step:
                if name == "fsync":
                    lose_half(arguments[0])
                raise Killed
            made.append(name)
            return real(*arguments, **keywords)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, dies(name, getattr(os, name)))
        yield made


def lose_half(handle: int) -> None:
    """What was written and never synced is not all on disk."""
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode):
        os.ftruncate(handle, status.st_size // 2)


def steps_of_a_write(folder: Path, bundle: Bundle) -> list[str]:
    with dying_at(-1) as made:
        write_bundle(folder, bundle)
    return made


def test_the_steps_of_a_write_are_seen(tmp_path: Path) -> None:
    """The weights are on disk before the manifest names them, and the old ones go last."""
    put = ["fsync", "replace", "fsync"]
    assert steps_of_a_write(tmp_path / "new", OLD) == ["mkdir", *put, *put, "fsync"]
    assert steps_of_a_write(tmp_path / "new", NEW) == ["mkdir", *put, *put, "unlink", "fsync"]


@pytest.mark.parametrize("step", range(11))
@pytest.mark.parametrize("before", [None, OLD], ids=["new folder", "over an old bundle"])
def test_killed_before_any_step(tmp_path: Path, before: Bundle | None, step: int) -> None:
    folder = tmp_path / "bundle"
    if before is not None:
        write_bundle(folder, before)
    with dying_at(step) as made, suppress(Killed):
        write_bundle(folder, NEW)
    if before is None and not (folder / "manifest.json").exists():
        with pytest.raises(BundleError, match="missing"):
            read_bundle(folder)
    else:
        found = read_bundle(folder)
        # The second replacement is that of the manifest.
        assert same(found, NEW if made.count("replace") == 2 else before or NEW)
    write_bundle(folder, NEW)
    write_bundle(tmp_path / "undisturbed", NEW)
    assert files(folder) == files(tmp_path / "undisturbed"), "leftovers"


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_bundle_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_bundle(tmp_path, OLD)
    before = files(tmp_path)

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, name, full)
        with pytest.raises(OSError, match="No space left"):
            write_bundle(tmp_path, NEW)
    assert files(tmp_path) == before


def test_content_is_synced_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[int, int]] = []
    named: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        status = os.fstat(handle)
        synced.append((status.st_ino, status.st_size))
        real_fsync(handle)

    def replace(source: Path, target: Path) -> None:
        status = Path(source).stat()
        assert synced[-1] == (status.st_ino, status.st_size)
        named.append(Path(target).name)
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_bundle(tmp_path, NEW)
    assert named[-1] == "manifest.json"
    assert sorted(named) == sorted(files(tmp_path))


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    others = ["notes.txt", "weights-mine.safetensors", ".manifest.json.part", ".hidden"]
    for name in others:
        (tmp_path / name).write_text("keep")
    write_bundle(tmp_path, OLD)
    write_bundle(tmp_path, NEW)
    assert len(files(tmp_path)) == len(others) + 2
    assert all(files(tmp_path)[name] == b"keep" for name in others)


def test_a_link_in_the_way_is_refused_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("keep")
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "manifest.json").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic link"):
        write_bundle(folder, NEW)
    assert outside.read_text() == "keep"


#: Writes the two bundles in turns until it is killed or has written as many as it should.
WRITING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bundle_samples import make_bundle
from parity_suite.ptychography.bundle import write_bundle
both = [make_bundle(seed=1), make_bundle(seed=2, scale=3.25)]
for number in range(int(sys.argv[3])):
    write_bundle(Path(sys.argv[2]), both[number % 2])
    if number == 0:
        print("started", flush=True)
"""


@contextmanager
def writer(folder: Path, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITING, str(Path(__file__).parent), str(folder), str(count)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_writer_that_is_really_killed(tmp_path: Path) -> None:
    delays = random.Random(5)
    for _ in range(5):
        with writer(tmp_path, 10**6) as process:
            time.sleep(delays.uniform(0, 0.05))
            process.kill()
        found = read_bundle(tmp_path)
        assert same(found, OLD) or same(found, NEW)
    write_bundle(tmp_path, NEW)
    assert len(files(tmp_path)) == 2


def test_a_reader_beside_two_writers_sees_whole_bundles(tmp_path: Path) -> None:
    seen = set()
    with writer(tmp_path, 150) as first, writer(tmp_path, 150) as second:
        while first.poll() is None or second.poll() is None:
            found = read_bundle(tmp_path)
            seen.add("old" if same(found, OLD) else "new" if same(found, NEW) else "mixed")
        assert (first.returncode, second.returncode) == (0, 0)
    assert seen == {"old", "new"}
    assert len(files(tmp_path)) == 2


def test_a_writer_waits_while_another_one_writes_and_no_lock_is_left(tmp_path: Path) -> None:
    write_bundle(tmp_path, OLD)
    second = Thread(target=write_bundle, args=(tmp_path, NEW))
    with locked(tmp_path):
        second.start()
        second.join(1)
        assert second.is_alive()
        assert same(read_bundle(tmp_path), OLD)
    second.join(60)
    assert same(read_bundle(tmp_path), NEW)
    assert len(files(tmp_path)) == 2
