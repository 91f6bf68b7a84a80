"""The trial of the scan in a raw dataset, beside what ``parity check`` found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.contracts.check import Checked
from parity_suite.contracts.contents import MOST_LOADED, Content, Contents
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.commands.overlap import SCANS

if TYPE_CHECKING:
    from parity_suite.ptychography.trial.passing import PassingSurvey
    from parity_suite.ptychography.trial.verdict import Trial


def trial_of(checked: Checked, limits: Limits, pixel_size: float | None, passed: PassingSurvey | None) -> Trial | None:
    """The trial of a raw dataset that keeps its contract, whose patterns have ``passed``; None of any other file."""
    if not checked.ok or checked.contract is None or checked.contract.name not in SCANS:
        return None
    from parity_suite.ptychography.trial.trial import try_file

    return try_file(checked.path, limits, pixel_size, None if passed is None else passed.survey())


def passing(contents: Contents, content: Content) -> PassingSurvey | None:
    """What takes the patterns of a raw dataset as they are read; None where they are no such, or what is beside them
    is too large to be held meanwhile.
    """
    beside = [one for one in contents if one is not content]
    if contents.contract.name not in SCANS or sum(one.nbytes for one in beside) > MOST_LOADED:
        return None
    from parity_suite.ptychography.trial.passing import PassingSurvey
    from parity_suite.ptychography.trial.scan import PATTERNS

    if content.field.name not in PATTERNS:
        return None
    return PassingSurvey({one.field.name: one.load() for one in beside}, content.field.name, content.shape)
