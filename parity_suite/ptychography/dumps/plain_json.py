"""The JSON files of a dump: a statistic that is not finite is null."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parity_suite.contracts.plain_json import json_text, plain
from parity_suite.contracts.written import assert_conforms
from parity_suite.core.writing import write_whole


def write_json(path: Path, value: Any) -> None:
    """Writes nested mappings, sequences, arrays and numbers; the same value gives the same bytes.

    ContractError, with nothing written, where it breaks the contract that has the name of the file.
    """
    document = plain(value, gaps=True)
    assert_conforms(document, path.stem)
    write_whole(path, json_text(document))
