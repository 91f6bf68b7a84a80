"""Right ways to write the stages that place and cut: groups, layouts, patches, shifts, canvases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from right_base import Right
from scipy import ndimage

from parity_suite.backends.capabilities import Capabilities


def _corners(image: Any, rows: Any, columns: Any) -> Any:
    """``image(rows, columns)`` at whole pixels, zero outside."""
    height, width = image.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    taken = image[np.clip(rows, 0, height - 1).astype(int), np.clip(columns, 0, width - 1).astype(int)]
    return np.where(inside, taken, 0)


class PixelMinusOffset(Right):
    """The place of every pixel minus its offset, in float64, then its four neighbours by their weights."""

    place: Any = np.float64

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        """``image`` at the outer grid of ``rows`` and ``columns``."""
        r, c = np.meshgrid(rows, columns, indexing="ij")
        top, left = np.floor(r), np.floor(c)
        fy, fx = ((one - low).astype(self.real) for one, low in ((r, top), (c, left)))
        out = np.zeros(r.shape, image.dtype)
        for dy, wy in ((0, 1 - fy), (1, fy)):
            for dx, wx in ((0, 1 - fx), (1, fx)):
                out += (wy * wx) * _corners(image, top + dy, left + dx)
        return out

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        stack, places = self.cast(images), np.asarray(offsets, self.place)
        if interpolation == "nearest":
            places = np.floor(places + (places - np.floor(places) >= 0.5) * self.place(1))
        out = np.zeros_like(stack)
        height, width = (np.arange(side, dtype=self.place) for side in stack.shape[1:3])
        for k, image in enumerate(stack[..., 0]):
            x, y = places[k * len(places) // len(stack)]
            out[k, ..., 0] = self.sampled(image, height - y, width - x)
        return out

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        canvas, line = self.cast(object), np.arange(size, dtype=self.place) - size // 2
        out = np.zeros((len(positions), size, size, positions.shape[3]), canvas.dtype)
        for b, c in np.ndindex(len(positions), positions.shape[3]):
            x, y = positions[b, 0, :, c].astype(self.place)
            out[b, ..., c] = self.sampled(canvas, line + y, line + x)
        return out

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: Any, batch: int | None = None
    ) -> Mapping[str, Any]:
        tiles, own = self.cast(patches), centre.ndim > 1
        groups, side = tiles.shape[:2]
        numerator = np.zeros((groups if own else 1, *canvas), tiles.dtype)
        count = np.zeros(numerator.shape, self.real)
        rows, columns = (np.arange(n, dtype=self.place) - n // 2 + side // 2 for n in canvas)
        for b, c in np.ndindex(groups, tiles.shape[3]):
            middle = (centre[b, 0, :, 0] if own else centre).astype(self.place)
            x, y = positions[b, 0, :, c].astype(self.place) - middle
            into = b if own else 0
            numerator[into] += self.sampled(tiles[b, ..., c], rows - y, columns - x)
            count[into] += self.sampled(np.ones((side, side), self.real), rows - y, columns - x)
        return self.divided(numerator, count, own)

    def divided(self, numerator: Any, count: Any, own: bool) -> Mapping[str, Any]:
        with np.errstate(all="ignore"):
            canvas = np.where(count >= 1e-3, numerator / count, 0).astype(numerator.dtype)
        found = {"numerator": numerator, "count": count, "canvas": canvas}
        return found if own else {name: value[0] for name, value in found.items()}


class PixelMinusOffsetInItsPrecision(PixelMinusOffset):
    """The same with every place in the precision of the backend, which says so."""

    capabilities = Capabilities(coordinates=dict.fromkeys(("translate", "extract", "reassemble"), "images"))

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__(device=device, precision=precision)
        self.place = self.real.type

    translate, extract, reassemble = PixelMinusOffset.translate, PixelMinusOffset.extract, PixelMinusOffset.reassemble


class ThroughMetres(PixelMinusOffset):
    """Positions and offsets that were metres on the way: multiplied by the size of a pixel, and divided by it."""

    pixel = 6.2e-8

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        return super().sampled(image, *(one * self.pixel / self.pixel for one in (rows, columns)))


class Interpolated(PixelMinusOffset):
    """Columns, then rows, each as a step from one neighbour towards the other."""

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        return self._along(self._along(image, rows).T, columns).T

    def _along(self, image: Any, places: Any) -> Any:
        low = np.floor(places)
        part = (places - low).astype(self.real)[:, None]
        every = np.arange(image.shape[1])
        here, there = (_corners(image, *np.meshgrid(low + k, every, indexing="ij")) for k in (0, 1))
        return (here + part * (there - here)).astype(image.dtype)


class OfSciPy(PixelMinusOffset):
    """SciPy's linear spline, with zeros around the image."""

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        grid = np.meshgrid(
            np.clip(rows, -9, image.shape[0] + 9), np.clip(columns, -9, image.shape[1] + 9), indexing="ij"
        )
        return ndimage.map_coordinates(image, grid, order=1, mode="grid-constant", prefilter=False).astype(image.dtype)


