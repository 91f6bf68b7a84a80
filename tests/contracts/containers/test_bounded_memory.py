"""Small files that would take gigabytes or hours: refused, with peak memory and time measured in another process."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from container_samples import contract_for, header

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers.archive import _bad_member
from parity_suite.contracts.limits import Limits

#: Over all that the check itself imports.
MOST_GROWN = 128 * 1024
#: Of the process that reads HDF5, in all.
MOST_OF_A_WORKER = 400 * 1024
CHECK = """
import resource
import sys
from pathlib import Path
from container_samples import contract_for
from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import isolated
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
path = Path(sys.argv[1])
contract = contract_for(sys.argv[2], dtype=sys.argv[3])
before = peak()
print(check_file(path, contract).violations[0])
print(peak() - before)
isolated.end_all()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def judged(path: Path, container: str, dtype: str = "float64", seconds: float = 60) -> str:
    """The first violation; the process may take so long, and no more memory than it should."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(path), container, dtype],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        timeout=seconds,
    )
    line, grown, worker = done.stdout.splitlines()
    assert int(worker) < MOST_OF_A_WORKER, f"{int(worker) // 1024} MiB in the worker; {line}"
    assert int(grown) < MOST_GROWN, f"{int(grown) // 1024} MiB more; {line}"
    return line


def test_a_deflated_chunk_that_unpacks_to_more_than_it_declares(tmp_path: Path) -> None:
    path, size = tmp_path / "scan.h5", 2**17
    pack = zlib.compressobj(9)
    swollen = b"".join(pack.compress(bytes(2**20)) for _ in range(512)) + pack.flush()
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (size,), "f8", chunks=(size,), compression="gzip")
        data.id.write_direct_chunk((0,), swollen)
    assert path.stat().st_size < 2**21
    assert judged(path, "hdf5").startswith("x: readable: found Can't synchronously read data (filter returned failure")


@pytest.mark.long
def test_a_chunk_that_is_deflated_twice(tmp_path: Path) -> None:
    path, size = tmp_path / "scan.h5", 2**17
    pack = zlib.compressobj(9)
    swollen = b"".join(pack.compress(bytes(2**20)) for _ in range(512)) + pack.flush()
    with h5py.File(path, "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((size,))
        plist.set_deflate(4)
        plist.set_deflate(4)
        h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((size,)), plist)
        file["x"].id.write_direct_chunk((0,), zlib.compress(swollen, 9))
    assert path.stat().st_size < 2**13
    assert judged(path, "hdf5").startswith("x: readable: found Can't synchronously read data (filter returned failure")


def test_many_texts_that_are_one_long_text(tmp_path: Path) -> None:
    path, count, length = tmp_path / "scan.h5", 3000, 2**20
    with h5py.File(path, "w") as file:
        texts = np.array(["Q" * length, *["b"] * (count - 1)], dtype=object)
        file.create_dataset("y", data=[1.0])
        file.create_dataset("x", data=[1.0]).attrs.create("texts", texts, dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())
    place = content.index(struct.pack("<I", length))
    while content[place + 16 : place + 20] != struct.pack("<I", 1):
        place = content.index(struct.pack("<I", length), place + 1)
    for index in range(1, count):
        content[place + 16 * index : place + 16 * index + 16] = content[place : place + 16]
    path.write_bytes(content)
    with h5py.File(path) as file:
        assert file["x"].attrs.get_id("texts").shape == (count,)
    assert "memory allocation failed for VL data" in judged(path, "hdf5 x@texts", "str")


def fixed_text(file: h5py.File, space: object) -> None:
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(2**31 - 1)
    h5py.h5d.create(file.id, b"x", kind, space)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_one_text_of_a_fixed_length_of_two_gibibytes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        fixed_text(file, h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR))
    assert "found texts of 2147483647 bytes, at most 16777216 are read" in judged(path, "hdf5", "str")


def test_a_row_longer_than_memory_is_read_in_parts(tmp_path: Path) -> None:
    path, chunk = tmp_path / "scan.h5", np.zeros(2**17)
    chunk[: 2**10] = np.random.default_rng(0).random(2**10)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (1, 2**26), "f8", chunks=(1, 2**17), compression="gzip", compression_opts=1)
        for start in range(0, 2**26, 2**17):
            data[0, start : start + 2**17] = chunk
    assert judged(path, "hdf5").startswith("x: rank: found shape (1, 67108864)")


@pytest.mark.long
def test_an_element_of_a_gibibyte(tmp_path: Path) -> None:
    path, width = tmp_path / "scan.npz", 2**28
    piece = np.random.default_rng(0).integers(0, 2, 2**14).astype("<u4").tobytes() + bytes(2**21)
    made = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with made, made.open("x.npy", "w", force_zip64=True) as stream:
        stream.write(header(f"{{'descr': '<U{width}', 'fortran_order': False, 'shape': (1,), }}"))
        left = 4 * width
        while left:
            stream.write(piece[:left])
            left -= len(piece[:left])
    assert "found elements of 1073741824 bytes, at most 16777216 are read" in judged(path, "npz", "str")


def test_a_directory_of_a_million_members(tmp_path: Path) -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 10**6
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entry) * count, 4, 0)
    path = tmp_path / "scan.npz"
    path.write_bytes(b"PK\3\4" + entry * count + end)
    assert "found a directory of 47000000 bytes, at most 2560000 are read" in judged(path, "npz", seconds=20)


LONG = json.dumps({"x": ["Q" * 2**20, *["b"] * 3000]}).encode()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("many.json", b'{"x": [' + b"[]," * 2**22 + b"[]]}", "found over 2500000 names and values"),
        ("wide.json", LONG, "found 3001 texts of up to 1048576 characters"),
        # The time of each of these grew with the square of its length.
        ("open.json", b'{"x": "' + b'\\"' * 2**21, "found Unterminated string"),
        ("dots.toml", b"a." * 2**19 + b"x = 1\n", "found a key of over 100 parts"),
        ("inline.toml", b'x = { a = """b"""", ' + b"c." * 2**19 + b"d = 1 }\n", "found a key of over 100 parts"),
        ("large.toml", b"# " + b"a" * 2**21, "found 2097154 bytes, wanted at most 2097152"),
    ],
)
def test_documents_that_take_more_than_their_size(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert says in judged(path, path.suffix[1:], "str", seconds=20)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (("<H", 0, 0), "file: readable: found a file that keeps the HDF5 library busy for over 1 s"),
        (("<Q", 8, 0), "file: readable: found a file that keeps the HDF5 library busy for over 1 s"),
        (("<Q", 8, 2**40), "x: readable: found Can't synchronously read data"),
    ],
)
def test_a_damaged_heap_does_not_hang(tmp_path: Path, damage: tuple[str, int, int], says: str) -> None:
    """The library goes from object to object by their sizes and never comes back from a free one of size 0."""
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["x"] = ["a", "b"]
    content = bytearray(path.read_bytes())
    kind, offset, value = damage
    # Behind the header of 16 bytes: index, references and size of the first object.
    struct.pack_into(kind, content, content.index(b"GCOL") + 16 + offset, value)
    if kind == "<H":
        struct.pack_into("<Q", content, content.index(b"GCOL") + 24, 0)
    path.write_bytes(content)
    found = check_file(path, contract_for("hdf5", dtype="str"), limits=Limits(max_busy=1)).violations
    assert str(found[0]).startswith(says)


def test_gigabytes_out_of_a_few_megabytes(tmp_path: Path) -> None:
    """Sound, and packed a hundred times: its file says little of the time that it takes."""
    path = tmp_path / "x.h5"
    chunk = np.zeros((128, 1024))
    chunk.flat[::800] = np.random.default_rng(1).normal(size=chunk.flat[::800].size)
    packed = zlib.compress(chunk.tobytes(), 9)
    with h5py.File(path, "w") as file:
        held = file.create_dataset("x", (128 * 2200, 1024), "f8", chunks=chunk.shape, compression="gzip")
        for place in range(0, len(held), 128):
            held.id.write_direct_chunk((place, 0), packed)
    assert "stored, over 20 times as many" in judged(path, "hdf5", seconds=20)


@pytest.mark.parametrize(("declared", "most"), [(2**20, math.inf), (2**30, 200), (2**32, 20)])
def test_how_many_times_its_size_in_the_file_an_array_may_take(declared: int, most: float) -> None:
    assert Limits().most_times(declared) == most
    assert Limits.stated(2**40).most_times(declared) == max(most, 200.0), "as in counts that are mostly zero"
    info = zipfile.ZipInfo("x.npy")
    info.file_size, info.compress_size = declared, declared // 30
    assert bool(_bad_member(info, Limits())) == (most < 30)


@pytest.mark.parametrize("kind", ["npz", "hdf5"])
def test_several_arrays_together_are_packed_no_tighter_than_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    arrays = {name: np.zeros(2**16) for name in "xyz"}
    if kind == "npz":
        np.savez_compressed(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array, compression="gzip")
    of_x = contract_for(kind)
    contract = replace(of_x, fields={name: replace(of_x.fields["x"], name=name) for name in arrays})

    def said(most: int, times: float) -> str:
        limits = Limits(huge_member=most, max_ratio_of_huge=times)
        return " ".join(map(str, check_file(path, contract, limits=limits).violations))

    # A member of an archive has a header of 128 bytes.
    together = 3 * (arrays["x"].nbytes + (128 if kind == "npz" else 0))
    assert f"{together} bytes in" in said(together - 1, 20)
    assert "bytes in" not in said(together, 20) + said(together - 1, 2000)
