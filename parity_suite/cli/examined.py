"""All that ``parity check`` finds of one file: its contract, overlap, trial and format, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from parity_suite.contracts.check import Checked, check_file
from parity_suite.contracts.holding import printable
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import annotation, checked_as_json, render_checked
from parity_suite.contracts.violation import Violation
from parity_suite.core.journal import unfinished

if TYPE_CHECKING:
    from parity_suite.cli.overlap import Overlap
    from parity_suite.ptychography.datasets.formats.recognise import Recognised
    from parity_suite.ptychography.trial.verdict import Trial

#: Rules that a file breaks of which no contract is known.
_NO_CONTRACT: Final = frozenset({"contract", "container", "readable"})


@dataclass(frozen=True)
class Examined:
    """What was found of one file; None for what it cannot have."""

    checked: Checked
    overlap: Overlap | None
    trial: Trial | None
    format: Recognised | None

    @property
    def path(self) -> Path:
        return self.checked.path

    @property
    def wrong(self) -> bool:
        """Whether anything is to be mended before the file is used."""
        return not self.checked.ok or (self.trial is not None and self.trial.refused)

    def to_json(self) -> dict[str, Any]:
        entry = checked_as_json(self.checked)
        if self.overlap is not None:
            entry["overlap"] = self.overlap.facts
        if self.trial is not None:
            entry["trial"] = self.trial.to_json(self.path)
        if self.format is not None:
            entry["format"] = self.format.to_json()
        return entry


@dataclass(frozen=True)
class Examination:
    """What is asked of every file of one call of the command."""

    contract: str | None
    role: Literal["reader", "writer"]
    limits: Limits
    pixel_size: float | None
    overlap: Mapping[str, Any]
    picture: Path | None
    trial_picture: Path | None

    def of(self, path: Path) -> Examined:
        """ContractError or OSError where the contract that was named cannot be had, SettingError for a setting of the
        overlap that the scan cannot have.
        """
        from parity_suite.cli.overlap import overlap_of
        from parity_suite.cli.trial import trial_of

        checked = _of_unfinished(path) or check_file(path, self.contract, role=self.role, limits=self.limits)
        overlap = overlap_of(checked, self.overlap, self.picture, self.limits) if checked.ok else None
        checked = checked if overlap is None else overlap.checked
        known = _format_of(checked, self.limits)
        if known is not None:
            words = f"{known.words}, which no contract here describes"
            checked = replace(checked, violations=(Violation("file", "contract", words, known.way_in),))
        trial = trial_of(checked, self.limits, self.pixel_size)
        if trial is not None and self.trial_picture is not None:
            from parity_suite.ptychography.trial.figure import draw_trial

            draw_trial(self.trial_picture, path, trial, self.limits)
        return Examined(checked, overlap, trial, known)


def _of_unfinished(path: Path) -> Checked | None:
    """What is wrong with the record of a run that did not come to its end; None for any other file."""
    if not path.is_file() or not (said := unfinished(path)):
        return None
    wanted = "a record, which is written at the end of its run"
    return Checked(path, None, (Violation("file", "unfinished", said.removeprefix(f"{path}: "), wanted),))


def _format_of(checked: Checked, limits: Limits) -> Recognised | None:
    """The format of a file that no contract describes; None where one does, or nothing tells it."""
    from parity_suite.ptychography.datasets.formats.recognise import recognised

    if checked.contract is not None or not {one.rule for one in checked.violations} & _NO_CONTRACT:
        return None
    return recognised(checked.path, limits)


def render(examined: Sequence[Examined], form: str) -> str:
    """A table, JSON, or annotations of GitHub."""
    if form == "json":
        return json_text([one.to_json() for one in examined])
    lines = _annotations(examined) if form == "github" else _table(examined)
    return "".join(f"{line}\n" for line in lines if line)


def _annotations(examined: Sequence[Examined]) -> list[str]:
    lines = [render_checked([one.checked for one in examined], "github")]
    tried = [(one.path, one.trial) for one in examined if one.trial and one.trial.reasons]
    return lines + [annotation(trial.in_one_line(path), file=str(path), title="trial") for path, trial in tried]


def _table(examined: Sequence[Examined]) -> list[str]:
    lines = [render_checked([one.checked for one in examined if one.format is None], "table")]
    lines += [line for one in examined if one.overlap for line in one.overlap.lines]
    told = [line for one in examined if one.trial for line in one.trial.lines(one.path)]
    told += [
        line for one in examined if one.format for line in (f"{one.path}: {one.format.words}", *one.format.lines())
    ]
    return lines + [printable(line) for line in told]
