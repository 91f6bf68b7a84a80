"""The dump of a training or an inference: fed batch by batch, written at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from parity_suite.core.writing import remove_whole
from parity_suite.ptychography.dumps.canvas_statistics import canvas_summary, covered_pixels, require_canvas
from parity_suite.ptychography.dumps.drawn_patch import DrawnPatch
from parity_suite.ptychography.dumps.moments import Array
from parity_suite.ptychography.dumps.offset_statistics import OffsetStatistics
from parity_suite.ptychography.dumps.patch_statistics import PatchStatistics
from parity_suite.ptychography.dumps.plain_json import write_json

#: Of the JSON files; raised when a reader of the old one would misread the new.
FORMAT: Final = 1
KINDS: Final = ("training", "inference")
STATISTICS_FILE: Final = "stats.json"
FILES: Final = (STATISTICS_FILE, "offsets.json", "canvas.json", "patches.png", "canvas.png")
#: More patches than this make a picture too tall to read, and one day too tall for the renderer.
MOST_DRAWN: Final = 24


@dataclass(frozen=True)
class DumpSettings:
    """Where dumps go and how much they keep."""

    folder: Path
    #: at most so many batches and patches are recorded one by one, and so many patches drawn (24 on one picture)
    limit: int


class PatchDump:
    """One for a training, one for an inference; memory is bounded by the limit, whatever the number of batches.

    Files of an earlier dump of the same kind are removed at the start, so that none outlives the run it shows.
    """

    def __init__(self, folder: Path, kind: str, limit: int) -> None:
        """Writes into ``folder/kind``. ValueError for an unknown kind or a limit below 1."""
        if kind not in KINDS:
            raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
        if limit < 1:
            raise ValueError(f"limit: {limit} records nothing; at least 1 is wanted")
        self._folder = folder / kind
        self._head = {"format": FORMAT, "kind": kind, "limit": limit}
        self._statistics = PatchStatistics(limit)
        self._offsets = OffsetStatistics(limit)
        self._drawn: list[Array] = []
        self._most_drawn = min(limit, MOST_DRAWN)
        for name in FILES:
            remove_whole(self._folder / name)

    def batch(self, patches: Array, positions: Array) -> None:
        """Records ``patches (B, N, N, C)`` complex at ``positions (B, 1, 2, C)`` [x, y] in pixels; B may be 0.

        ValueError where the shapes do not fit; the batch is then not recorded.
        """
        patches, positions = np.asarray(patches), np.asarray(positions)
        if patches.ndim != 4 or patches.shape[1] != patches.shape[2] or not patches.shape[1]:
            raise ValueError(f"patches: (B, N, N, C) is wanted, not {patches.shape}")
        wanted = (patches.shape[0], 1, 2, patches.shape[3])
        if positions.shape != wanted:
            raise ValueError(f"positions: {wanted} is wanted for patches {patches.shape}, not {positions.shape}")
        self._statistics.add(patches)
        self._offsets.add(positions)
        each = np.moveaxis(patches, 3, 1).reshape(-1, *patches.shape[1:3])[: self._most_drawn - len(self._drawn)]
        # Copies: a view would keep the whole batch alive.
        self._drawn += [patch.astype(np.complex128) for patch in each]

    def close(self, canvas: Mapping[str, Array] | None, centre: Array | None) -> None:
        """Writes all files; without a ``canvas`` those of the canvas are left out.

        ``canvas`` is what ``reassemble`` returns for one ``centre (2,)`` [x, y] in pixels: ``numerator``, ``count`` and
        ``canvas``, each (H, W). ValueError, with nothing written, where a field is missing or has another shape.
        """
        if canvas is not None:
            require_canvas(canvas)
        middle = None if centre is None else np.asarray(centre, np.float64)
        if middle is not None and middle.shape != (2,):
            raise ValueError(f"centre: (2,) is wanted, not {middle.shape}")
        write_json(
            self._folder / STATISTICS_FILE, {**self._head, "drawn": len(self._drawn), **self._statistics.summary()}
        )
        write_json(self._folder / "offsets.json", {**self._head, **self._offsets.summary(middle)})
        self._draw_patches(middle)
        if canvas is not None:
            self._write_canvas(canvas)

    def _draw_patches(self, centre: Array | None) -> None:
        from parity_suite.ptychography.dumps.patch_figure import patch_figure

        origin = np.zeros(2) if centre is None else centre
        known = zip(self._drawn, self._statistics.per_patch, self._offsets.listed, strict=False)
        drawn = [DrawnPatch(values, entry, xy - origin) for values, entry, xy in known]
        title = f"{self._head['kind']}: {len(drawn)} of {self._statistics.patches} patches"
        patch_figure(self._folder / "patches.png", title, drawn, centred=centre is not None)

    def _write_canvas(self, canvas: Mapping[str, Array]) -> None:
        from parity_suite.ptychography.dumps.canvas_figure import canvas_figure

        summary = canvas_summary(canvas)
        write_json(self._folder / "canvas.json", {**self._head, **summary})
        height, width = summary["shape"]
        title = (
            f"{self._head['kind']}: stitched canvas, {width} x {height} pixels, "
            f"{summary['covered']} covered ({100 * summary['covered_fraction']:.1f} %)"
        )
        stitched = np.asarray(canvas["canvas"], np.complex128)
        canvas_figure(self._folder / "canvas.png", title, stitched, covered_pixels(canvas))
