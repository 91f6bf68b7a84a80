"""Draws a picture of every convention that is a parameter of the oracle, ``pictures/conventions``, and lists them in
``conventions.md``: ``python docs/draw_conventions.py``.

What is drawn is what the oracle answers by each setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from draw_translation import write
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from parity_suite.core.by_convention import text_of
from parity_suite.core.stage import Parameter, Setting, Stage
from parity_suite.ptychography.oracle import Oracle, disk
from parity_suite.ptychography.pipeline import STAGES

HERE: Final = Path(__file__).parent
PICTURES: Final = HERE / "pictures" / "conventions"
PAGE: Final = HERE / "conventions.md"
MARKS: Final = ("<!-- parameters: begin -->\n", "<!-- parameters: end -->\n")

#: What draws the answer by one setting, by the name of its convention.
Panel = Callable[[Axes, Mapping[str, Any]], None]
#: Those of a number that are drawn.
_SHOWN: Final = 3
_INK, _LIGHT, _ACCENT, _GREY = "#1f618d", "#d4e6f1", "#c0392b", "#999999"


def parameters() -> dict[str, tuple[Stage, Parameter]]:
    """The conventions by name, each with the first stage that has it."""
    every = ((stage, one) for stage in reversed(STAGES) for one in reversed(stage.parameters))
    return dict(reversed({one.name: (stage, one) for stage, one in every}.items()))


def settings(parameter: Parameter) -> tuple[Setting, ...]:
    """What is drawn: the default first."""
    every = (parameter.default, *parameter.others)[:_SHOWN]
    return tuple(sorted(every)) if parameter.is_number else every


def draw(name: str) -> Figure:
    """A column of panels for each setting."""
    _, parameter = parameters()[name]
    every, rows = settings(parameter), _PANELS[name]
    figure = Figure(figsize=(3.1 * len(every), 3.0 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (panel, setting) in enumerate(product(rows, every), 1):
        axes = figure.add_subplot(len(rows), len(every), place)
        axes.set_title(f"{text_of(setting)}{' (default)' if setting == parameter.default else ''}", fontsize=11)
        panel(axes, {name: setting})
    return figure


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])


def _mask(n: int) -> Panel:
    """Of a side."""

    def panel(axes: Axes, chosen: Mapping[str, Any]) -> None:
        mask = disk(n, chosen.get("mask_centre", "pixel"), chosen.get("mask_softness", 0.0))
        axes.imshow(mask, cmap="Blues", vmin=0, vmax=1.3)
        for edge in np.arange(-0.5, n):
            axes.axhline(edge, color="white", linewidth=0.6)
            axes.axvline(edge, color="white", linewidth=0.6)
        row, column = (float(np.sum(mask * place) / np.sum(mask)) for place in np.mgrid[:n, :n])
        axes.plot(column, row, "+", color=_ACCENT, markersize=11, markeredgewidth=2)
        axes.set_xlabel(f"N = {n}, pixel N//2 is {n // 2}", fontsize=9)
        axes.set_xticks([0, n // 2, n - 1])
        axes.set_yticks([0, n // 2, n - 1])

    return panel


def _norm_of(axes: Axes, chosen: Mapping[str, Any]) -> None:
    n = 12
    probe = np.exp(-((np.mgrid[:n, :n] - n // 2) ** 2).sum(axis=0) / 30)
    masked = chosen["norm_of"] == "masked"
    factor = Oracle().probe(probe[None].astype(complex), 1.0, False, **chosen)["factor"]
    axes.imshow(probe * (disk(n) if masked else 1), cmap="Blues", vmin=0, vmax=1.3)
    axes.set_xlabel(f"mask not used; the mean of this: {factor:.3f}", fontsize=9)
    _bare(axes)


_POINTS: Final = np.array([[0.0, 0], [1, 0.3], [-0.4, 1.1], [0.9, 1.5], [-1.2, -0.2], [1.7, -0.6]])
_RASTER: Final = np.array([[float(x), float(y)] for y in (-1, 0, 1) for x in (-1, 0, 1)])


def _group(axes: Axes, points: Any, point: int, chosen: Mapping[str, Any]) -> None:
    members = Oracle().group(points, 2, **chosen)["indices"][point]
    said = ", ".join(map(str, members))
    if chosen.get("ties") == "any":
        far = np.sum((points - points[point]) ** 2, axis=1)
        tied = np.flatnonzero(far == far[members].max())
        said = f"{point} and {len(members) - 1} of {', '.join(map(str, tied))}"
        members = np.append(tied, point)
    axes.scatter(*points.T, s=170, color=_LIGHT, edgecolor=_GREY)
    axes.scatter(*points[members].T, s=170, color=_INK)
    axes.scatter(*points[point], s=420, facecolor="none", edgecolor=_ACCENT, linewidth=2)
    for k, (x, y) in enumerate(points):
        axes.text(x, y, str(k), ha="center", va="center", fontsize=9, color="white" if k in members else "black")
    axes.set_xlabel(f"the group of point {point}: {said}", fontsize=9)
    axes.margins(0.2)
    axes.set_aspect("equal")
    _bare(axes)


def _halves(axes: Axes, chosen: Mapping[str, Any]) -> None:
    offsets = np.linspace(-2.5, 2.5, 11)
    image = np.zeros((len(offsets), 1, 13, 1))
    image[:, :, 6] = 1
    given = np.stack([offsets, np.zeros_like(offsets)], axis=1)
    moved = np.argmax(Oracle().translate(image, given, "nearest", **chosen)[:, 0, :, 0], axis=1) - 6
    half = np.abs(offsets % 1 - 0.5) < 1e-9
    axes.plot(offsets, offsets, color=_GREY, linewidth=0.8)
    axes.plot(offsets, moved, "o", color=_INK)
    axes.plot(offsets[half], moved[half], "o", color=_ACCENT)
    axes.set_xlabel("offset; halves in red", fontsize=9)
    axes.set_ylabel("moved by", fontsize=9)
    axes.set_yticks(range(-3, 4))


def _precedence(axes: Axes, chosen: Mapping[str, Any]) -> None:
    for row, (name, word) in enumerate((("keyword", "keyword: fast"), ("environment", "variable: safe"))):
        wins = chosen["precedence"] == name
        axes.add_patch(Rectangle((0, 1.3 - row), 2, 0.7, facecolor=_INK if wins else _LIGHT, edgecolor=_GREY))
        axes.text(1, 1.65 - row, word, ha="center", va="center", color="white" if wins else "black")
    axes.text(1, -0.25, f"runs: {'fast' if chosen['precedence'] == 'keyword' else 'safe'}", ha="center", color=_ACCENT)
    axes.set_xlim(-0.1, 2.1)
    axes.set_ylim(-0.5, 2.2)
    axes.set_axis_off()


def _mean(output: str) -> Panel:
    """Of an output of the loss: what is summed in each pixel or, of differences, the pixels."""

    def panel(axes: Axes, chosen: Mapping[str, Any]) -> None:
        (over,) = chosen.values()
        amplitude = np.arange(1.0, 9).reshape(2, 2, 2, 1)
        answer = _loss(amplitude, **chosen)[output]
        for place, value in np.ndenumerate(amplitude[..., 0]):
            item, row, column = place
            corner = (column + 2.6 * item, 1 - row)
            axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=_LIGHT, edgecolor=_GREY))
            term = value if output == "total_variation" else _loss(value.reshape(1, 1, 1, 1))[output]
            axes.text(corner[0] + 0.47, corner[1] + 0.47, f"{term:.3g}", ha="center", va="center", fontsize=9)
        for item in (0, 1):
            axes.text(1 + 2.6 * item, 2.15, f"item {item}", ha="center", fontsize=9)
        summed = "differences" if output == "total_variation" else "terms"
        what = {"batch": f"{summed} / 2 items", "pixels": f"{summed} / 8 values", "none": summed}[over]
        axes.text(2.3, -0.5, f"sum of {what}: {answer:.4g}", ha="center", color=_ACCENT)
        axes.set_xlim(-0.1, 4.7)
        axes.set_ylim(-0.8, 2.5)
        axes.set_axis_off()

    return panel


def _loss(amplitude: Any, **chosen: Any) -> Mapping[str, float]:
    """Of amplitudes (B, N, N, C) that are patches as well, and nine counts."""
    return Oracle().loss(amplitude, np.full(amplitude.shape, 9.0), 1.0, amplitude + 0j, **chosen)


def _log_factorial(axes: Axes, chosen: Mapping[str, Any]) -> None:
    rates, one = np.linspace(1, 14, 80), np.ones((1, 1, 1, 1))
    values = [Oracle().loss(one * r**0.5, one * 5, 1.0, one + 0j, **chosen)["poisson_nll"] for r in rates]
    axes.plot(rates, values, color=_INK)
    axes.axvline(5, color=_ACCENT, linewidth=0.8, linestyle="--")
    axes.set_ylim(-4, 6)
    axes.set_xlabel("rate, of 5 counts", fontsize=9)
    axes.set_ylabel("Poisson NLL", fontsize=9)


def _variation_norm(axes: Axes, chosen: Mapping[str, Any]) -> None:
    edge = np.linspace(-2, 2, 81)
    values = np.zeros((81, 81))
    for i, y in enumerate(edge):
        for j, x in enumerate(edge):
            # One difference along a row, and none along columns.
            patch = np.array([0, x + 1j * y]).reshape(1, 1, 2, 1)
            zeros = np.zeros(patch.shape)
            values[i, j] = Oracle().loss(zeros, zeros, 1.0, patch, **chosen)["total_variation"]
    lines = axes.contour(edge, edge, values, levels=(0.5, 1, 2, 3), colors=_INK)
    axes.clabel(lines, fontsize=8)
    axes.set_xlabel("Re d", fontsize=9)
    axes.set_ylabel("Im d", fontsize=9)
    axes.set_aspect("equal")


def _std_ddof(axes: Axes, chosen: Mapping[str, Any]) -> None:
    values = np.array([1.0, 2, 4, 5])
    found = Oracle().stats(values.reshape(1, 2, 2, 1) + 0j, **chosen)
    mean, std = float(found["mean"][0, 0]), float(found["std"][0, 0])
    axes.plot(values, np.zeros(4), "o", color=_INK)
    axes.errorbar(mean, 0.5, xerr=std, color=_ACCENT, capsize=6)
    axes.text(mean, 0.62, f"std {std:.3f}", ha="center", color=_ACCENT)
    axes.set_ylim(-0.4, 1)
    axes.set_xlim(0, 6)
    axes.set_yticks([])


_PANELS: Final[Mapping[str, tuple[Panel, ...]]] = {
    "mask_centre": (_mask(12), _mask(11)),
    "mask_softness": (_mask(12),),
    "norm_of": (_norm_of,),
    "seed": (lambda axes, chosen: _group(axes, _POINTS, 0, chosen),),
    "ties": (lambda axes, chosen: _group(axes, _RASTER, 4, chosen),),
    "halves": (_halves,),
    "precedence": (_precedence,),
    "nll_mean": (_mean("poisson_nll"),),
    "log_factorial": (_log_factorial,),
    "mae_mean": (_mean("amplitude_mae"),),
    "variation_norm": (_variation_norm,),
    "variation_mean": (_mean("total_variation"),),
    "std_ddof": (_std_ddof,),
}


def listed() -> str:
    """The part of the page: each with its stages, what it means, and its picture."""
    parts = []
    for name, (_, one) in parameters().items():
        stages = " and ".join(f"`{stage.name}`" for stage in STAGES if one in stage.parameters)
        said = one.doc[0].upper() + one.doc[1:]
        parts.append(f"### `{name}` of {stages}\n\n{said}.\n\n![{name}](pictures/conventions/{name}.png)\n")
    return "\n".join(parts)


def main() -> None:
    """Writes the pictures and the part of the page."""
    for name in parameters():
        write(draw(name), PICTURES / f"{name}.png")
    before, begin, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    PAGE.write_text(f"{before}{begin}\n{listed()}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")


if __name__ == "__main__":
    main()
