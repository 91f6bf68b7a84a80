"""All that ``parity check`` finds of one file, by its contract and by what packs say of it, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from parity_suite.contracts.check import Checked, check_file
from parity_suite.contracts.holding import printable
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import checked_as_json, render_checked
from parity_suite.contracts.violation import Violation
from parity_suite.core.examiner import Examined, Examiner, Onlooking
from parity_suite.core.journal import unfinished


@dataclass(frozen=True)
class CheckedFile:
    """What was found of one file: its violations, and what each pack says."""

    checked: Checked
    said: tuple[Examined, ...]

    @property
    def wrong(self) -> bool:
        """Whether anything is to be mended before the file is used."""
        return not self.checked.ok or any(one.refused for one in self.said)

    @property
    def named(self) -> bool:
        """Whether a pack knows what it is where no contract does."""
        return any(one.named for one in self.said)

    def to_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = checked_as_json(self.checked)
        for one in self.said:
            entry |= one.to_json()
        return entry


def examine(
    path: Path,
    contract: str | None,
    role: Literal["reader", "writer"],
    limits: Limits,
    examiners: Sequence[Examiner],
) -> CheckedFile:
    """ContractError or OSError where the contract that was named cannot be had, OptionError for an option of a pack
    that the file cannot have.
    """
    onlookers = [one.look for one in examiners if isinstance(one, Onlooking)]
    checked = _of_unfinished(path) or check_file(path, contract, role=role, limits=limits, onlookers=onlookers)
    said = []
    for examiner in examiners:
        said.append(examiner(checked, limits))
        checked = said[-1].checked
    return CheckedFile(checked, tuple(said))


def _of_unfinished(path: Path) -> Checked | None:
    """What is wrong with the record of a run that did not come to its end; None for any other file."""
    if not path.is_file() or not (said := unfinished(path)):
        return None
    wanted = "a record, which is written at the end of its run"
    return Checked(path, None, (Violation("file", "unfinished", said.removeprefix(f"{path}: "), wanted),))


def render(files: Sequence[CheckedFile], form: str) -> str:
    """A table, JSON, or annotations of GitHub."""
    if form == "json":
        return json_text([one.to_json() for one in files])
    lines = _annotations(files) if form == "github" else _table(files)
    return "".join(f"{line}\n" for line in lines if line)


def _annotations(files: Sequence[CheckedFile]) -> list[str]:
    told = [line for file in files for one in file.said for line in one.annotations()]
    return [render_checked([one.checked for one in files], "github"), *told]


def _table(files: Sequence[CheckedFile]) -> list[str]:
    told = [printable(line) for file in files for one in file.said for line in one.lines()]
    return [render_checked([one.checked for one in files if not one.named], "table"), *told]
