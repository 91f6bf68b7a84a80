"""``parity calibrate --guards``: options of packs, such as thresholds of a network, from what it had in runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from parity_suite.cli.ending import refused
from parity_suite.core.pack import member
from parity_suite.core.packs import packs
from parity_suite.core.writing import update_whole

_FILE: Final = Path("pyproject.toml")


def calibrate_guards(records: Sequence[Mapping[str, Any]], reason: str) -> int:
    """Writes tables into the ``pyproject.toml`` of this folder."""
    if not reason.strip():
        return refused("parity calibrate: --guards wants --reason: thresholds without one are not believed")
    makers = [member(pack.calibrated_options) for pack in packs() if pack.calibrated_options]
    if not makers:
        return refused("parity calibrate: --guards: no pack has options that runs could give")
    lines: list[str] = []

    def with_tables(content: bytes) -> str:
        text = content.decode("utf-8")
        for make in makers:
            text, said = make(text, records, reason.strip())
            lines.extend(said)
        return text

    try:
        update_whole(_FILE, with_tables)
    except (ValueError, OSError, KeyError) as error:
        return refused(f"parity calibrate: {error}")
    for line in lines:
        print(f"{_FILE}: {line}")
    return 0
