"""What laws of ptychography show: canvases side by side, and patches with the canvas that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parity_suite.compare.exhibit import Array, Dump, Picture


@dataclass(frozen=True, eq=False)
class CanvasPicture(Picture):
    """Complex canvases (H, W) to be drawn side by side, by their titles."""

    name: str
    panels: tuple[tuple[str, Array], ...]

    def draw(self, png: Path) -> None:
        from parity_suite.ptychography.dumps import object_figure

        object_figure(png, self.panels)


@dataclass(frozen=True, eq=False)
class PatchExhibit(Dump):
    """Patches (B, N, N, C) at positions (B, 1, 2, C) as they came, ``batch`` at a time, and their canvas."""

    #: ``training`` or ``inference``
    kind: str
    patches: Array
    positions: Array
    batch: int
    canvas: Mapping[str, Array] | None
    centre: Array | None

    def write(self, folder: Path, limit: int) -> None:
        from parity_suite.ptychography.dumps import PatchDump

        dump = PatchDump(folder, self.kind, limit)
        for start in range(0, len(self.patches), self.batch):
            part = slice(start, start + self.batch)
            dump.batch(self.patches[part], self.positions[part])
        dump.close(self.canvas, self.centre)
