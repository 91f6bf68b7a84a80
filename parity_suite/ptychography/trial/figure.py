"""A picture of a trial: what was measured, what probe and object give, their difference, and every frame's excess."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from parity_suite.contracts.limits import Limits

from ..dumps.panels import DOTS_PER_INCH, FONT, save
from .excess import excess_of
from .far_field import FarField
from .power import BRIGHT, DARK, frames_out_of_power
from .scan import Array, Scan, left_out, open_scan, sample
from .start import without_start
from .statistics import statistics_of
from .survey import Survey, light_of, survey_of
from .verdict import Trial

_SIZE: Final = (9.0, 6.4)
_COLOURS: Final = "viridis"
#: of differences: red where more was measured than is computed
_SIGNED: Final = "RdBu_r"
_NOT_MEASURED: Final = "0.6"
#: Of an amplitude, what is drawn as the darkest: a pixel of so small a part of the brightest says nothing to the eye.
_DARKEST: Final = 1e-3
#: Of what may be nothing or less, what is drawn in the axis of powers of ten.
_LEAST: Final = 1e-4
#: The greatest over the least of values that an axis from 0 shows better than one in powers of ten.
_ALIKE: Final = 3.0
_APART: Final = "#d62728"
_TITLES: Final = ("measured", "computed", "measured - computed")


def draw_trial(png: Path, path: Path, trial: Trial, limits: Limits | None = None) -> None:
    """Draws the trial of a file that keeps the contract ``raw`` as a PNG.

    With an object the rows are the frame in the middle and the one that is farthest off, and below is the excess of
    every frame; without, the mean of all frames beside the probe's far field, and below is the power of every frame.

    Raises ContractError where an array cannot be read.
    """
    with open_scan(path, limits or Limits()) as scan:
        scan = without_start(scan)
        with np.errstate(all="ignore"):
            survey = survey_of(scan)
            figure = Figure(_SIZE, DOTS_PER_INCH, layout="constrained")
            (_sighted if scan.object is not None else _blind)(figure, scan, survey)
    why = f": {trial.reasons[0].words}" if trial.reasons else ""
    mend = f"\n{trial.answers[0].told}" if trial.answers else ""
    figure.suptitle(f"{path.name}: {trial.verdict}{why}{mend}", fontsize=FONT + 1, wrap=True)
    save(figure, png)


def _sighted(figure: Figure, scan: Scan, survey: Survey) -> None:
    assert scan.object is not None
    found = excess_of(scan, survey)
    judged = np.flatnonzero(survey.frames.judged)
    order = judged[np.argsort(np.where(np.isfinite(found.frames), found.frames, np.inf)[judged], kind="stable")]
    shown = [int(order[len(order) // 2]), int(order[-1])]
    frames = np.unique(shown)
    measured = dict(zip(frames.tolist(), sample(scan, frames), strict=True))
    field = FarField(scan.probe, scan.object)
    rows = [
        (f"frame {frame}, {which}", measured[frame], found.scale * field.amplitude(scan.positions[[frame]])[0])
        for frame, which in zip(shown, ("a usual one", "farthest off"), strict=True)
    ]
    below = _panels(figure, rows, left_out(scan, found.lost))
    _frames(below, judged, found.frames, found.apart, "excess beyond\nphoton noise", (found.limit,))


def _blind(figure: Figure, scan: Scan, survey: Survey) -> None:
    mean, light, lost = survey.pixels.mean, light_of(scan.probe), left_out(scan, statistics_of(scan, survey).lost)
    seen = np.sum(survey.light[~lost] ** 2)
    scaled = light * np.sqrt(np.sum(mean[~lost] ** 2) / seen) if seen > 0 else light
    beside = ("the probe's, as bright", "measured - the probe's")
    below = _panels(figure, [("mean of the frames", mean, scaled)], lost, beside)
    power = survey.frames.power / np.median(survey.frames.power)
    _frames(
        below, np.arange(len(power)), power, frames_out_of_power(scan, survey), "power over the median", (DARK, BRIGHT)
    )


def _panels(
    figure: Figure,
    rows: Sequence[tuple[str, Array, Array]],
    unmeasured: Array,
    beside: tuple[str, str] = _TITLES[1:],
) -> Axes:
    """Draws rows of measured, computed and difference, each in one scale; the axes below them.

    Pixels that are ``unmeasured (N, N)`` are grey, and have no say in a scale.
    """
    grid = figure.add_gridspec(len(rows) + 1, 3, height_ratios=[*(2.0 for _ in rows), 1.0])
    for at, (name, got, want) in enumerate(rows):
        seen = ~unmeasured if not unmeasured.all() else unmeasured
        top = float(max(np.max(got[seen]), np.max(want[seen]))) or 1.0
        bright = LogNorm(_DARKEST * top, top, clip=True)
        most = float(np.quantile(np.abs(got - want)[seen], 0.999)) or 1.0
        looks = ((got, bright, _COLOURS), (want, bright, _COLOURS), (got - want, Normalize(-most, most), _SIGNED))
        for column, (values, norm, colours) in enumerate(looks):
            axes = figure.add_subplot(grid[at, column])
            drawn = np.ma.masked_array(values, unmeasured)
            axes.set_facecolor(_NOT_MEASURED)
            image = axes.imshow(drawn, cmap=colours, norm=norm, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            title = (_TITLES[0], *beside)[column]
            axes.set_title(f"{name}: {title}" if column == 0 else title, fontsize=FONT)
            if column:
                bar = figure.colorbar(image, ax=axes, fraction=0.046)
                bar.set_label("amplitude" if column == 1 else "", fontsize=FONT - 1)
                bar.ax.tick_params(labelsize=FONT - 2)
    return figure.add_subplot(grid[-1, :])


def _frames(axes: Axes, places: Array, values: Array, apart: Array, name: str, limits: Sequence[float]) -> None:
    """A dot for each frame; those that stand apart are red, and what no axis holds lies at its rim."""
    finite = values[places][np.isfinite(values[places])]
    top = float(finite.max()) if finite.size else 1.0
    shown = np.maximum(np.where(np.isfinite(values), values, top), _LEAST)
    axes.plot(places, shown[places], ".", markersize=3, color="#1f77b4")
    axes.plot(apart, shown[apart], "o", markersize=5, color=_APART, fillstyle="none")
    for limit in limits:
        axes.axhline(limit, color="0.4", linewidth=0.8, linestyle="--")
    shown = shown[places]
    if shown.max() <= _ALIKE * shown.min():
        axes.set(ylim=(0, 1.2 * shown.max()))
    else:
        # Whole powers of ten, which alone have a tick.
        low, high = np.floor(np.log10(min(shown.min(), *limits))), np.ceil(np.log10(max(shown.max(), *limits)))
        axes.set(yscale="log", ylim=(0.7 * 10**low, 1.4 * 10**high))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("frame; dashed: what is believed; red: apart from the rest", fontsize=FONT)
    axes.set_ylabel(name, fontsize=FONT)
    axes.tick_params(labelsize=FONT - 1)
