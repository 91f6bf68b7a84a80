"""What ``parity check`` finds of a scan beside its contract: overlap, trial, and the format of another program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parity_suite.contracts.check import Checked
from parity_suite.contracts.contents import Content, Contents, Taker
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.render import annotation
from parity_suite.contracts.violation import Violation
from parity_suite.core.examiner import OptionError
from parity_suite.ptychography.commands.overlap import Overlap, SettingError, overlap_of
from parity_suite.ptychography.commands.trial import passing, trial_of

if TYPE_CHECKING:
    from parity_suite.ptychography.datasets.formats.recognise import Recognised
    from parity_suite.ptychography.trial.passing import PassingSurvey
    from parity_suite.ptychography.trial.verdict import Trial

#: Rules that a file breaks of which no contract is known.
_NO_CONTRACT: Final = frozenset({"contract", "container", "readable"})


@dataclass(frozen=True)
class ExaminedScan:
    """What was found of one file; None for what it cannot have."""

    checked: Checked
    overlap: Overlap | None
    trial: Trial | None
    format: Recognised | None

    @property
    def refused(self) -> bool:
        return self.trial is not None and self.trial.refused

    @property
    def named(self) -> bool:
        return self.format is not None

    def to_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        if self.overlap is not None:
            entry["overlap"] = self.overlap.facts
        if self.trial is not None:
            entry["trial"] = self.trial.to_json(self.checked.path)
        if self.format is not None:
            entry["format"] = self.format.to_json()
        return entry

    def lines(self) -> Iterator[str]:
        yield from self.overlap.lines if self.overlap else ()
        yield from self.trial.lines(self.checked.path) if self.trial else ()
        if self.format:
            yield f"{self.checked.path}: {self.format.words}"
            yield from self.format.lines()

    def annotations(self) -> Iterator[str]:
        if self.trial and self.trial.reasons:
            path = self.checked.path
            yield annotation(self.trial.in_one_line(path), file=str(path), title="trial")


@dataclass
class ScanExaminer:
    """What is asked of every file of one call of the command."""

    pixel_size: float | None
    overlap: Mapping[str, Any]
    picture: Path | None
    trial_picture: Path | None
    #: of the file that is held to its contract
    _passed: PassingSurvey | None = field(default=None, init=False)

    def look(self, contents: Contents, content: Content) -> Taker | None:
        """So that a scan is read once for its contract and for its trial."""
        self._passed = passing(contents, content)
        return None if self._passed is None else self._passed.take

    def __call__(self, checked: Checked, limits: Limits) -> ExaminedScan:
        try:
            overlap = overlap_of(checked, self.overlap, self.picture, limits) if checked.ok else None
        except SettingError as error:
            raise OptionError(f"--{error}") from None
        checked = checked if overlap is None else overlap.checked
        known = _format_of(checked, limits)
        if known is not None:
            words = f"{known.words}, which no contract here describes"
            checked = replace(checked, violations=(Violation("file", "contract", words, known.way_in),))
        passed, self._passed = self._passed, None
        trial = trial_of(checked, limits, self.pixel_size, passed)
        if trial is not None and self.trial_picture is not None:
            from parity_suite.ptychography.trial.figure import draw_trial

            draw_trial(self.trial_picture, checked.path, trial, limits)
        return ExaminedScan(checked, overlap, trial, known)


def _format_of(checked: Checked, limits: Limits) -> Recognised | None:
    """The format of a file that no contract describes; None where one does, or nothing tells it."""
    from parity_suite.ptychography.datasets.formats.recognise import recognised

    if checked.contract is not None or not {one.rule for one in checked.violations} & _NO_CONTRACT:
        return None
    return recognised(checked.path, limits)
