"""Fresh Python processes, as a user would start them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def python(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs this interpreter with ``arguments`` in ``folder``, free of the variables that steer pytest or the suite."""
    # An installed package has its bytecode; where none may be written, a checkout would be compiled at every start.
    steering = ("PYTEST_", "PARITY_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    kept |= {"TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=kept, text=True, capture_output=True)
