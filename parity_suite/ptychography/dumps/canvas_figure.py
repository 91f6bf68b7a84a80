"""Pictures of stitched canvases: amplitude and phase, axes in pixels, every scale written out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parity_suite.ptychography.dumps.canvas_statistics import unwrapped_phase
from parity_suite.ptychography.dumps.moments import Array
from parity_suite.ptychography.dumps.panels import (
    DOTS_PER_INCH,
    FONT,
    Scale,
    add_bar,
    amplitude_scale,
    has_phase,
    legend_of,
    paint_amplitude,
    paint_phase,
    phase_scale,
    save,
)

_IMAGE_INCHES: Final = 4.2
_SCALE_INCHES: Final = 1.5
_TITLE_INCHES: Final = 1.0
_MARGIN_INCHES: Final = 0.8
#: characters
_TITLE_WIDTH: Final = 60


def canvas_figure(path: Path, title: str, values: Array, covered: Array) -> None:
    """Amplitude and phase of ``values (H, W)`` complex side by side; pixels not ``covered (H, W)`` are hatched."""
    figure = _figure([values], rows=1, columns=2)
    left, right = figure.subplots(1, 2)
    lit = np.where(covered, values, 0)
    _amplitude(left, "amplitude", values, covered, amplitude_scale(np.abs(values[covered])))
    _phase(right, "phase", values, covered, phase_scale(lit))
    _finish(figure, path, title, [(values, covered)])


def object_figure(path: Path, panels: Sequence[tuple[str, Array]]) -> None:
    """Complex canvases (H, W) side by side under their titles: amplitude above, phase below, as a PNG at ``path``.

    Each image has a scale of its own beside it, so that a weak contrast is seen too, and its range in the title. Pixels
    that are exactly 0 count as not covered. ValueError without panels, or where one is not two-dimensional.
    """
    if not panels:
        raise ValueError("panels: at least one is wanted")
    images = []
    for title, canvas in panels:
        values = np.asarray(canvas, np.complex128)
        if values.ndim != 2:
            raise ValueError(f"panels: {title!r} is to be (H, W), not {values.shape}")
        images.append((values, values != 0))
    figure = _figure([values for values, _ in images], rows=2, columns=len(panels))
    rows = figure.subplots(2, len(panels), squeeze=False)
    for column, ((title, _), (values, covered)) in enumerate(zip(panels, images, strict=True)):
        lit = values[covered]
        _amplitude(rows[0, column], f"{title}: amplitude", values, covered, amplitude_scale(np.abs(lit)))
        _phase(rows[1, column], f"{title}: phase", values, covered, phase_scale(lit))
    _finish(figure, path, "", images)


def _figure(images: Sequence[Array], rows: int, columns: int) -> Figure:
    """As high as the tallest of the images needs, so that little of the paper stays white."""
    aspect = max(values.shape[0] / max(values.shape[1], 1) for values in images)
    height = min(max(_IMAGE_INCHES * aspect, 1.5), 3 * _IMAGE_INCHES)
    size = (columns * (_IMAGE_INCHES + _SCALE_INCHES), rows * (height + _TITLE_INCHES) + _MARGIN_INCHES)
    return Figure(figsize=size, dpi=DOTS_PER_INCH, layout="compressed")


def _amplitude(axes: Axes, title: str, values: Array, covered: Array, scale: Scale) -> None:
    inside = np.abs(values[covered & np.isfinite(values)])
    image = paint_amplitude(axes, values, covered, scale)
    add_bar(axes.figure, image, scale, beside=axes)
    said = f"{inside.min():.3g} to {inside.max():.3g}, mean {inside.mean():.3g}" if inside.size else ""
    _label(axes, title, said, amplitude_scale(inside).flat)


def _phase(axes: Axes, title: str, values: Array, covered: Array, scale: Scale) -> None:
    inside = values[covered & has_phase(values)]
    image = paint_phase(axes, values, covered, scale)
    add_bar(axes.figure, image, scale, beside=axes)
    phase, spread = np.angle(inside), unwrapped_phase(inside)
    said = f"{phase.min():.3g} to {phase.max():.3g}, std {spread.std():.3g}" if inside.size else ""
    _label(axes, title, said, phase_scale(inside).flat)


def _label(axes: Axes, title: str, said: str, flat: bool) -> None:
    """Title with the range of what is drawn, in red where that is as good as nothing, and the axes in pixels."""
    figures = ("flat: " if flat else "") + said if said else "nothing to show"
    lines = [*textwrap.wrap(title, _TITLE_WIDTH), figures]
    axes.set_title("\n".join(lines), fontsize=FONT, color="firebrick" if flat else "black")
    axes.set_xlabel("x (pixel)", fontsize=FONT)
    axes.set_ylabel("y (pixel)", fontsize=FONT)


def _finish(figure: Figure, path: Path, title: str, images: Sequence[tuple[Array, Array]]) -> None:
    if title:
        figure.suptitle(title, fontsize=FONT + 2)
    handles = legend_of(images)
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=FONT, frameon=False)
    save(figure, path)
