"""Asks the folder of a failure in a process that asked nothing before.

What a module or a framework remembers outlives every instance, so that a new one in the process of the run is no proof.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from parity_suite.backends.forked_process import ask_forked_process, modules_of
from parity_suite.cases.data_source import Dataset
from parity_suite.core.backend_spec import BackendSpec

_FUNCTION: Final = "parity_suite.replay.fails_alone:fails_alone"
#: Seconds that the process may take, imports included.
_TIMEOUT: Final = 30.0


def fails_in_forked_process(folder: Path, specs: Sequence[BackendSpec], measured: Dataset | None) -> str:
    """Whether the backends fail there as they did: yes, no, or unknown where they do otherwise. ``measured`` is the
    dataset of the case, if it has one.

    ``RuntimeError`` and ``TimeoutError`` where the process comes to no answer.
    """
    with tempfile.TemporaryDirectory(prefix="parity-replay-") as place:
        if measured is not None:
            Path(place, "measured").write_bytes(pickle.dumps(measured))
        imports = [*(spec.module for spec in specs), *modules_of(spec.load() for spec in specs)]
        given = {"folder": str(folder.resolve())}
        return str(ask_forked_process(_FUNCTION, given, Path(place), _TIMEOUT, imports))
