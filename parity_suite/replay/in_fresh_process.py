"""Asks the folder of a failure in a process that asked nothing before.

What a module or a framework remembers outlives every instance, so that a new one in the process of the run is no proof.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from parity_suite.datasets.dataset import Dataset

#: Seconds that the process may take, imports included.
_PATIENCE: Final = 30.0


def verdict_in_fresh_process(folder: Path, measured: Dataset | None) -> str | None:
    """The verdict there; None if it came to none in time. ``measured`` is the dataset of the case, where it has one."""
    with tempfile.TemporaryDirectory(prefix="parity-replay-") as place:
        answer = Path(place, "verdict")
        # Between two processes of one run, in a directory that nobody else writes to.
        Path(place, "measured").write_bytes(pickle.dumps(measured))
        command = [sys.executable, "-m", __name__, str(folder.resolve()), place]
        paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path)
        try:
            subprocess.run(
                command, capture_output=True, timeout=_PATIENCE, check=False, env={**os.environ, "PYTHONPATH": paths}
            )
        except subprocess.TimeoutExpired:
            return None
        return answer.read_text("utf-8") if answer.is_file() else None


def main(folder: Path, place: Path) -> None:
    """Writes the verdict of a replay into a file, since a backend may print what it likes."""
    from parity_suite.cases.world import add_file
    from parity_suite.replay.folder import read_folder
    from parity_suite.replay.rerun import Wish, rerun

    measured = pickle.loads((place / "measured").read_bytes())
    if measured is not None:
        add_file(measured)
    (place / "verdict").write_text(str(rerun(read_folder(folder), Wish()).finding.verdict), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
