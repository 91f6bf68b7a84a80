"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Processor, cores, load and versions, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch", "pytest"))
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}, load {load():.2f}"


def load() -> float:
    """Mean number of processes that want a core, over the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
