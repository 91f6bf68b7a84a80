"""The datasets of a run: real ones by the names under which they were loaded, synthetic ones by those of recipes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.ptychography.datasets import Dataset, load_synthetic
from parity_suite.ptychography.datasets.recipes import load_recipe, recipe_names


@dataclass(eq=False)
class Datasets:
    """The datasets of a run: validated real ones by name, and where synthetic ones are kept between processes."""

    files: dict[str, Dataset] = field(default_factory=dict)
    #: None makes synthetic datasets in each process
    folder: Path | None = None

    def add(self, dataset: Dataset) -> None:
        """Makes a validated real dataset known under its name."""
        self.files[dataset.name] = dataset


@remembered(maxsize=16)
def dataset_of(context: RunContext, case: Case) -> Dataset:
    """The whole dataset behind a recipe or file case."""
    known = context.part(Datasets)
    return known.files[case.source] if case.kind == "file" else load_synthetic(case.source, known.folder)


def digests(context: RunContext) -> dict[str, str]:
    """Digest of every recipe (of what it is made from) and of every real file (of its arrays)."""
    synthetic = {f"recipe {name}": load_recipe(name).digest for name in recipe_names()}
    return synthetic | {f"file {name}": dataset.digest for name, dataset in context.part(Datasets).files.items()}
