"""NPZ archives made to do harm, or damaged on the way: one clear refusal, nothing executed, nothing unpacked."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from container_samples import contract_for, header

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, Unreadable

Refusal = Callable[..., str]

X = np.array([1.5, -2.25, 3.0])


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def archive(path: Path, members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> Path:
    with warnings.catch_warnings():
        # zipfile warns of the duplicate names that are wanted here.
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(path, "w", method) as made:
            for name, content in members:
                made.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["/etc/x.npy", "../x.npy", "a/../../x.npy", "C:\\x.npy", "a\\..\\x.npy", "\\x.npy"])
def test_a_name_that_leads_out_of_the_archive(tmp_path: Path, refused: Refusal, name: str) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X)), (name, npy(X))])
    assert "a name that leads out of the archive, wanted plain names of members" in refused(path, "npz")
    assert [one.name for one in tmp_path.iterdir()] == ["scan.npz"]


def test_a_member_that_is_there_twice(tmp_path: Path, refused: Refusal) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X)), ("x.npy", npy(X + 1))])
    assert refused(path, "npz") == "file: member: found 'x.npy' 2 times, wanted each name once"


class Harm:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return os.mkdir, (str(self.target),)


def test_a_pickle_is_not_run(tmp_path: Path, refused: Refusal) -> None:
    target = tmp_path / "harm"
    content = header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + pickle.dumps([Harm(target)])
    path = archive(tmp_path / "scan.npz", [("x.npy", content)])
    assert refused(path, "npz").startswith("x: readable: found Object arrays, whose elements are pickled programs")
    assert not target.exists()
    np.load(path, allow_pickle=True)["x"]
    assert target.exists(), "the pickle does no harm anywhere, so that its refusal shows nothing"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (header("__import__('os').system('true')"), "a header of another kind, which is no dictionary of literals"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }"), "shape (-3,)"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**18,), }"), "a header of another kind"),
        (
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000000, 1000000), }"),
            "0 bytes for shape (1000000000000000000, 1000000) of float64",
        ),
        (
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" + " " * 20000),
            "a header of over 10000 bytes",
        ),
        (header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }") + bytes(24), "elements of type"),
        (header("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (3,), }") + bytes(24), "datetime64"),
        (header("{'descr': '|V8', 'fortran_order': False, 'shape': (3,), }") + bytes(24), "elements of type"),
        (header("{'descr': '<U0', 'fortran_order': False, 'shape': (99,), }"), "elements of type <U0"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", (3, 0)), "format version 3.0"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", (9, 0)), "format version 9.0"),
        (npy(X)[:-1], "23 bytes for shape (3,) of float64, which takes 24"),
        (npy(X) + b"\0", "data after the end of the array: 25 bytes for 24"),
        (b"", "EOF"),
        (b"no array", "magic string"),
    ],
)
def test_a_member_that_is_no_array(tmp_path: Path, refused: Refusal, content: bytes, says: str) -> None:
    line = refused(archive(tmp_path / "scan.npz", [("x.npy", content)]), "npz")
    assert line.startswith("x: readable: found ")
    assert says in line


def test_a_bomb_is_refused_within_64_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("x.npy", "w", force_zip64=True) as stream:
        stream.write(header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**27},), }}"))
        for _ in range(1024):
            stream.write(bytes(2**20))
    assert path.stat().st_size < 2 * 2**20
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from container_samples import contract_for\n"
        "from parity_suite.contracts.check import check_file\n"
        "contract = contract_for('npz')\n"
        "def peak():\n"
        "    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "before = peak()\n"
        "print(check_file(Path(sys.argv[1]), contract).violations[0])\n"
        "print(peak() - before)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, cwd=here
    )
    line, grown = done.stdout.splitlines()
    assert line.startswith("file: member: found 'x.npy', 1073")
    assert "times as many, wanted at most 200 times for a member over 67108864 bytes" in line
    assert int(grown) < 64 * 1024


def test_members_that_share_their_bytes(tmp_path: Path, refused: Refusal) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X)), ("y.npy", npy(X))])
    content = bytearray(path.read_bytes())
    # The second entry of the directory leads to the first member, under its own name.
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = bytes(4)
    path.write_bytes(content)
    assert "which overlaps what follows, wanted members side by side" in refused(path, "npz")


def test_an_encrypted_member(tmp_path: Path, refused: Refusal) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "an encrypted member, wanted members that anyone can read" in refused(path, "npz")


def test_a_symbolic_link_as_a_member(tmp_path: Path, refused: Refusal) -> None:
    path = tmp_path / "scan.npz"
    link = zipfile.ZipInfo("x.npy")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(link, "/etc/passwd")
    assert refused(path, "npz") == ("file: member: found 'x.npy', a symbolic link, wanted members that are arrays")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_numpy_does_not_write(tmp_path: Path, refused: Refusal, method: int) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X))], method)
    assert f"compression method {method}" in refused(path, "npz")


def test_too_many_members_and_too_many_bytes(tmp_path: Path, refused: Refusal) -> None:
    path = archive(tmp_path / "scan.npz", [(f"{index}.npy", npy(X)) for index in range(9)])
    assert refused(path, "npz", Limits(max_members=8)) == "file: members: found 9 members, wanted at most 8"
    line = refused(path, "npz", Limits(max_bytes=1000))
    assert line == f"file: size: found {9 * 152} bytes declared, wanted at most 1000"


def test_the_same_elements_in_any_order_and_compression(tmp_path: Path) -> None:
    image = np.arange(12.0).reshape(3, 4)
    path = tmp_path / "scan.npz"
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive(path, [("c.npy", npy(image)), ("f.npy", npy(np.asfortranarray(image)))], method)
        with open_container("npz", path, ("c", "f"), Limits(block_bytes=24)) as holding:
            for value in holding.values.values():
                assert isinstance(value, Stored)
                np.testing.assert_array_equal(value.load(), image)


def test_big_endian_is_a_rule_of_its_own(tmp_path: Path, refused: Refusal) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X.astype(">f8")))])
    assert refused(path, "npz") == "x: byte_order: found big-endian float64 (>f8), wanted little-endian float64"


def values_of(path: Path) -> np.ndarray | None:
    """What is read, None where it is refused; nothing else may come out."""
    checked = check_file(path, contract_for("npz"))
    if not checked.ok:
        return None
    with open_container("npz", path, ("x",), Limits()) as holding:
        value = holding.values["x"]
        assert isinstance(value, Stored)
        try:
            return value.load()
        except Unreadable:
            return None


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, method: int) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X))], method)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert values_of(path) is None, length


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_flipped_byte_is_refused_or_changes_nothing(tmp_path: Path, method: int) -> None:
    path = archive(tmp_path / "scan.npz", [("x.npy", npy(X))], method)
    whole = bytearray(path.read_bytes())
    refusals = 0
    for place in range(len(whole)):
        for bit in (0x01, 0x80, 0xFF):
            flipped = whole.copy()
            flipped[place] ^= bit
            path.write_bytes(flipped)
            found = values_of(path)
            refusals += found is None
            if found is not None:
                np.testing.assert_array_equal(found, X, err_msg=f"byte {place} ^ {bit:#x}")
    assert refusals > len(whole)
