"""The statistics of a dump, as ``parity compare`` sets them beside those of another."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Final

from parity_suite.contracts.check import check_file
from parity_suite.core.numbers_file import Numbers, NumbersFile
from parity_suite.ptychography.dumps.dump import STATISTICS_FILE


def _read(path: Path) -> Numbers:
    check_file(path, "stats").require()
    document = json.loads(path.read_text("utf-8"))
    numbers = ((name, value) for name, value in document["whole"].items() if name != "non_finite")
    return {
        document["kind"]: {
            name: float(value) if isinstance(value, int | float) else math.nan for name, value in numbers
        }
    }


DUMPED: Final = NumbersFile(STATISTICS_FILE, _read, {"var_zero_mean": 0.1})
