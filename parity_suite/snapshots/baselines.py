"""Stored numbers that a trained model is held to: where they lie, and which of them are a backend's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity_suite.contracts.resources import resource_folder
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case

#: What a check that has nothing to be held to is not run for; red under CI.
NO_BASELINE = "no baseline: --update-snapshots makes it"


@dataclass(eq=False)
class Baselines:
    """Where a run finds the stored numbers that trained models are held to."""

    #: in the user's repository; None where nothing was said, as in a test of one law
    folder: Path | None = None
    #: the text of the one that every model is held to, as in a replay, whatever lies in a folder; empty for none
    given: str = ""

    def stored(self, spec: BackendSpec, stage: str, case: Case) -> str:
        """The user's own; of the reference backends, where there is none, that of this project; empty for none."""
        if self.given:
            return self.given
        name = baseline_name(stage, case, spec.name)
        folders = [self.folder / "baselines"] if self.folder else []
        if spec.module.startswith("parity_suite.ptychography."):
            folders.append(resource_folder("snapshots") / "baselines")
        for folder in folders:
            if (path := folder / f"{name}.json").is_file():
                return path.read_text("utf-8")
        return ""


def baseline_name(stage: str, case: Case, subject: str) -> str:
    """The name of the file, without its ending."""
    return f"{stage}.{case.name}.{subject}"
