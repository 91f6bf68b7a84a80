"""A picture of a scan: where its discs of light lie, how much each overlaps with its neighbours, and one group."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from parity_suite.ptychography.dumps.panels import DOTS_PER_INCH, FONT, save

from .dataset import Array
from .overlap import OverlapMetrics

_WIDTH_INCHES: Final = 7.5
_TEXT_INCHES: Final = 1.7
#: height over width of the ground that is drawn
_ASPECTS: Final = (0.25, 2.0)

_COLOURS: Final = "viridis"
_LIT: Final = "0.90"
_RIM: Final = "0.55"
_GROUP: Final = "#d62728"
#: Rims of more discs than this, laid over each other, are a grey without a shape.
_RIMS: Final = 400
#: of the distance to the nearest place, so that the dots of a raster stay apart
_DOT: Final = 0.75
#: points
_SMALLEST_DOT, _LARGEST_DOT = 1.0, 9.0
#: A spread of overlap that is none.
_FLAT: Final = 1e-3


def overlap_figure(path: Path, positions: Array, metrics: OverlapMetrics, title: str = "") -> None:
    """Draws a scan as a PNG at ``path``: ``positions`` (M, 2) [x, y] in pixels and their ``metrics``, y downwards.

    Grey is what any disc lights, and the colour of a dot is the overlap of its image. Of a gridsize above 1 the group
    whose seed is nearest to the middle of the scan is drawn in red. ValueError for other positions than were measured.
    """
    scan = np.asarray(positions, np.float64)
    if scan.shape != (metrics.positions, 2):
        raise ValueError(f"positions: ({metrics.positions}, 2) were measured, not {scan.shape}")
    low, high = _ground(metrics)
    width, height = high - low
    aspect = float(np.clip(height / width, *_ASPECTS))
    figure = Figure((_WIDTH_INCHES, _WIDTH_INCHES * aspect * 0.8 + _TEXT_INCHES), DOTS_PER_INCH, layout="compressed")
    axes = figure.subplots()
    axes.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), aspect="equal")
    axes.set_xlabel("x (pixel)", fontsize=FONT)
    axes.set_ylabel("y (pixel)", fontsize=FONT)
    axes.tick_params(labelsize=FONT - 1)
    _discs(axes, metrics.places, metrics.settings.diameter or 0.0)
    size = _dot_size(metrics, points=0.8 * _WIDTH_INCHES * 72 * min(1 / width, aspect / height))
    dots = _dots(axes, metrics, size)
    if metrics.settings.gridsize > 1:
        _group(axes, scan, metrics, size)
    _legend(figure, metrics.settings.gridsize > 1)
    bar = figure.colorbar(dots, ax=axes, fraction=0.046, pad=0.03)
    bar.set_label("overlap per image", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)
    axes.set_title("\n".join([*([title] if title else []), *metrics.lines()]), fontsize=FONT)
    save(figure, path)


def _ground(metrics: OverlapMetrics) -> tuple[Array, Array]:
    """Upper left and lower right of all discs, with a little air."""
    margin = 0.5 * (metrics.settings.diameter or 0.0)
    low, high = metrics.places.min(axis=0) - margin, metrics.places.max(axis=0) + margin
    air = 0.02 * (high - low).max()
    return low - air, high + air


def _discs(axes: Axes, places: Array, diameter: float) -> None:
    """What is lit as one ground, so that a gap shows; the rims only where they can be told apart."""
    axes.add_collection(_circles(axes, places, diameter, facecolor=_LIT, edgecolor="none", zorder=1))
    if len(places) <= _RIMS:
        rims = _circles(axes, places, diameter, facecolor="none", edgecolor=_RIM, linewidth=0.4, zorder=2)
        axes.add_collection(rims)


def _circles(axes: Axes, places: Array, diameter: float, **looks: object) -> EllipseCollection:
    sizes = np.full(len(places), diameter)
    return EllipseCollection(
        sizes, sizes, np.zeros(len(places)), units="xy", offsets=places, offset_transform=axes.transData, **looks
    )


def _dot_size(metrics: OverlapMetrics, points: float) -> float:
    """In points, of which the axes give ``points`` a pixel of the scan: no larger than the scan is dense."""
    extent, count = np.ptp(metrics.places, axis=0), len(metrics.places)
    spacing = max(float(np.sqrt(extent.prod() / count)), float(extent.max()) / count)
    size = min(_DOT * spacing, (metrics.settings.diameter or 0.0) / 2) * points
    return float(np.clip(size, _SMALLEST_DOT, _LARGEST_DOT))


def _dots(axes: Axes, metrics: OverlapMetrics, size: float) -> PathCollection:
    x, y = metrics.places.T
    values = metrics.place_overlap
    low, high = float(values.min()), float(values.max())
    # A scale of next to no width would paint round-off, in float32 positions too.
    norm = Normalize(low, high) if high - low > _FLAT else Normalize(max(low - 0.05, 0), min(high + 0.05, 1))
    return axes.scatter(x, y, s=size**2, c=values, cmap=_COLOURS, norm=norm, linewidths=0, zorder=3)


def _group(axes: Axes, scan: Array, metrics: OverlapMetrics, size: float) -> None:
    seeds = scan[metrics.groups[:, 0]]
    middle = metrics.places.mean(axis=0)
    members = scan[metrics.groups[np.argmin(((seeds - middle) ** 2).sum(axis=1))]]
    diameter = metrics.settings.diameter or 0.0
    axes.add_collection(_circles(axes, members, diameter, facecolor="none", edgecolor=_GROUP, linewidth=1.0, zorder=4))
    for member in members[1:]:
        axes.plot(*np.transpose([members[0], member]), color=_GROUP, linewidth=1.0, zorder=4)
    axes.plot(*members[0], marker="+", color=_GROUP, markersize=size, markeredgewidth=1.0, zorder=5)


def _legend(figure: Figure, grouped: bool) -> None:
    handles = [Patch(facecolor=_LIT, edgecolor=_RIM, label="lit by a disc of diameter D")]
    if grouped:
        handles.append(Patch(facecolor="none", edgecolor=_GROUP, label="one group, + at its seed"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=FONT, frameon=False)
