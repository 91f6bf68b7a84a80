"""The measured datasets of a run: refused before anything is collected, or known to all checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_suite.cases.datasets import Datasets
from parity_suite.contracts import ContractError
from parity_suite.contracts.limits import Limits
from parity_suite.core.context import RunContext
from parity_suite.plugin.settings import Settings
from parity_suite.ptychography.datasets.raw_file import load_raw
from parity_suite.ptychography.trial.trial import try_file


def load_datasets(settings: Settings, context: RunContext, *, on_trial: bool) -> dict[str, str]:
    """Makes the files of the settings known; by name, what speaks against each, empty where nothing does.

    ``pytest.UsageError`` where one breaks its contract, is refused by its trial, or has the name of another.
    """
    limits = Limits.stated(settings.limit)
    found: dict[str, str] = {}
    for path in settings.datasets:
        try:
            dataset = load_raw(path, limits)
            said = _suspicion(path, limits) if on_trial else ""
        except (ContractError, OSError) as error:
            raise pytest.UsageError(f"--parity-dataset {path}: {error}") from None
        if dataset.name in found:
            raise pytest.UsageError("--parity-dataset: two files have the same name")
        context.part(Datasets).add(dataset)
        found[dataset.name] = said
    return found


def _suspicion(path: Path, limits: Limits) -> str:
    trial = try_file(path, limits)
    if trial.refused:
        raise pytest.UsageError(f"--parity-dataset {trial.in_one_line(path)}")
    return f"{path.name}: {'; '.join(one.words for one in trial.reasons)}" if trial.reasons else ""
