"""``parity calibrate --guards``: thresholds of networks that are not the reference's, from what they had."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from parity_suite.cli.ending import refused
from parity_suite.core.writing import update_whole

_FILE: Final = Path("pyproject.toml")


def calibrate_guards(records: Sequence[Mapping[str, Any]], reason: str) -> int:
    """Writes a table for each backend and task into the ``pyproject.toml`` of this folder."""
    from parity_suite.ptychography.learning.population import PopulationError, population, with_tables

    if not reason.strip():
        return refused("parity calibrate: --guards wants --reason: thresholds without one are not believed")
    try:
        found, seeds = population(records)
        said = f"{reason.strip()} (seeds {', '.join(map(str, seeds))}, {datetime.now(UTC).date().isoformat()})"
        update_whole(_FILE, lambda content: with_tables(content.decode("utf-8"), found, said))
    except (PopulationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, KeyError) as error:
        return refused(f"parity calibrate: {error}")
    for backend, case in sorted(found):
        print(f"{_FILE}: thresholds of {backend} on {case}: {said}")
    return 0
