"""A memory-mapped dataset held against its contract: ``python contract_memory.py FILE PATTERNS`` prints three figures.

Seconds to read the file once with NumPy, in blocks into one buffer; seconds to validate the map of it; bytes resident
at the peak, which is that of the validation, since the reading needs a single block.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from memory import peak

from parity_suite.contracts import Contract, validate
from parity_suite.contracts.load import parse_contract

SIDE = 128
BLOCK = 2**20

CONTRACT = b"""
name = "amplitudes"
version = 1
container = "mapping"
doc = "the patterns of a raw dataset in the normalised domain, by the rules of contracts/raw.toml"
[dims.M]
doc = "patterns"
[dims.N]
doc = "side"
[fields.diff3d]
doc = "amplitude"
units = "1"
dtypes = ["float32"]
shapes = ["M N N"]
rules = ["finite", "non_negative", "not_all_zero"]
[[relations]]
rule = "normalised_power"
doc = "power"
amplitude = "diff3d"
rtol = 0.001
"""


def write(path: Path, patterns: int) -> None:
    """Amplitudes whose mean power is (N/2)^2, all different, as float32 in C order."""
    rng = np.random.default_rng(3)
    rows = max(64 * 2**20 // (SIDE * SIDE * 4), 1)
    with path.open("wb") as stream:
        for start in range(0, patterns, rows):
            part = rng.random((min(rows, patterns - start), SIDE, SIDE), np.float32)
            part *= (SIDE / 2) / np.sqrt(np.square(part, dtype=np.float64).sum((1, 2), keepdims=True))
            stream.write(part.astype(np.float32).tobytes())


def read(path: Path) -> float:
    """Seconds to have had every byte of the file in memory, through one buffer."""
    buffer = np.empty(BLOCK, np.uint8)
    start = time.perf_counter()
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(buffer.data):
            pass
    return time.perf_counter() - start


def hold(path: Path, patterns: int, contract: Contract) -> float:
    """Seconds to hold the map of the file against its contract."""
    mapped = np.memmap(path, np.float32, "r", shape=(patterns, SIDE, SIDE))
    start = time.perf_counter()
    violations = validate({"diff3d": mapped}, contract)
    seconds = time.perf_counter() - start
    assert not violations, violations
    return seconds


if __name__ == "__main__":
    file, count = Path(sys.argv[1]), int(sys.argv[2])
    amplitudes = parse_contract(CONTRACT, "amplitudes")
    # The first round puts the file into the page cache, for both alike.
    rounds = [(read(file), hold(file, count, amplitudes)) for _ in range(4)][1:]
    print(np.median([one for one, _ in rounds]), np.median([other for _, other in rounds]), peak())
