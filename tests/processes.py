"""Whether other processes are there."""

from __future__ import annotations

import time
from pathlib import Path


def is_running(process: int) -> bool:
    """Whether a process is there and more than a name that its parent has not asked after."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(*processes: int) -> bool:
    """Whether processes end within a while."""
    until = time.monotonic() + 30
    while any(map(is_running, processes)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(is_running, processes))
