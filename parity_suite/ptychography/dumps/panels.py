"""One image with its scale: amplitude or phase, what is not covered or not finite told from what is zero.

Only the object-oriented interface of matplotlib is used and no global setting is touched: a dump changes nothing for
the pictures of whoever runs the tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from parity_suite.core.writing import replaced
from parity_suite.ptychography.dumps.canvas_statistics import unwrapped_phase
from parity_suite.ptychography.dumps.moments import Array

FONT: Final = 9.0
DOTS_PER_INCH: Final = 100

Extend = Literal["neither", "min", "max", "both"]
#: by whether values lie below the scale and above it
_EXTEND: Final[dict[tuple[bool, bool], Extend]] = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}

_AMPLITUDE: Final = "amplitude (dimensionless)"
_PHASE: Final = "phase (rad)"

#: A spread below this part of the mean amplitude, or below this many rad, is called flat.
FLAT: Final = 1e-2
#: Below this part of the largest amplitude of its image a pixel has no phase worth a colour.
_DARK: Final = 1e-6
#: Phase is shown from -r to r, r the smallest of these that holds the image: few scales, so that pictures compare.
_PHASE_RANGES: Final = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, math.pi)
#: Of the pixels, outside of which an image may leave its scale at either end; then its colour bar has an arrow.
_TAIL: Final = 0.005

_UNCOVERED: Final = {"facecolor": "white", "hatch": "////", "edgecolor": "0.75"}
_NO_PHASE: Final = (0.83, 0.80, 0.55)
_NOT_FINITE: Final = (1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Scale:
    """A colour scale and what is drawn in it."""

    low: float
    high: float
    colours: str
    unit: str
    #: whether values vary too little to be worth stretching
    flat: bool
    #: at which ends values leave the scale
    extend: Extend


def amplitude_scale(values: Array, tail: float = _TAIL) -> Scale:
    """For amplitudes in any shape, from the darkest to the brightest but for a ``tail`` at either end.

    A flat image gets a scale from 0 to twice its mean, in which it looks flat: stretched, its round-off would look
    like structure.
    """
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        mean, std = (float(finite.mean()), float(finite.std())) if finite.size else (0.0, 0.0)
    if std <= FLAT * mean:
        return _scale(finite, 0.0, 2 * mean or 1.0, "viridis", _AMPLITUDE, True)
    low, high = (float(q) for q in np.quantile(finite, (tail, 1 - tail)))
    if low == high:
        low, high = float(finite.min()), float(finite.max())
    return _scale(finite, low, high, "viridis", _AMPLITUDE, False)


def phase_scale(values: Array, tail: float = _TAIL) -> Scale:
    """For complex values in any shape: symmetric about 0; cyclic colours where the scale is the whole circle."""
    lit = values[has_phase(values)]
    if not lit.size:
        return Scale(-math.pi, math.pi, "twilight_shifted", _PHASE, True, "neither")
    phase = np.angle(lit)
    reach = float(np.quantile(np.abs(phase), 1 - tail))
    half = next((r for r in _PHASE_RANGES if reach <= r), math.pi)
    flat = float(unwrapped_phase(lit).std()) <= FLAT
    return _scale(phase, -half, half, "twilight_shifted" if half == math.pi else "RdBu_r", _PHASE, flat)


def _scale(values: Array, low: float, high: float, colours: str, unit: str, flat: bool) -> Scale:
    leaves = bool(np.any(values < low)), bool(np.any(values > high))
    return Scale(low, high, colours, unit, flat, _EXTEND[leaves])


def has_phase(values: Array) -> Array:
    """Where values (complex) are finite and not dark beside the brightest of them."""
    finite = np.isfinite(values)
    amplitude = np.where(finite, np.abs(np.where(finite, values, 0)), 0)
    return np.asarray(finite & (amplitude > _DARK * amplitude.max(initial=0.0)))


def paint_amplitude(axes: Axes, values: Array, covered: Array, scale: Scale) -> AxesImage:
    """Draws ``abs(values)`` of a complex image (H, W) where it is covered; row 0 on top."""
    return _paint(axes, np.abs(values), values, covered, np.isfinite(values), scale)


def paint_phase(axes: Axes, values: Array, covered: Array, scale: Scale) -> AxesImage:
    """Draws the phase of a complex image (H, W) where it is covered and has one; row 0 on top."""
    return _paint(axes, np.angle(values), values, covered, has_phase(values), scale)


def _paint(axes: Axes, drawn: Array, values: Array, covered: Array, defined: Array, scale: Scale) -> AxesImage:
    axes.patch.set(**_UNCOVERED)
    signs = np.zeros((*values.shape, 4))
    signs[covered & ~defined] = (*_NO_PHASE, 1)
    signs[covered & ~np.isfinite(values)] = (*_NOT_FINITE, 1)
    image = axes.imshow(
        np.ma.masked_array(drawn, ~(covered & defined)),
        cmap=scale.colours,
        norm=Normalize(scale.low, scale.high),
        interpolation="nearest",
    )
    axes.imshow(signs, interpolation="nearest")
    axes.tick_params(labelsize=FONT - 1)
    return image


def add_bar(
    figure: Figure | SubFigure,
    image: ScalarMappable,
    scale: Scale,
    beside: Axes | None = None,
    within: Axes | None = None,
) -> None:
    """A colour bar with both ends and the middle of its scale and the unit, beside an image or within given axes."""
    ticks = [scale.low, (scale.low + scale.high) / 2, scale.high]
    bar = figure.colorbar(image, cax=within, ax=beside, fraction=0.046, pad=0.03, ticks=ticks, extend=scale.extend)
    bar.ax.set_yticklabels([_number(tick) for tick in ticks], fontsize=FONT - 1)
    bar.set_label(scale.unit, fontsize=FONT - 1)


def _number(value: float) -> str:
    if abs(value) == math.pi:
        return "π" if value > 0 else "-π"
    return f"{value:.3g}"


def legend_of(images: Sequence[tuple[Array, Array]]) -> list[Patch]:
    """Handles for the signs that stand in these ``(values, covered)``."""
    found = {
        "not covered": any(bool((~covered).any()) for _, covered in images),
        "dark: no phase": any(bool((covered & np.isfinite(v) & ~has_phase(v)).any()) for v, covered in images),
        "not finite": any(bool((covered & ~np.isfinite(v)).any()) for v, covered in images),
    }
    looks = {
        "not covered": _UNCOVERED,
        "dark: no phase": {"facecolor": _NO_PHASE},
        "not finite": {"facecolor": _NOT_FINITE},
    }
    return [Patch(label=name, **looks[name]) for name in found if found[name]]  # type: ignore[arg-type]


def save(figure: Figure, path: Path) -> None:
    """Writes the PNG, the same bytes for the same figure."""
    FigureCanvasAgg(figure)
    with replaced(path) as part:
        figure.savefig(part, format="png", dpi=DOTS_PER_INCH, facecolor="white", metadata={"Software": None})
