"""The overlap of the scan in a raw dataset, beside what ``parity check`` found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.contracts.check import Checked
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored
from parity_suite.contracts.violation import Violation

#: Contracts of a scan with positions and a probe.
SCANS: Final = ("raw", "counts", "normalised")
#: What a refusal is about where the file is to blame, and not a setting.
_OF_THE_FILE: Final = ("positions:", "probe:")


class SettingError(ValueError):
    """A setting of the overlap that the scan, or no scan, can have."""


@dataclass(frozen=True)
class Overlap:
    """What is reported of a scan; ``checked`` has one violation more where the scan has no overlap to speak of."""

    checked: Checked
    facts: dict[str, Any] | None
    lines: tuple[str, ...]


def overlap_of(checked: Checked, settings: Mapping[str, Any], picture: Path | None, limits: Limits) -> Overlap | None:
    """The overlap of a sound raw dataset by the settings of the command line; None of any other file.

    Raises SettingError.
    """
    from parity_suite.ptychography.datasets.overlap import OverlapSettings, overlap_metrics

    if checked.contract is None or checked.contract.name not in SCANS:
        return None
    names = ("xcoords", "ycoords", "probeGuess")
    with open_container("npz", checked.path, names, limits) as holding:
        x, y, probe = (value.load() for value in map(holding.values.get, names) if isinstance(value, Stored))
    positions = np.stack([x, y], axis=1).astype(np.float64)
    try:
        metrics = overlap_metrics(positions, OverlapSettings(**settings), probe=probe)
    except ValueError as error:
        if not str(error).startswith(_OF_THE_FILE):
            raise SettingError(str(error)) from None
        violation = Violation("overlap", "degenerate", str(error), "a scan whose patches can overlap")
        return Overlap(replace(checked, violations=(violation,)), None, ())
    if picture is not None:
        from parity_suite.ptychography.datasets.overlap_figure import overlap_figure

        overlap_figure(picture, positions, metrics)
    return Overlap(checked, metrics.to_json(), tuple(metrics.lines()))
