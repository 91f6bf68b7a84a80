"""Asks the folder of a failure in a process that asked nothing before.

What a module or a framework remembers outlives every instance, so that a new one in the process of the run is no proof.
"""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Final

from parity_suite.compare.finding import Verdict
from parity_suite.datasets.dataset import Dataset
from parity_suite.fresh_process import ask_fresh_process

#: Seconds that the process may take, imports included.
_PATIENCE: Final = 30.0


def verdict_in_fresh_process(folder: Path, measured: Dataset | None) -> Verdict:
    """The verdict there, where ``measured`` is the dataset of the case, if it has one.

    ``RuntimeError`` and ``subprocess.TimeoutExpired`` where the process comes to none.
    """
    with tempfile.TemporaryDirectory(prefix="parity-replay-") as place:
        if measured is not None:
            Path(place, "measured").write_bytes(pickle.dumps(measured))
        return Verdict(ask_fresh_process({"replay": str(folder.resolve())}, Path(place), _PATIENCE))
