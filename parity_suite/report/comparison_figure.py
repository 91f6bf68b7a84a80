"""A picture of two runs beside each other: the ratio of each number, beside its limit."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from parity_suite.compare.ratio import OK
from parity_suite.core.writing import write_whole
from parity_suite.report.comparing import Row

#: Rows of a picture that a person still reads.
_MOST: Final = 60


def comparison_figure(path: Path, rows: Sequence[Row]) -> None:
    """Draws the rows, those that fail first, into a PNG; NotWritten where it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = sorted(rows, key=lambda row: row.passes)[:_MOST]
    places = np.arange(len(shown))
    figure = Figure(figsize=(9, 1.4 + 0.28 * len(shown)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    colours = ["tab:blue" if row.passes else "tab:red" for row in shown]
    blocked = [place for place, row in zip(places, shown, strict=True) if row.status != OK]
    axes.scatter([row.ratio for row in shown], places, c=colours, zorder=3)
    for place, row in zip(places, shown, strict=True):
        if row.limit is not None:
            axes.plot([1 - row.limit, 1 + row.limit], [place, place], color="0.6", linewidth=6, alpha=0.5)
    for place in blocked:
        axes.text(1, float(place), shown[place].status, color=colours[place], ha="center", va="center", fontsize=8)
    axes.axvline(1, color="0.4", linewidth=1)
    axes.set_yticks(places, [f"{row.label}  {row.metric}" for row in shown], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("candidate / base" + (f" (the first {_MOST} of {len(rows)})" if len(rows) > _MOST else ""))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=120)
    write_whole(path, stream.getvalue())
