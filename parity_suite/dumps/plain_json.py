"""JSON that any reader takes: a number that is not finite is null."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from parity_suite.contracts.written import require_kept
from parity_suite.writing import write_whole


def write_json(path: Path, value: Any) -> None:
    """Writes nested mappings, sequences, arrays and numbers; the same value gives the same bytes.

    ContractError, with nothing written, where it breaks the contract that has the name of the file.
    """
    document = _plain(value)
    require_kept(document, path.stem)
    write_whole(path, json.dumps(document, indent=1, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
