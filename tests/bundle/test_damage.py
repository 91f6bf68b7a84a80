"""Any damage to any file is refused, or leaves the bundle as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bundle_samples import files, make_bundle, same, weights_path
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.ptychography.bundle import BundleError, read_bundle, write_bundle

Damage = Callable[[bytearray, int, int], None]


def flip(content: bytearray, place: int, value: int) -> None:
    content[place] ^= value


def delete(content: bytearray, place: int, value: int) -> None:
    del content[place]


def insert(content: bytearray, place: int, value: int) -> None:
    content.insert(place, value)


def cut(content: bytearray, place: int, value: int) -> None:
    del content[place:]


def append(content: bytearray, place: int, value: int) -> None:
    content.extend([value] * (1 + place))


def swap(content: bytearray, place: int, value: int) -> None:
    other = (place + value) % len(content)
    content[place], content[other] = content[other], content[place]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    write_bundle(folder, make_bundle())
    return folder


@pytest.fixture(scope="module")
def damaged(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to damage; whoever does puts the file right again."""
    return shutil.copytree(sound, tmp_path_factory.mktemp("damaged"), dirs_exist_ok=True)


def put(path: Path, content: bytes) -> None:
    """In place, because a file system may wait for the disk when a file is emptied and filled again."""
    with path.open("r+b") as stream:
        stream.write(content)
        stream.truncate()


def refused_or_intact(sound: Path, folder: Path, name: str, content: bytes) -> bool:
    """Whether a copy with another content of one file is refused; if not, it must be as it was."""
    put(folder / name, content)
    try:
        found = read_bundle(folder)
    except BundleError:
        return True
    finally:
        put(folder / name, (sound / name).read_bytes())
    assert same(found, make_bundle())
    return False


@settings(max_examples=300, deadline=None)
@given(
    which=st.integers(0, 1),
    damage=st.sampled_from([flip, delete, insert, cut, append, swap]),
    place=st.integers(0, 2**20),
    value=st.integers(1, 255),
)
def test_a_damaged_file_is_refused(
    sound: Path, damaged: Path, which: int, damage: Damage, place: int, value: int
) -> None:
    name = sorted(files(sound))[which]
    before = files(sound)[name]
    content = bytearray(before)
    damage(content, place % len(content), value)
    assert refused_or_intact(sound, damaged, name, bytes(content)) == (content != before)


@pytest.mark.parametrize("which", [0, 1], ids=["manifest", "weights"])
@pytest.mark.parametrize("damage", [flip, delete])
def test_no_byte_is_unguarded(sound: Path, damaged: Path, which: int, damage: Damage) -> None:
    """One bit of every byte, and every byte, of a bundle small enough to try them all."""
    name = sorted(files(sound))[which]
    before = files(sound)[name]
    accepted = []
    for place in range(len(before)):
        content = bytearray(before)
        damage(content, place, 1)
        if content != before and not refused_or_intact(sound, damaged, name, bytes(content)):
            accepted.append(place)
    assert accepted == []


def test_damage_names_the_tensor(sound: Path, tmp_path: Path) -> None:
    content = bytearray(files(sound)[weights_path(sound).name])
    gain = make_bundle().weights["gain"].tobytes()
    assert content.count(gain) == 1
    content[content.index(gain)] ^= 1
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    weights_path(tmp_path).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        read_bundle(tmp_path)
    assert [violation.field for violation in caught.value.violations] == [weights_path(sound).name, "weights/gain"]


@pytest.mark.parametrize("name", ["manifest.json", "weights"])
def test_a_missing_file_is_refused_by_name(sound: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    (path,) = tmp_path.glob(f"{name}*")
    path.unlink()
    with pytest.raises(BundleError, match=f"{path.name}: missing"):
        read_bundle(tmp_path)


def test_the_weights_of_another_bundle_are_refused(sound: Path, tmp_path: Path) -> None:
    """The same architecture, other numbers: only a digest can tell."""
    write_bundle(tmp_path, make_bundle(seed=7))
    other = weights_path(tmp_path).read_bytes()
    shutil.rmtree(tmp_path)
    shutil.copytree(sound, tmp_path)
    weights_path(tmp_path).write_bytes(other)
    with pytest.raises(BundleError, match=r"weights/encoder\.conv/bias: sha256"):
        read_bundle(tmp_path)
