"""Scans and recipes of ptychography, as the suite asks a pack for its datasets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity_suite.cases.data_source import DataSource, DataTrial
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets import Dataset, load_synthetic
from parity_suite.ptychography.datasets.recipes import load_recipe, recipe_names

if TYPE_CHECKING:
    from parity_suite.ptychography.trial.verdict import Trial


class Scans(DataSource):
    """Raw datasets, which stand trial, and the recipes of the fixtures."""

    def load(self, path: Path, limits: Limits) -> Dataset:
        from parity_suite.ptychography.datasets.raw_file import load_raw

        return load_raw(path, limits)

    def trial(self, path: Path, limits: Limits) -> DataTrial:
        from parity_suite.ptychography.trial.trial import try_file

        found = try_file(path, limits)
        reasons = tuple(one.words for one in found.reasons)
        return DataTrial(reasons, found.in_one_line(path) if found.refused else "", partial(_draw, path, found, limits))

    def recipes(self) -> Mapping[str, str]:
        return {name: load_recipe(name).digest for name in recipe_names()}

    def made(self, recipe: str, folder: Path | None) -> Dataset:
        return load_synthetic(recipe, folder)

    def shows(self, dataset: Any) -> frozenset[str]:
        """A scan's counts, contract and ties are given."""
        from parity_suite.faults.need import Need
        from parity_suite.ptychography.faults.needs import InputNeed

        found = {
            InputNeed.CHANNELS: True,
            Need.COARSE: True,
            InputNeed.MODES: len(dataset.probe) > 1,
            InputNeed.ODD_SIDE: dataset.probe.shape[-1] % 2 == 1,
            InputNeed.SCALE: dataset.domain == "normalised",
        }
        return frozenset(need for need, there in found.items() if there)


def _draw(path: Path, trial: Trial, limits: Limits, png: Path) -> None:
    from parity_suite.ptychography.trial.figure import draw_trial

    draw_trial(png, path, trial, limits)
