"""Files that would pass as something else than they are, and names that would do harm in a message."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from container_samples import contract_for, header

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.stored import blocks_of

Refusal = Callable[..., str]


def npz(path: Path, descr: str, shape: str, elements: bytes, name: str = "x.npy") -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(name, header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}") + elements)
    return path


@pytest.mark.parametrize(("offset", "field"), [(8, "method"), (14, "checksum"), (18, "packed"), (22, "size")])
def test_a_member_whose_header_is_not_as_the_directory_says(
    tmp_path: Path, refused: Refusal, offset: int, field: str
) -> None:
    path = npz(tmp_path / "scan.npz", "<f8", "(3,)", bytes(24))
    content = bytearray(path.read_bytes())
    content[offset] ^= 8
    path.write_bytes(content)
    assert "one size, checksum or method in the directory and another before the member" in refused(path, "npz")


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (str((1,) * 33), "found 33 axes, at most 32"),
        (f"(0, {10**30})", "which no array can have"),
        (f"({2**62}, 0)", "which no array can have"),
    ],
)
def test_a_shape_that_no_array_has(tmp_path: Path, refused: Refusal, shape: str, says: str) -> None:
    elements = bytes(8) if "33" in says else b""
    assert says in refused(npz(tmp_path / "scan.npz", "<f8", shape, elements), "npz")


@pytest.mark.parametrize("point", [0xD800, 0xDFFF, 0x110000, 0x7FFFFFFF])
@pytest.mark.parametrize("order", "<>")
def test_text_that_is_none(tmp_path: Path, point: int, order: str) -> None:
    path = npz(tmp_path / "scan.npz", f"{order}U2", "(1,)", struct.pack(f"{order}2I", 65, point))
    found = check_file(path, contract_for("npz", dtype="str")).violations
    assert "x: readable: found text with what is no character of Unicode" in str(found[-1])
    good = npz(path, f"{order}U2", "(1,)", struct.pack(f"{order}2I", 65, 0x10FFFF))
    assert [one.rule for one in check_file(good, contract_for("npz", dtype="str")).violations] == (
        ["byte_order"] if order == ">" else []
    )


SQUARE = """
name = "scan"
version = 1
container = "json"
doc = "a scan"
[dims.M]
doc = "side"
[fields.x]
doc = "values"
units = "1"
dtypes = ["float64"]
shapes = ["M M"]
"""


@pytest.mark.parametrize(
    ("values", "sound"),
    [
        ("[[1, 2, 3], [4, 5], [6, 7, 8, 9]]", False),
        ("[[1, 2], 3, [4, 5, 6, 7]]", False),
        ("[[1, 2], 3]", False),
        ("[[], [1]]", False),
        ("[[1, [2]], [3, 4]]", False),
        ("[[1, 2], [3, 4]]", True),
    ],
)
def test_lists_whose_lengths_only_add_up(tmp_path: Path, values: str, sound: bool) -> None:
    path = tmp_path / "scan.json"
    path.write_text('{"x": ' + values + "}")
    found = [str(one) for one in check_file(path, parse_contract(SQUARE.encode(), "inline")).violations]
    assert (found == []) == sound
    assert sound or "found lists of unequal length or depth" in found[0]


@pytest.mark.parametrize(("name", "content"), [("a.json", '{"x": "counts\\u0000"}'), ("a.toml", 'x = "counts\\u0000"')])
def test_a_text_that_would_be_another_one(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    found = check_file(path, contract_for(path.suffix[1:], dtype="str")).violations
    assert str(found[0]) == "x: readable: found text with a NUL character, wanted text without"


def test_names_in_messages_are_short_and_printable(tmp_path: Path, refused: Refusal) -> None:
    name = "k\n\x1b[31m::error::" + "k" * 300
    path = npz(tmp_path / "scan.npz", "<f8", "(3,)", bytes(24), f"{name}.npy")
    shown = "k\\n\\x1b[31m::error::" + "k" * 57 + "..."
    assert f"found no such key among {shown}," in refused(path, "npz")
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file[b"\xff\n"] = 1.0
    assert "found no such key among \\xff\\n," in refused(tmp_path / "scan.h5", "hdf5")


@pytest.mark.parametrize("kind", ["npz", "hdf5", "json", "toml"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"scan.{kind}"
    os.mkfifo(path)
    with pytest.raises(ContractError, match="file: file: found no regular file"):
        open_container(kind, path, ["x"], Limits()).__enter__()


def test_what_was_written_to_a_private_map_is_never_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.zeros(2**23))
    mapped = np.load(path, mmap_mode="c")
    mapped[:] = 7
    # As the owner of an array may well do before passing it on.
    mapped.flags.writeable = False
    assert sum(float(block.sum()) for block in blocks_of(mapped, 2**18)) == 7 * 2**23
    assert float(mapped.sum()) == 7 * 2**23


def test_a_strided_array_comes_in_few_blocks() -> None:
    array = np.arange(2.0**20).reshape(-1, 4)[:, ::2]
    blocks = list(blocks_of(array, 2**18))
    assert len(blocks) == array.nbytes // 2**18
    np.testing.assert_array_equal(np.concatenate(blocks), array.ravel())
