"""Draws ``pictures/translation.png``, the convention of ``translate``: ``python docs/draw_translation.py``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from PIL import Image

from parity_suite.ptychography.oracle import Oracle

PICTURE: Final = Path(__file__).parent / "pictures" / "translation.png"
OFFSET: Final = (2.5, -1.0)

#: A letter that no flip and no turn leaves as it is, on a ground that is not zero, so that the border shows.
_LETTER: Final = (
    "........",
    ".####...",
    ".#......",
    ".###....",
    ".#......",
    ".#......",
    ".#......",
    "........",
)
_INK, _GROUND = 8.0, 2.0
_BLOCKS: Final = (((1.0, 0.0), 4), ((0.0, -2.0), 4))

_ZERO, _HALF, _CENTRE, _ARROW = "#c0392b", "#d68910", "#1f618d", "#1e8449"
_COLOURS: Final = 200
_GROUPS: Final = ("#d4e6f1", "#fdebd0")


def letter() -> Any:
    """The image, (N, N)."""
    return np.array([[_INK if mark == "#" else _GROUND for mark in line] for line in _LETTER])


def moved(image: Any) -> Any:
    """The image moved by the offset, by the oracle."""
    return Oracle().translate(image[None, :, :, None], np.array([OFFSET]))[0, :, :, 0].real


def draw() -> Figure:
    """Before, after, and below them the rule for blocks."""
    figure = Figure(figsize=(9.6, 7.8), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=(5.4, 1.5), hspace=0.09)
    before, after, below = (figure.add_subplot(place) for place in (grid[0, 0], grid[0, 1], grid[1, :]))
    image = letter()
    _pixels(before, image, "before")
    _pixels(after, moved(image), f"after, offset [x, y] = [{OFFSET[0]:+.1f}, {OFFSET[1]:+.1f}]")
    _directions(before)
    _borders(after, len(image))
    _blocks(below)
    return figure


def _pixels(axes: Axes, image: Any, title: str) -> None:
    side = len(image)
    axes.imshow(image, cmap="Greys", vmin=0, vmax=17)
    axes.set_title(title, fontsize=12.5)
    axes.set_xticks(range(side))
    axes.set_yticks(range(side))
    axes.tick_params(length=0, labelsize=9)
    axes.set_xlabel("column", fontsize=10)
    axes.set_ylabel("row", fontsize=10)
    axes.spines[:].set_visible(False)
    for row, line in enumerate(image):
        for column, value in enumerate(line):
            axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=10.5, color="#222222")
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="#999999", linewidth=0.6))
    middle = side // 2
    axes.add_patch(Rectangle((middle - 0.46, middle - 0.46), 0.92, 0.92, fill=False, edgecolor=_CENTRE, linewidth=2.2))
    # Room for the arrows, and as much beside the other image, so that both have one size.
    axes.set_xlim(-0.55, side + 0.75)
    axes.set_ylim(side - 0.45, -1.75)


def _directions(axes: Axes) -> None:
    """The two axes, and the name of the pixel in the middle."""
    style = {"arrowstyle": "-|>", "color": _ARROW, "linewidth": 2.4, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=(7.5, -0.9), xytext=(4.4, -0.9), arrowprops=style)
    axes.annotate("", xy=(8.05, 7.5), xytext=(8.05, 4.4), arrowprops=style)
    label = {"color": _ARROW, "fontsize": 12, "fontweight": "bold", "ha": "center", "va": "center"}
    axes.text(3.2, -0.9, "+x right", **label)
    axes.text(8.05, 2.9, "+y down", rotation=270, **label)
    handle = Patch(facecolor="none", edgecolor=_CENTRE, linewidth=2, label="pixel N//2: row 4, column 4 of N = 8")
    _legend(axes, [handle])


def _borders(axes: Axes, side: int) -> None:
    """Which pixels nothing reached, which half of something did, and where a corner of the letter came from."""
    whole = int(OFFSET[0])
    rows = side + int(OFFSET[1])
    empty = {"fill": False, "hatch": "///", "edgecolor": _ZERO, "linewidth": 0, "alpha": 0.45}
    for corner, width, height in (((-0.5, -0.5), whole, side), ((whole - 0.5, rows - 0.5), side - whole, side - rows)):
        axes.add_patch(Rectangle(corner, width, height, **empty))
    axes.add_patch(Rectangle((whole - 0.44, -0.44), 0.88, rows - 0.12, fill=False, edgecolor=_HALF, linewidth=2.6))
    start, end = (1.0, 1.0), (1.0 + OFFSET[0], 1.0 + OFFSET[1])
    style = {"arrowstyle": "-|>", "color": _ARROW, "linewidth": 2, "mutation_scale": 15, "shrinkA": 9, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
    axes.add_patch(Rectangle((0.5, 0.5), 1, 1, fill=False, edgecolor=_ARROW, linestyle="--", linewidth=1.4))
    axes.text(4.0, -1.1, "the corner of the letter moves by [+2.5, -1.0]", color=_ARROW, fontsize=10.5, ha="center")
    zero = Patch(facecolor="none", hatch="//////", edgecolor=_ZERO, linewidth=0.5, label="0: comes from outside")
    label = "half a weight: 1/2 of column 0, 1/2 of the 0 outside"
    _legend(axes, [zero, Patch(facecolor="none", edgecolor=_HALF, linewidth=2.4, label=label)])


def _legend(axes: Axes, handles: list[Patch]) -> None:
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.47, -0.1), frameon=False, fontsize=10.5, handlelength=1.4
    )


def _blocks(axes: Axes) -> None:
    """Images in the order of the flat layout, each under the offset of its block."""
    title = "B = 2 offsets move B x C = 8 images in the order of the flat layout: image i by offsets[i // C], C = 4"
    axes.set_title(title, fontsize=11.5)
    first = 0
    for block, (offset, count) in enumerate(_BLOCKS):
        _block(axes, block, offset, range(first, first + count))
        first += count
    axes.set_xlim(-0.1, first + 0.1)
    axes.set_ylim(-0.15, 2.05)
    axes.set_axis_off()


def _block(axes: Axes, block: int, offset: tuple[float, float], images: Sequence[int]) -> None:
    left, color = images[0], _GROUPS[block]
    axes.add_patch(
        Rectangle((left + 0.06, 1.25), len(images) - 0.12, 0.65, facecolor=color, edgecolor="#555555", linewidth=1)
    )
    text = f"offsets[{block}] = [{offset[0]:+g}, {offset[1]:+g}]"
    axes.text(left + len(images) / 2, 1.575, text, ha="center", va="center", fontsize=11)
    for i in images:
        axes.add_patch(Rectangle((i + 0.06, 0), 0.88, 0.85, facecolor=color, edgecolor="#555555", linewidth=1))
        channel = i - images[0]
        axes.text(i + 0.5, 0.425, f"image {i}\ngroup {block}, c = {channel}", ha="center", va="center", fontsize=9.5)
        style = {"arrowstyle": "-|>", "color": "#555555", "linewidth": 1.2}
        axes.annotate("", xy=(i + 0.5, 0.85), xytext=(i + 0.5, 1.25), arrowprops=style)


def save(path: Path) -> None:
    """Draws the picture into a file."""
    write(draw(), path)


def write(figure: Figure, path: Path) -> None:
    """Writes a figure in few colours, which is half the bytes."""
    figure.canvas.draw()
    path.parent.mkdir(exist_ok=True)
    pixels = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    pixels.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    save(PICTURE)
