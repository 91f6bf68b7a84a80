"""What a law shows beside what it measures: whom it blames, facts for the record, pictures for the report folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Fact:
    """A number or mapping that a reader wants beside the errors; plain JSON values."""

    name: str
    value: Any


@dataclass(frozen=True)
class Blame:
    """The stage that is wrong, where a law of several can tell."""

    stage: str


class Picture(ABC):
    """What is drawn in every run with a report, under a name to which that of the check is added."""

    name: str

    @abstractmethod
    def draw(self, png: Path) -> None:
        """Writes the picture."""


class Dump(ABC):
    """What is recorded where a run asks for it, into a folder called as its kind."""

    kind: str

    @abstractmethod
    def write(self, folder: Path, limit: int) -> None:
        """Writes into ``folder/kind``, at most ``limit`` of whatever there are many."""


Artifact = Fact | Blame | Picture | Dump
ARTIFACTS = (Fact, Blame, Picture, Dump)
