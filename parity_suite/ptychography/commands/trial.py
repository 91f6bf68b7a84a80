"""The trial of the scan in a raw dataset, beside what ``parity check`` found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.contracts.check import Checked
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.commands.overlap import SCANS

if TYPE_CHECKING:
    from parity_suite.ptychography.trial.verdict import Trial


def trial_of(checked: Checked, limits: Limits, pixel_size: float | None) -> Trial | None:
    """The trial of a raw dataset that keeps its contract; None of any other file."""
    if not checked.ok or checked.contract is None or checked.contract.name not in SCANS:
        return None
    from parity_suite.ptychography.trial.trial import try_file

    return try_file(checked.path, limits, pixel_size)
