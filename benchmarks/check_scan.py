"""A raw dataset read or checked in a fresh process: ``python check_scan.py read|check FILE`` prints two figures.

Seconds from before the imports to the end, and bytes resident at the peak.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

START = time.perf_counter()


def read(path: Path) -> None:
    """All arrays, and the patterns once more, as a script of a few lines has them."""
    import numpy as np

    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["diff3d"].sum()


def check(path: Path) -> None:
    """As the command does; it has to believe the scan."""
    from contextlib import redirect_stdout, suppress
    from io import StringIO

    from parity_suite.cli.main import main

    said = StringIO()
    sys.argv = ["parity", "check", str(path)]
    with redirect_stdout(said), suppress(SystemExit):
        main()
    assert "believed" in said.getvalue(), said.getvalue()


if __name__ == "__main__":
    {"read": read, "check": check}[sys.argv[1]](Path(sys.argv[2]))
    seconds = time.perf_counter() - START
    from memory import peak

    print(seconds, peak())
