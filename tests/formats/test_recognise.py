"""A file that keeps no contract is named in words, with what it holds and the command that brings it in."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
from layouts import Truth, write_cxi

from parity_suite.cli.main import main
from parity_suite.contracts import ContractError
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets.formats.mat5 import mat5_arrays
from parity_suite.ptychography.datasets.formats.recognise import recognised

BYTES = {
    "a.hdf": (b"\x0e\x03\x13\x01" + bytes(99), "HDF4"),
    # Whatever its name says.
    "a.h5": (b"II*\0" + bytes(99), "TIFF"),
    "a.npz": (b"\xff\xd8\xff\xe0" + bytes(99), "JPEG"),
    "a.bin": (b"\x80\x04\x95" + bytes(99), "a Python pickle, which nothing here opens"),
    "a.dm4": (b"\0\0\0\x04" + bytes(99), "Digital Micrograph 4"),
    "a.edf": (b"{\nHeaderID = EH:000001 ;\n" + b" " * 99, "EDF (ESRF Data Format)"),
    "a.mrc": (bytes(208) + b"MAP " + bytes(99), "MRC"),
    "a.cxi": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, whose content was not fetched"),
    "a.htm": (b"<!DOCTYPE html><p>404", "HTML: a page, as of a download that failed"),
    "a.csv": ("x,y\n1,2\nµ".encode(), "a text without a structure that is known here"),
}


@pytest.mark.parametrize("name", BYTES)
def test_the_first_bytes_tell(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, words = BYTES[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().out == f"{path}: {words}\n  no command brings it in\n"


@pytest.mark.parametrize("content", [b"", bytes(300), b"\xfe\xff\x00junk", b'{"a": 1}'])
def test_what_nothing_tells_is_left_to_the_contracts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert recognised(tmp_path / "a", Limits()) is None


HELD: list[tuple[dict[str, Any], str]] = [
    ({"content/probe/S00/data": [1], "content/obj/S00/data": [1]}, "ptypy .ptyr"),
    ({"meta/psize": 1.0, "meta/energy": 7.2}, "ptypy .ptyd"),
    ({"patterns": [1], "indexes": [1]}, "diffraction file of Ptychodus"),
    ({"Experiments/a/data": [1]}, "HyperSpy"),
    ({"dp": [1]}, "fold_slice, PtychoShelves"),
    ({"entry/data/data_000001": [1]}, "NeXus"),
    ({"strange": [1]}, "HDF5, of names that are not known here"),
]


@pytest.mark.parametrize(("arrays", "words"), HELD, ids=[words for _, words in HELD])
def test_the_names_in_an_hdf5_file_tell(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, value in arrays.items():
            file[name] = value
    found = recognised(tmp_path / "a.h5", Limits())
    assert found is not None
    assert (found.words, {one.name for one in found.arrays}) == (words, set(arrays))


def test_cxi_of_nexus_has_its_own_name(tmp_path: Path, truth: Truth) -> None:
    path = write_cxi(tmp_path / "a b.cxi", truth)
    found = recognised(path, Limits())
    assert found is not None
    assert (found.words, found.command) == ("CXI", f"convert cxi-to-raw '{path}' '{path.with_suffix('.raw.npz')}'")
    found = recognised(write_cxi(path, truth, **{"entry_1/definition": "NXcxi_ptycho"}), Limits())
    assert found is not None
    assert found.words == "NXcxi_ptycho"


def test_the_greatest_arrays_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "a.npz", **{f"n{size:02}": np.zeros(size, "u2") for size in range(14)})  # type: ignore[arg-type]
    assert main(["check", str(tmp_path / "a.npz")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  n13 (13,) uint16"
    assert lines[-2:] == ["  and 4 more", "  no command brings it in"]
    assert main(["check", str(tmp_path / "a.npz"), "--format", "json"]) == 1
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["format"]["name"] == "NPZ, of names that are not known here"
    assert len(entry["format"]["holds"]) == 14
    assert main(["check", str(tmp_path / "a.npz"), "--format", "github"]) == 1
    assert "which no contract here describes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("member", "words"), [("archive/data.pkl", "PyTorch checkpoint"), ("a-1.dist-info/RECORD", "Python wheel")]
)
def test_an_archive_may_hold_no_arrays(tmp_path: Path, member: str, words: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr(member, b"cos\nsystem\n(S'true'\ntR.")
    found = recognised(tmp_path / "a.pt", Limits())
    assert found is not None
    assert found.words == words


def test_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".zgroup").write_text("{}")
    found = recognised(tmp_path, Limits())
    assert found is not None
    assert found.words == "zarr 2"


def test_groups_that_hold_each_other_end(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/b/x"] = np.arange(3)
        file["a/b/up"] = file["a"]
        file["a/b/out"] = h5py.ExternalLink("/etc/passwd", "x")
    found = recognised(tmp_path / "a.h5", Limits())
    assert found is not None
    assert "a/b/x" in {one.name for one in found.arrays}
    assert recognised(tmp_path / "a.h5", Limits(max_members=9)) is None


def test_a_name_cannot_drive_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a\x1b[31m\nx"] = [1]
    main(["check", str(tmp_path / "a.h5")])
    assert "\x1b" not in capsys.readouterr().out


MATLAB: dict[str, Any] = {
    "dp": np.random.default_rng(0).poisson(4, (8, 9, 5)).astype(np.uint16),
    "probe": np.arange(12.0).reshape(3, 4) * (1 + 2j),
    "small": np.array(7, np.uint16),
    "single": np.arange(6, dtype=np.float32).reshape(2, 3),
}


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_5_is_read(tmp_path: Path, packed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {**MATLAB, "left": {"a": 1}, "text": "abc"}, do_compression=packed)
    found = {one.name: one for one in mat5_arrays(path, Limits())}
    assert found.keys() == MATLAB.keys()
    for name, wanted in MATLAB.items():
        array = found[name].load()
        np.testing.assert_array_equal(array, np.atleast_2d(wanted), name)
        assert array.dtype == wanted.dtype
    assert main(["check", str(path)]) == 1
    assert f"{path}: MATLAB 5\n  dp (8, 9, 5) uint16\n" in capsys.readouterr().out


def test_matlab_7_is_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["dp"] = np.zeros((5, 9, 8))
    with (tmp_path / "a.mat").open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    found = recognised(tmp_path / "a.mat", Limits())
    assert found is not None
    assert (found.words, str(found.arrays[0])) == ("MATLAB 7.3", "dp (5, 9, 8) float64")


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_5_with_bytes_changed_ends_in_words(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, MATLAB, do_compression=packed)
    whole, draw = path.read_bytes(), np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        content = bytearray(whole)
        for place in draw.integers(128, len(content), 3):
            content[place] = draw.integers(256)
        path.write_bytes(content[: draw.integers(140, len(content))])
        try:
            mat5_arrays(path, Limits())
        except ContractError:
            refused += 1
    assert refused > 100


def test_matlab_5_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"z": np.zeros((3000, 3000))}, do_compression=True)
    with pytest.raises(ContractError, match="times as many"):
        mat5_arrays(tmp_path / "a.mat", Limits())


def test_matlab_5_with_more_in_a_tag_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"d": np.array(1.5)})
    content = path.read_bytes()
    long, short = b"\x09\0\0\0\x08\0\0\0", b"\x09\0\x08\0\0\0\0\0"
    assert content.count(long) == 1
    path.write_bytes(content.replace(long, short))
    with pytest.raises(ContractError, match="8 bytes in a tag"):
        mat5_arrays(path, Limits())
