"""Blocks of any array are its elements in C order, and a mapped file does not pile up in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from parity_suite.contracts.stored import blocks_of

IMAGE = np.arange(2 * 5 * 7.0).reshape(2, 5, 7)


@pytest.mark.parametrize(
    "array",
    [
        IMAGE,
        IMAGE.T,
        IMAGE[:, ::-1],
        IMAGE[:, :, 1:6:2],
        np.asfortranarray(IMAGE),
        np.broadcast_to(IMAGE[0, 0], (3, 7)),
        np.array(3.5),
        np.zeros((3, 0, 2)),
        np.array(["a", "bc"]),
        np.arange(20.0)[::3],
        (IMAGE + 1j)[..., 2],
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 24, 10**6])
def test_blocks_are_the_elements_in_c_order(array: np.ndarray, block_bytes: int) -> None:
    blocks = list(blocks_of(array, block_bytes))
    assert all(block.ndim == 1 and block.flags.c_contiguous for block in blocks)
    assert max((block.nbytes for block in blocks), default=0) <= max(block_bytes, array.itemsize)
    found = np.concatenate([*blocks, array.reshape(-1)[:0]])
    np.testing.assert_array_equal(found, array.ravel())


@pytest.mark.parametrize("mode", ["c", "r+", "r"])
def test_what_was_changed_in_memory_is_kept(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones(2**23))
    mapped = np.load(path, mmap_mode=mode)
    if mode != "r":
        mapped[::4096] = 7
    total = sum(float(block.sum()) for block in blocks_of(mapped, 2**18))
    assert total == 2**23 + (6 * 2**11 if mode != "r" else 0)
    assert float(mapped.sum()) == total


SCRIPT = """
import sys
import numpy as np
from parity_suite.contracts import validate
from parity_suite.contracts.load import parse_contract
contract = parse_contract(b'''
name = "scan"
version = 1
container = "mapping"
doc = "amplitudes"
[dims.M]
doc = "positions"
[dims.N]
doc = "side"
[fields.diff3d]
doc = "amplitude"
units = "1"
dtypes = ["float32"]
shapes = ["M N N"]
rules = ["finite", "non_negative", "not_all_zero"]
''', "inline")
mapped = np.memmap(sys.argv[1], np.float32, "r", shape=(int(sys.argv[2]), 128, 128))
found = validate({"diff3d": mapped}, contract)
print([str(one) for one in found])
# Not getrusage: its peak is inherited from the process that started this one.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024)
"""


def test_a_mapped_file_larger_than_the_limit_is_validated_within_it(tmp_path: Path) -> None:
    patterns = 8192
    path = tmp_path / "diff3d.raw"
    with path.open("wb") as stream:
        stream.truncate(patterns * 128 * 128 * 4)
        stream.seek(-4, 2)
        stream.write(np.float32(np.nan).tobytes())
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(patterns)], capture_output=True, text=True, check=True
    )
    said, peak = done.stdout.splitlines()
    assert "finite: found nan (1 of 134217728 values) at [8191, 127, 127]" in said
    assert int(peak) < 256 * 2**20 < path.stat().st_size
