"""HDF5 files made to do harm, or damaged on the way: refused by name, and nothing outside the file is read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from container_samples import contract_for

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.stored import Stored

Refusal = Callable[..., str]
X = np.array([1.5, -2.25, 3.0])


def made(path: Path, fill: Callable[[h5py.File], object]) -> Path:
    with h5py.File(path, "w") as file:
        fill(file)
    return path


def external_link(file: h5py.File) -> None:
    file["x"] = h5py.ExternalLink("/etc/other.h5", "/x")


def soft_link(file: h5py.File) -> None:
    file["y"] = X
    file["x"] = h5py.SoftLink("/y")


def soft_loop(file: h5py.File) -> None:
    file["x"] = h5py.SoftLink("/x")


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (3,))
    file.create_virtual_dataset("x", layout)


def external_storage(file: h5py.File) -> None:
    file.create_dataset("x", (3,), "f8", external=[("other.raw", 0, 24)])


def references(file: h5py.File) -> None:
    file["x"] = np.array([file.ref] * 3, h5py.ref_dtype)


def lists(file: h5py.File) -> None:
    file.create_dataset("x", (3,), h5py.vlen_dtype(np.float64))


def compound(file: h5py.File) -> None:
    file["x"] = np.zeros(3, [("a", "f8"), ("b", "i4")])


def opaque(file: h5py.File) -> None:
    file["x"] = np.zeros(3, "V8")


def group(file: h5py.File) -> None:
    file.create_group("x")


def nothing(file: h5py.File) -> None:
    file["x"] = h5py.Empty("f8")


def never_written(file: h5py.File) -> None:
    file.create_dataset("x", (10**12,), "f8", chunks=(2**16,))


def sparse(file: h5py.File) -> None:
    file.create_dataset("x", (2**24,), "f8", chunks=(2**16,))


def bomb(file: h5py.File) -> None:
    zeros = np.zeros(2**20)
    data = file.create_dataset("x", (2**24,), "f8", chunks=(2**20,), compression="gzip")
    for start in range(0, 2**24, 2**20):
        data[start : start + 2**20] = zeros


@pytest.mark.parametrize(
    ("fill", "says"),
    [
        (external_link, "x: link: found an external link to '/etc/other.h5', wanted data in the file itself"),
        (soft_link, "x: link: found a soft link to '/y', wanted data in their own place"),
        (soft_loop, "x: link: found a soft link to '/x'"),
        (virtual, "x: readable: found a virtual dataset, whose elements lie in other files"),
        (external_storage, "x: readable: found elements that lie in the file 'other.raw'"),
        (references, "x: readable: found references"),
        (lists, "x: readable: found elements of type object"),
        (compound, "x: readable: found elements of type [('a', '<f8'), ('b', '<i4')]"),
        (opaque, "x: readable: found elements of type |V8"),
        (group, "x: readable: found a group"),
        (nothing, "x: readable: found a dataset without elements or shape"),
        (never_written, "x: readable: found 8000000000000 bytes declared, at most 68719476736 are read"),
        (sparse, "x: readable: found 134217728 bytes declared and 0 stored, over 200 times as many"),
        (bomb, "x: readable: found 134217728 bytes declared and 13"),
        (lambda file: file.create_dataset("x", data=X.astype(">f8")), "x: byte_order: found big-endian float64"),
        (lambda file: file.create_dataset("x", data=X.astype("f4")), "x: dtype: found float32, wanted float64"),
        (lambda file: file.create_dataset("x", data="text"), "x: dtype: found str"),
        (lambda file: file.create_dataset("y", data=X), "x: required: found no such key among y"),
    ],
)
def test_what_is_refused(tmp_path: Path, fill: Callable[[h5py.File], object], says: str) -> None:
    checked = check_file(made(tmp_path / "scan.h5", fill), contract_for("hdf5"))
    assert str(checked.violations[0]).startswith(says), checked.violations


def test_a_group_that_contains_itself_is_not_walked(tmp_path: Path) -> None:
    def cycle(file: h5py.File) -> None:
        file["x"] = X
        file["inner"] = file["/"]

    assert check_file(made(tmp_path / "scan.h5", cycle), contract_for("hdf5")).ok


def test_a_filter_from_a_plug_in(tmp_path: Path, refused: Refusal) -> None:
    def fill(file: h5py.File) -> None:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((3,))
        # 32001 is Blosc's; optional, so that the library writes the data without it.
        plist.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((3,)), plist)

    assert "filter 32001, which is a plug-in" in refused(made(tmp_path / "scan.h5", fill), "hdf5")


def test_a_chunk_that_has_to_be_read_as_a_whole(tmp_path: Path, refused: Refusal) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=np.ones(300), chunks=(300,)))
    assert "chunks of 2400 bytes, at most 2000 are read" in refused(path, "hdf5", Limits(max_whole=8000))


@pytest.mark.parametrize("chunks", [None, (2, 3, 2), (5, 7, 3), (1, 1, 1)])
def test_elements_come_in_c_order(tmp_path: Path, chunks: tuple[int, ...] | None) -> None:
    image = np.arange(5 * 7 * 3.0).reshape(5, 7, 3)
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=image, chunks=chunks))
    with open_container("hdf5", path, ("x",), Limits(block_bytes=40)) as holding:
        value = holding.values["x"]
        assert isinstance(value, Stored)
        np.testing.assert_array_equal(value.load(), image)


TEXTS = """
name = "texts"
version = 1
container = "hdf5"
doc = "texts"
[dims.M]
doc = "number"
[fields."@name"]
doc = "of the file"
units = "1"
dtypes = ["str"]
shapes = [""]
[fields."x@weights"]
doc = "an attribute"
units = "1"
dtypes = ["float64"]
shapes = ["M"]
[fields.x]
doc = "texts"
units = "1"
dtypes = ["str"]
shapes = ["M"]
pattern = "[äb]+"
"""


def test_texts_and_attributes(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["x"] = ["ä", "bb"]
        file["x"].attrs["weights"] = [0.5, 0.25]
        file.attrs["name"] = "ptycho"

    contract = parse_contract(TEXTS.encode(), "inline")
    path = made(tmp_path / "scan.h5", fill)
    assert check_file(path, contract).violations == ()
    with h5py.File(path, "a") as file:
        file.attrs["name"] = np.float64(3)
        del file["x"].attrs["weights"]
        file["x"][1] = "bc"
    assert [str(one) for one in check_file(path, contract).violations] == [
        "@name: dtype: found float64, wanted str",
        "x@weights: required: found no such key among @name, x, wanted float64 of shape (M,)",
        "x: pattern: found 'bc' (1 of 2 values) at [1], wanted text that matches [äb]+",
    ]


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=np.array([b"\xff\xfe"])))
    line = str(check_file(path, parse_contract(TEXTS.encode(), "inline")).violations[-1])
    assert line.startswith("x: readable: found 'utf-8' codec can't decode byte 0xff")


def test_a_long_attribute(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["x"] = ["b"]
        file["x"].attrs["weights"] = np.zeros(5000)
        file.attrs["name"] = "n"

    path = made(tmp_path / "scan.h5", fill)
    found = check_file(path, parse_contract(TEXTS.encode(), "inline"), limits=Limits(max_text=1000)).violations
    assert str(found[0]).startswith("x@weights: readable: found an attribute of shape (5000,)")


#: Flips bytes of a small file; prints a line for each that was accepted with other values.
FLIPS = """
import sys
from pathlib import Path
import numpy as np
from container_samples import contract_for
from parity_suite.contracts.check import check_file
path, seed = Path(sys.argv[1]), int(sys.argv[2])
whole, contract = path.read_bytes(), contract_for("hdf5")
rng = np.random.default_rng(seed)
target = path.with_name(f"flipped{seed}.h5")
for turn in range(int(sys.argv[3])):
    content = bytearray(whole)
    for place in rng.integers(0, len(whole), rng.integers(1, 4)):
        content[place] ^= rng.integers(1, 256)
    target.write_bytes(content[: rng.integers(1, len(whole))] if turn % 5 == 0 else content)
    check_file(target, contract)
    print(turn, flush=True)
"""


@pytest.mark.parametrize("turns", [100, pytest.param(400, marks=pytest.mark.long)])
def test_damaged_bytes_never_bring_the_process_down(tmp_path: Path, turns: int) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=X, chunks=(2,), compression="gzip"))
    done = subprocess.run(
        [sys.executable, "-c", FLIPS, str(path), "1", str(turns)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.split()) == turns
