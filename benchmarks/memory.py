"""Memory of one reassembly in a process of its own: ``python memory.py BACKEND MODE PATCHES`` prints bytes.

The peak is the kernel's ``VmHWM``: it begins anew with each program, unlike ``ru_maxrss``, which starts at the size of
the process that launched it; and it sees what the frameworks allocate, unlike ``tracemalloc``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scans import CANVAS, scan
from subjects import backend


def beyond_input(name: str, mode: str, count: int) -> int:
    """Bytes at the peak of the reassembly that were not there when its input was ready."""
    subject = backend(name, mode)
    centre = np.zeros(2)
    # What the framework sets up once, threads and compilers among it, belongs to no scan.
    subject.reassemble(*scan(8), centre, CANVAS)
    patches, positions = scan(count)
    before = _status("VmRSS")
    subject.reassemble(patches, positions, centre, CANVAS)
    return peak() - before


def peak() -> int:
    """Bytes that were resident when this process was at its largest."""
    return _status("VmHWM")


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


if __name__ == "__main__":
    print(beyond_input(sys.argv[1], sys.argv[2], int(sys.argv[3])))
