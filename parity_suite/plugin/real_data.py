"""The measured datasets of a run: refused before anything is collected, or known to all checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from parity_suite.cases.datasets import Datasets
from parity_suite.contracts import ContractError
from parity_suite.contracts.limits import Limits
from parity_suite.core.context import RunContext
from parity_suite.core.writing import require_no_link
from parity_suite.plugin.settings import Settings
from parity_suite.ptychography.datasets.raw_file import load_raw
from parity_suite.ptychography.trial.trial import try_file
from parity_suite.ptychography.trial.verdict import Trial


@dataclass(frozen=True)
class Tried:
    """A measured dataset and its trial, None where another process holds that."""

    path: Path
    trial: Trial | None

    @property
    def suspicion(self) -> str:
        """What speaks against it; empty where nothing does."""
        reasons = self.trial.reasons if self.trial else ()
        return f"{self.path.name}: {'; '.join(one.words for one in reasons)}" if reasons else ""

    def draw(self, folder: Path, limits: Limits, within: Path | None) -> None:
        """Draws the trial into the folder of a report, and follows no link below ``within``."""
        from parity_suite.ptychography.trial.figure import draw_trial

        if self.trial:
            png = folder / f"trial.{self.path.stem}.png"
            require_no_link(png, within or folder)
            draw_trial(png, self.path, self.trial, limits)


def load_datasets(settings: Settings, context: RunContext, *, on_trial: bool) -> dict[str, Tried]:
    """Makes the files of the settings known, and holds their trial; by the name of each.

    ``pytest.UsageError`` where one breaks its contract, is refused by its trial, or has the name of another.
    """
    limits = Limits.stated(settings.limit)
    found: dict[str, Tried] = {}
    for path in settings.datasets:
        try:
            dataset = load_raw(path, limits)
            tried = Tried(path, _trial(path, limits) if on_trial else None)
        except (ContractError, OSError) as error:
            raise pytest.UsageError(f"--parity-dataset {path}: {error}") from None
        if dataset.name in found:
            raise pytest.UsageError("--parity-dataset: two files have the same name")
        context.part(Datasets).add(dataset)
        found[dataset.name] = tried
    return found


def _trial(path: Path, limits: Limits) -> Trial:
    trial = try_file(path, limits)
    if trial.refused:
        raise pytest.UsageError(f"--parity-dataset {trial.in_one_line(path)}")
    return trial
