"""The picture of single patches: amplitude and phase of each on its own scale, with that scale beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from parity_suite.ptychography.dumps.drawn_patch import DrawnPatch
from parity_suite.ptychography.dumps.moments import Array
from parity_suite.ptychography.dumps.panels import (
    DOTS_PER_INCH,
    FONT,
    add_bar,
    amplitude_scale,
    legend_of,
    paint_amplitude,
    paint_phase,
    phase_scale,
    save,
)

_COLUMNS: Final = 3

# Inches. Laid out by hand: a solver of constraints takes a minute for a hundred images with their colour bars.
_IMAGE: Final = 1.8
_BAR: Final = 0.12
_GAP: Final = 0.07
_LABELS: Final = 0.8
_LEFT: Final = 0.4
_ABOVE: Final = 0.72
_BELOW: Final = 0.35
_HEAD: Final = 0.6
_HALF: Final = _LEFT + _IMAGE + _GAP + _BAR + _LABELS
_CELL_HEIGHT: Final = _ABOVE + _IMAGE + _BELOW

#: The floors below which the history of this field calls a patch dead, in its units.
_VARIANCE_FLOOR: Final = 1e-6
_MEAN_FLOOR: Final = 1e-9
#: A patch darker than this part of the brightest one drawn is called faint.
_FAINT: Final = 1e-2


def patch_figure(path: Path, title: str, patches: Sequence[DrawnPatch], centred: bool) -> None:
    """Amplitude and phase of every patch, titled with its index, offset and variance, as a PNG at ``path``.

    Each image is normalised on its own, hence a patch that is flat, faint or dead is named so in red. ``centred`` says
    whether offsets are from the centre of stitching, or bare positions.
    """
    columns = min(max(len(patches), 1), _COLUMNS)
    rows = -(-max(len(patches), 1) // columns)
    figure = Figure(figsize=(columns * 2 * _HALF, _HEAD + rows * _CELL_HEIGHT), dpi=DOTS_PER_INCH)
    width, height = figure.get_size_inches()
    figure.text(0.1 / width, 1 - 0.12 / height, title, fontsize=FONT + 3, va="top")
    said = "each image on its own scale, amplitude left, phase right; axes in pixels"
    figure.text(0.1 / width, 1 - 0.4 / height, said if patches else "no patches were given", fontsize=FONT, va="top")
    means = [float(patch.statistics["mean"]) for patch in patches]
    brightest = max((mean for mean in means if np.isfinite(mean)), default=0.0)
    for k, patch in enumerate(patches):
        row, column = divmod(k, columns)
        corner = column * 2 * _HALF, height - _HEAD - (row + 1) * _CELL_HEIGHT
        _cell(figure, corner, patch, _faults(patch, brightest), "offset" if centred else "position")
    signs = legend_of([(patch.values, _everywhere(patch.values)) for patch in patches])
    if signs:
        place = (1 - 0.1 / width, 1 - 0.05 / height)
        figure.legend(handles=signs, loc="upper right", bbox_to_anchor=place, ncols=2, fontsize=FONT, frameon=False)
    save(figure, path)


def _everywhere(values: Array) -> Array:
    return np.ones(values.shape, bool)


def _cell(figure: Figure, corner: tuple[float, float], patch: DrawnPatch, faults: str, place: str) -> None:
    """One patch, its lower left corner in inches."""
    values, covered = patch.values, _everywhere(patch.values)
    # No tail is cut off: the one bright pixel of an impulse is what a reader must see.
    bright, turned = amplitude_scale(np.abs(values), tail=0), phase_scale(values, tail=0)
    for half, paint, scale in ((0, paint_amplitude, bright), (1, paint_phase, turned)):
        left, bottom = corner[0] + half * _HALF + _LEFT, corner[1] + _BELOW
        axes = figure.add_axes(_share(figure, left, bottom, _IMAGE, _IMAGE))
        image = paint(axes, values, covered, scale)
        axes.locator_params(nbins=4)
        bar = figure.add_axes(_share(figure, left + _IMAGE + _GAP, bottom, _BAR, _IMAGE))
        add_bar(figure, image, scale, within=bar)
    width, height = figure.get_size_inches()
    at = (corner[0] + _LEFT) / width
    above = corner[1] + _BELOW + _IMAGE
    figure.text(at, (above + 0.07) / height, _caption(patch, place), fontsize=FONT, va="bottom")
    if faults:
        figure.text(at, (above + 0.4) / height, faults, fontsize=FONT, va="bottom", color="firebrick", weight="bold")


def _share(figure: Figure, left: float, bottom: float, wide: float, high: float) -> tuple[float, float, float, float]:
    """Inches as parts of the figure."""
    width, height = figure.get_size_inches()
    return left / width, bottom / height, wide / width, high / height


def _caption(patch: DrawnPatch, place: str) -> str:
    known, (x, y) = patch.statistics, patch.offset
    return (
        f"batch {known['batch']}, group {known['group']}, channel {known['channel']}; "
        f"{place} (x, y) = ({x:+.2f}, {y:+.2f}) pixel\n"
        f"var_zero_mean {known['var_zero_mean']:.3g}, mean {known['mean']:.3g}, std {known['std']:.3g}"
    )


def _faults(patch: DrawnPatch, brightest: float) -> str:
    """What a reader must not miss because the image is stretched to its own scale."""
    known = patch.statistics
    if known["non_finite"]:
        return f"not finite: {known['non_finite']} pixels"
    if not known["max"]:
        return "all zero"
    found = [
        ("flat amplitude", amplitude_scale(np.abs(patch.values), tail=0).flat),
        ("flat phase", phase_scale(patch.values, tail=0).flat),
        ("faint", known["mean"] < _FAINT * brightest),
        ("var_zero_mean ≤ 1e-6", known["var_zero_mean"] <= _VARIANCE_FLOOR),
        ("mean ≤ 1e-9", known["mean"] <= _MEAN_FLOOR),
    ]
    return ", ".join(name for name, is_so in found if is_so)
