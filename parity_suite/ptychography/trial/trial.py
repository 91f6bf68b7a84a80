"""The trial of a scan: by its object where it has one, else by what patterns, probe and positions tell together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from parity_suite.contracts.limits import Limits

from .blind import try_blind
from .scan import Scan, open_scan
from .sighted import try_sighted
from .start import without_start
from .survey import Survey, survey_of
from .verdict import Trial


def try_file(
    path: Path, limits: Limits | None = None, pixel_size: float | None = None, survey: Survey | None = None
) -> Trial:
    """The trial of a file that keeps the contract ``raw``; ``pixel_size`` in metres is for positions in metres,
    ``survey`` what was found of it while it was held to the contract.

    Raises ContractError where an array cannot be read.
    """
    with open_scan(path, limits or Limits()) as scan:
        return try_scan(scan, pixel_size, survey)


def try_scan(scan: Scan, pixel_size: float | None = None, survey: Survey | None = None) -> Trial:
    """The trial of a scan. An object that is only where a reconstruction starts is treated as none."""
    scan = without_start(scan)
    judge = try_blind if scan.object is None else try_sighted
    # Of numbers that no detector gives, powers overflow: they are far from what is believed, and nobody need be warned.
    with np.errstate(all="ignore"):
        survey = survey_of(scan) if survey is None else survey
        return replace(judge(scan, survey, pixel_size), judged=survey.judged, frames=survey.count)
