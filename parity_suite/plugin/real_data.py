"""The measured datasets of a run: refused before anything is collected, or known to all checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from parity_suite.cases.data_source import DataTrial
from parity_suite.cases.datasets import Datasets, load_file
from parity_suite.contracts.limits import Limits
from parity_suite.core.context import RunContext
from parity_suite.core.writing import require_no_link
from parity_suite.plugin.settings import Settings


@dataclass(frozen=True)
class Tried:
    """A measured dataset and its trial, of which nothing is known where another process holds it."""

    path: Path
    trial: DataTrial

    @property
    def suspicion(self) -> str:
        """What speaks against it; empty where nothing does."""
        return f"{self.path.name}: {'; '.join(self.trial.reasons)}" if self.trial.reasons else ""

    def draw(self, folder: Path, within: Path | None) -> Path | None:
        """Draws the trial into the folder of a report, and follows no link below ``within``; the picture, if any."""
        if not self.trial.draw:
            return None
        png = folder / f"trial.{self.path.stem}.png"
        require_no_link(png, within or folder)
        self.trial.draw(png)
        return png


def load_datasets(settings: Settings, context: RunContext, *, on_trial: bool) -> dict[str, Tried]:
    """Makes the files of the settings known, and holds their trial; by the name of each.

    ``pytest.UsageError`` where one breaks its contract, is refused by its trial, or has the name of another.
    """
    limits = Limits.stated(settings.limit)
    found: dict[str, Tried] = {}
    for path in settings.datasets:
        try:
            loaded = load_file(path, limits)
            trial = loaded.source.trial(path, limits) if on_trial else DataTrial()
        except (ValueError, OSError) as error:
            raise pytest.UsageError(f"--parity-dataset {path}: {error}") from None
        if trial.refusal:
            raise pytest.UsageError(f"--parity-dataset {trial.refusal}{_pictured(Tried(path, trial), settings)}")
        if loaded.dataset.name in found:
            raise pytest.UsageError("--parity-dataset: two files have the same name")
        context.part(Datasets).add(loaded.dataset, loaded.home)
        found[loaded.dataset.name] = Tried(path, trial)
    return found


def _pictured(refused: Tried, settings: Settings) -> str:
    """Draws the trial of a file that stops a run into the folder of its report; where, for the end of the line."""
    if settings.report is None:
        return ""
    try:
        drawn = refused.draw(settings.report, settings.within("report"))
    except Exception as error:
        # Why the run stops is to be said whatever becomes of a picture.
        return f"; could not draw it: {type(error).__name__}: {error}"
    return f"; {drawn} shows it" if drawn else ""
