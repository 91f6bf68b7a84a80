"""What a law shows beside what it measures: whom it blames, facts for the record, pictures for the report folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Picture:
    """Complex canvases (H, W) to be drawn side by side, by their titles."""

    name: str
    panels: tuple[tuple[str, Array], ...]


@dataclass(frozen=True, eq=False)
class PatchExhibit:
    """Patches (B, N, N, C) at positions (B, 1, 2, C) as they came, ``batch`` at a time, and their canvas."""

    #: ``training`` or ``inference``
    kind: str
    patches: Array
    positions: Array
    batch: int
    canvas: Mapping[str, Array] | None
    centre: Array | None


Artifact = Fact | Blame | Picture | PatchExhibit
ARTIFACTS = (Fact, Blame, Picture, PatchExhibit)
