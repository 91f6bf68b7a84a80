"""What runs of pytest within this process take for granted."""

from __future__ import annotations

import importlib
from pathlib import Path

import parity_suite


def import_whole_package() -> None:
    """What an inner run is the first to import is forgotten at its end, and would be registered twice by the next."""
    package = Path(parity_suite.__path__[0])
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if not {"torch", "tensorflow", "jax"} & set(parts) and parts[-1] != "__init__":
            importlib.import_module(".".join(parts))
