"""Stored numbers that a trained model is held to: where they lie, and which of them are a backend's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parity_suite.contracts.resources import resource_folder
from parity_suite.core.backend_spec import BACKEND_NAME, BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.pack import Pack
from parity_suite.core.packs import packs

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
        """The user's own; of the backends of a pack, where there is none, that which comes with it; else that of the
        class that it is derived from; empty for none.
        """
        if self.given:
            return self.given
        found = (self._of(one, stage, case) for one in (spec, *_bases(spec)))
        return next(filter(None, found), "")

    def _of(self, spec: BackendSpec, stage: str, case: Case) -> str:
        name = baseline_name(stage, case, spec.name)
        folders = [self.folder / "baselines"] if self.folder else []
        folders += [shipped_snapshots(pack) / "baselines" for pack in packs() if _is_within(spec, pack)]
        for folder in folders:
            if (path := folder / f"{name}.json").is_file():
                return path.read_text("utf-8")
        return ""


def shipped_snapshots(pack: Pack) -> Path:
    """The stored numbers that come with a pack: in the folder of its resources, else those of this project."""
    own = pack.folder / "snapshots"
    return own if own.is_dir() else resource_folder("snapshots")


def _is_within(spec: BackendSpec, pack: Pack) -> bool:
    """Whether a backend is one that comes with a pack."""
    return bool(pack.resources) and spec.module.startswith(f"{pack.resources}.")


def _bases(spec: BackendSpec) -> Iterator[BackendSpec]:
    """The classes that a backend is derived from, the nearest first, under the names that they have by default; none of
    one that begins with weights of its own, since it learns something else.
    """
    try:
        cls = spec.load()
    except ImportError:
        # What cannot be imported is known by its name alone, and its own baseline was looked for.
        return
    for base in cls.__mro__[1:-1]:
        name = base.__name__.lower()
        same = getattr(base, _FIRST, None) is getattr(cls, _FIRST, None)
        if same and re.fullmatch(BACKEND_NAME, name):
            yield BackendSpec(name, base.__module__, base.__name__)


#: Gives the weights that a network begins with, where it is not the reference's.
_FIRST: Final = "initial_weights"


def baseline_name(stage: str, case: Case, subject: str) -> str:
    """The name of the file, without its ending."""
    return f"{stage}.{case.name}.{subject}"
