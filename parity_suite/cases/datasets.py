"""The datasets of a run: real ones by the names under which they were loaded, synthetic ones by those of recipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_suite.cases.data_source import Dataset, DataSource, source_of
from parity_suite.contracts.limits import Limits
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.packs import packs


@dataclass(eq=False)
class Datasets:
    """The datasets of a run: validated real ones by name, and where synthetic ones are kept between processes."""

    files: dict[str, Dataset] = field(default_factory=dict)
    #: the packs whose stages are asked a real one, by its name
    homes: dict[str, str] = field(default_factory=dict)
    #: None makes synthetic datasets in each process
    folder: Path | None = None

    def add(self, dataset: Dataset, home: str = "") -> None:
        """Makes a validated real dataset known under its name; a replay, whose check is known, needs no ``home``."""
        self.files[dataset.name] = dataset
        self.homes[dataset.name] = home


@dataclass(frozen=True)
class LoadedFile:
    """A measured dataset, the pack that it is of, and what that knows of it."""

    dataset: Dataset
    home: str
    source: DataSource


def load_file(path: Path, limits: Limits | None = None) -> LoadedFile:
    """The dataset in a file, of the pack that can read it, the last one that was named first.

    ValueError where none can, with what each says of it, and OSError where it cannot be opened.
    """
    sources = {pack.name: source_of(pack) for pack in reversed(packs()) if pack.data}
    refused: dict[str, ValueError] = {}
    for home, source in sources.items():
        try:
            return LoadedFile(source.load(path, limits or Limits()), home, source)
        except ValueError as error:
            refused[home] = error
    if len(refused) == 1:
        raise next(iter(refused.values()))
    raise ValueError("; ".join(f"{home}: {error}" for home, error in refused.items()) or "no pack reads files")


@remembered(maxsize=16)
def dataset_of(context: RunContext, case: Case) -> Any:
    """The whole dataset behind a recipe or file case, of the class that its pack has for it."""
    known = context.part(Datasets)
    return known.files[case.source] if case.kind == "file" else made(case.source, known.folder)


def made(recipe: str, folder: Path | None) -> Dataset:
    """A synthetic dataset; ValueError where no pack has such a recipe."""
    sources = [source_of(pack) for pack in packs() if pack.data] or [DataSource()]
    return next((one for one in sources if recipe in one.recipes()), sources[0]).made(recipe, folder)


def dataset_digests(context: RunContext) -> Mapping[str, str]:
    """Digest of every recipe (of what it is made from) and of every real file (of its arrays)."""
    recipes = {name: digest for pack in packs() for name, digest in source_of(pack).recipes().items()}
    synthetic = {f"recipe {name}": digest for name, digest in recipes.items()}
    return synthetic | {f"file {name}": dataset.digest for name, dataset in context.part(Datasets).files.items()}