class HatMatrices(PixelMinusOffset):
    """A product with a matrix of hat functions along each axis, which are zero a pixel away."""

    def sampled(self, image: Any, rows: Any, columns: Any) -> Any:
        down, across = (
            np.maximum(0, 1 - np.abs(np.subtract.outer(places, np.arange(side)))).astype(self.real)
            for places, side in zip((rows, columns), image.shape, strict=True)
        )
        return down @ image @ across.T


class LastFirst(PixelMinusOffset):
    """Patches added from the last to the first, numerator and count as sums over all of them."""

    def reassemble(
        self, patches: Any, positions: Any, centre: Any, canvas: Any, batch: int | None = None
    ) -> Mapping[str, Any]:
        own = centre.ndim > 1
        back = {"patches": patches[..., ::-1], "positions": positions[..., ::-1]}
        if not own:
            back = {name: value[::-1] for name, value in back.items()}
        return super().reassemble(**back, centre=centre, canvas=canvas)


class MovedLayouts(Right):
    """Groups by sorted keys and means by counts; layouts by reshaping and moving axes."""

    def group(
        self, positions: Any, gridsize: int, neighbours: int | None = None, draws: Any | None = None
    ) -> Mapping[str, Any]:
        xy, channels = np.asarray(positions, np.float64), gridsize**2
        apart = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
        np.fill_diagonal(apart, -1.0)
        order = np.argsort(apart, axis=1, kind="stable")[:, 1:]
        seeds = np.arange(len(xy))[:, None]
        if draws is None:
            indices = np.concatenate([seeds, order[:, : channels - 1]], axis=1)
        else:
            picked = np.take_along_axis(order[:, None], draws, axis=2)
            indices = np.concatenate([np.repeat(seeds[:, None], draws.shape[1], axis=1), picked], axis=2)
        indices = indices.reshape(-1, channels).astype(np.int64)
        grouped = xy[indices].transpose(0, 2, 1)[:, None]
        offsets = grouped.sum(axis=3, keepdims=True) / channels
        return {
            "indices": indices,
            "coords_offsets": offsets.astype(self.real),
            "coords_relative": (offsets - grouped).astype(self.real),
        }

    def layout(self, images: Any, source: str, target: str, gridsize: int) -> Any:
        g, n = gridsize, images.shape[-2]
        if source == "grid":
            grid = images
        elif source == "channel":
            grid = np.moveaxis(images, 3, 1).reshape(-1, g, g, n, n, 1)
        else:
            grid = images.reshape(-1, g, g, n, n, 1)
        if target == "grid":
            return grid
        if target == "flat":
            return grid.reshape(-1, n, n, 1)
        return np.moveaxis(grid.reshape(-1, g * g, n, n), 1, 3)


class SortedGroups(Right):
    """Neighbours by sorting on distance and index at once, seed by seed; offsets as the mean of what is away."""

    def group(
        self, positions: Any, gridsize: int, neighbours: int | None = None, draws: Any | None = None
    ) -> Mapping[str, Any]:
        xy, channels, rows = np.asarray(positions, np.float64), gridsize**2, []
        for seed, (x, y) in enumerate(xy):
            apart = np.square(xy[:, 0] - x) + np.square(xy[:, 1] - y)
            order = [k for k in np.lexsort((np.arange(len(xy)), apart)).tolist() if k != seed]
            picks = [range(channels - 1)] if draws is None else draws[seed]
            rows += [[seed, *(order[k] for k in pick)] for pick in picks]
        indices = np.array(rows, np.int64).reshape(-1, channels)
        grouped = xy[indices]
        middle = grouped[:, :1] + (grouped - grouped[:, :1]).mean(axis=1, keepdims=True)
        return {
            "indices": indices,
            "coords_offsets": middle.transpose(0, 2, 1)[:, None].astype(self.real),
            "coords_relative": (middle - grouped).transpose(0, 2, 1)[:, None].astype(self.real),
        }
