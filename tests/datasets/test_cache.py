"""The cache: made once, never trusted blindly, never stale."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parity_suite.ptychography.datasets import Dataset, cache, load_recipe, load_synthetic, synthesise

RECIPE = load_recipe("field64")
#: Asks for a dataset once a file says go, and leaves a line for each time it had to be made, slowly.
ASKING = """
import sys, time
from pathlib import Path
from parity_suite.ptychography.datasets import cache, load_recipe
folder = Path(sys.argv[1])
real = cache.synthesise
def slow(recipe):
    with (folder / "made.txt").open("a") as log:
        log.write("made\\n")
    time.sleep(0.5)
    return real(recipe)
cache.synthesise = slow
recipe = load_recipe("field64")
(folder / f"ready-{sys.argv[2]}").touch()
deadline = time.monotonic() + 60
while not (folder / "go").exists() and time.monotonic() < deadline:
    time.sleep(0.005)
print(cache.cached(recipe, folder / "cache").digest)
"""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the datasets that were made, not read."""
    names: list[str] = []

    def counting(recipe: cache.Recipe) -> Dataset:
        names.append(recipe.name)
        return synthesise(recipe)

    monkeypatch.setattr(cache, "synthesise", counting)
    return names


def stored(folder: Path) -> Path:
    (path,) = folder.glob("*.npz")
    return path


def test_processes_that_ask_at_once_make_it_once(tmp_path: Path) -> None:
    askers = [
        subprocess.Popen([sys.executable, "-c", ASKING, str(tmp_path), str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    while len(list(tmp_path.glob("ready-*"))) < len(askers):
        assert all(asker.poll() is None for asker in askers)
    (tmp_path / "go").touch()
    digests = {asker.communicate(timeout=60)[0].strip() for asker in askers}
    assert digests == {synthesise(RECIPE).digest}
    assert (tmp_path / "made.txt").read_text() == "made\n"


def test_what_is_read_is_what_was_made(tmp_path: Path, made: list[str]) -> None:
    first, second = cache.cached(RECIPE, tmp_path), cache.cached(RECIPE, tmp_path)
    assert made == ["field64"]
    assert first.digest == second.digest
    assert first.arrays().keys() == second.arrays().keys()
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(second.arrays()[name], array, strict=True)


def damage_by_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def damage_by_emptying(path: Path) -> None:
    path.write_bytes(b"")


def damage_by_leaving_one_out(path: Path) -> None:
    with np.load(path) as content:
        np.savez(path, **{name: content[name] for name in content if name != "probe"})


def damage_by_another_value(path: Path) -> None:
    """A sound archive of another dataset, with the digest of what it holds beside it."""
    with np.load(path) as content:
        arrays = {name: content[name] for name in ("diff3d", "probe", "object", "positions")}
    arrays["positions"][0, 0] += 1
    other = Dataset(RECIPE.name, RECIPE.domain, **arrays, nphotons=RECIPE.nphotons, gridsize=RECIPE.gridsize)
    np.savez(path, digest=np.array(other.digest), **arrays)


@pytest.mark.parametrize(
    "damage",
    [
        damage_by_one_bit,
        damage_by_cutting,
        damage_by_emptying,
        damage_by_leaving_one_out,
        damage_by_another_value,
    ],
)
def test_a_damaged_file_is_made_again(tmp_path: Path, made: list[str], damage: object) -> None:
    sound = cache.cached(RECIPE, tmp_path).digest
    assert callable(damage)
    damage(stored(tmp_path))
    assert cache.cached(RECIPE, tmp_path).digest == sound
    assert made == ["field64"] * 2
    cache.cached(RECIPE, tmp_path)
    assert made == ["field64"] * 2


def test_changed_code_gets_a_file_of_its_own_and_a_changed_recipe_none(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.cached(RECIPE, tmp_path)
    monkeypatch.setattr(cache, "_code_digest", lambda: "other")
    cache.cached(RECIPE, tmp_path)
    assert len(made) == len(list(tmp_path.glob("*.npz"))) == 2
    for _ in range(2):
        cache.cached(replace(RECIPE, seed=7), tmp_path)
    assert len(made) == 4, "no digest of it ships, so that no file of it is believed"
    assert len(list(tmp_path.glob("*.npz"))) == 2


def _fifo(path: Path, _: Path) -> None:
    os.mkfifo(path)


def _device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/full")


def _link(path: Path, sound: Path) -> None:
    path.symlink_to(sound)


def _link_to_nothing(path: Path, sound: Path) -> None:
    path.symlink_to(sound.with_name("new"))


@pytest.mark.parametrize("put", [_fifo, _device, _link, _link_to_nothing])
@pytest.mark.parametrize("ending", ["", ".lock"])
def test_what_is_no_file_in_its_place_is_neither_read_nor_written_through(
    tmp_path: Path, made: list[str], put: Callable[[Path, Path], None], ending: str
) -> None:
    cache.cached(RECIPE, tmp_path / "cache")
    path, sound = stored(tmp_path / "cache"), tmp_path / "sound.npz"
    content = path.read_bytes()
    path.rename(sound)
    put(path.with_name(path.name + ending), sound)
    assert cache.cached(RECIPE, tmp_path / "cache").digest == synthesise(RECIPE).digest
    assert made == ["field64"] * 2
    assert sound.read_bytes() == content
    assert not (tmp_path / "new").exists()


def test_no_folder_reached_by_a_link_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    assert cache.cached(RECIPE, tmp_path / "cache").digest == synthesise(RECIPE).digest
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert cache.cached(RECIPE, tmp_path / "file" / "cache").digest == synthesise(RECIPE).digest


def test_a_file_half_written_is_not_taken_for_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(stream: object, **arrays: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache.np, "savez", cut_off)
        with pytest.raises(KeyboardInterrupt):
            cache.cached(RECIPE, tmp_path)
    assert not list(tmp_path.glob("*.npz"))
    assert cache.cached(RECIPE, tmp_path).digest == synthesise(RECIPE).digest


def test_load_synthetic_keeps_one_object_a_process_and_needs_no_disk(tmp_path: Path) -> None:
    assert load_synthetic("field64") is load_synthetic("field64")
    assert load_synthetic("field64").digest == load_synthetic("field64", tmp_path).digest
    assert stored(tmp_path).name.startswith("field64-")


def test_shared_arrays_are_read_only() -> None:
    for array in load_synthetic("field64").arrays().values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_digest_sees_every_array_and_every_scalar() -> None:
    plain = load_synthetic("field64")
    changes: list[dict[str, object]] = [
        {"diff3d": np.roll(plain.diff3d, 1)},
        {"diff3d": plain.diff3d.astype(np.float32)},
        {"probe": plain.probe.conj()},
        {"object": None},
        {"positions": plain.positions + 2.0**-20},
        {"positions": plain.positions.reshape(-1)},
        {"domain": "normalised"},
        {"nphotons": 2e3},
        {"gridsize": 2},
    ]
    digests = {plain.digest, *(replace(plain, **changed).digest for changed in changes)}
    assert len(digests) == 1 + len(changes)
    assert replace(plain, name="other").digest == plain.digest


def test_the_digest_does_not_depend_on_memory_layout() -> None:
    plain = load_synthetic("field64")
    other = replace(plain, diff3d=np.asfortranarray(plain.diff3d), probe=plain.probe.astype(">c16"))
    assert other.digest == plain.digest
