"""Which images of a scan are kept, and which of them make up a group: all that ``OverlapSettings`` decides."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .dataset import Array
from .discs import require_diameter
from .neighbours import nearest_others
from .streams import Stream


@dataclass(frozen=True)
class OverlapSettings:
    """How a scan is sampled before its overlap is measured. ValueError names the setting that is out of range."""

    #: a group is gridsize**2 images
    gridsize: int = 1
    #: the part of the images that is kept, in (0, 1]
    fraction: float = 1.0
    #: None for one a kept image
    groups: int | None = None
    #: K, the candidates beside the seed of a group, the nearest ones; None for the gridsize**2 - 1 that it needs
    neighbours: int | None = None
    #: of the disc of light, in pixels; None for the probe's full width at half maximum
    diameter: float | None = None
    #: of what is drawn: the images that are kept, the seeds of the groups, and their neighbours where oversampled
    seed: int = 0
    #: to how many of its nearest an image is held; to all others where there are fewer
    image_neighbours: int = 6
    #: allow more groups than images
    oversample: bool = False

    def __post_init__(self) -> None:
        _require_whole("gridsize", self.gridsize, 1)
        if not 0 < self.fraction <= 1:
            raise ValueError(f"fraction: {self.fraction}, above 0 and at most 1 is wanted")
        if self.groups is not None:
            _require_whole("groups", self.groups, 1)
        if self.neighbours is not None:
            _require_whole("neighbours", self.neighbours, self.channels - 1)
        if self.diameter is not None:
            require_diameter(self.diameter)
        _require_whole("seed", self.seed, 0)
        _require_whole("image_neighbours", self.image_neighbours, 1)

    @property
    def channels(self) -> int:
        """C, the images of a group."""
        return self.gridsize**2


def choose_images(count: int, settings: OverlapSettings) -> Array:
    """The indices of the images kept out of ``count``, ascending; of a smaller fraction they are a part."""
    kept = math.floor(settings.fraction * count + 0.5)
    return np.sort(_shuffled(count, settings.seed, "images")[:kept])


def choose_groups(positions: Array, settings: OverlapSettings) -> Array:
    """Indices (G, C) into ``positions (M, 2)``: the seed first, then its neighbours by (squared distance, index).

    More groups than positions are drawn only if ``oversample`` says so: then each position is a seed about equally
    often, and its group is drawn from its K nearest. ValueError names the setting that can't be had.
    """
    images, channels = len(positions), settings.channels
    reach = channels - 1 if settings.neighbours is None else settings.neighbours
    groups = images if settings.groups is None else settings.groups
    if channels > 1 and reach >= images:
        raise ValueError(f"neighbours: {reach} of {images} images, at most {images - 1} can be had")
    oversampled = groups > images
    if oversampled:
        _require_oversampling(groups, images, reach, settings)
    seeds = _seeds(groups, images, settings.seed)
    nearest = nearest_others(positions, (reach if oversampled else channels - 1))[seeds]
    if oversampled:
        keys = Stream(settings.seed, "neighbours").uniforms(groups, reach)
        drawn = np.sort(np.argsort(keys, axis=1, kind="stable")[:, : channels - 1], axis=1)
        nearest = np.take_along_axis(nearest, drawn, axis=1)
    return np.concatenate([seeds[:, None], nearest], axis=1)


def _require_oversampling(groups: int, images: int, reach: int, settings: OverlapSettings) -> None:
    more = f"{groups} groups of {images} images"
    if not settings.oversample:
        raise ValueError(f"groups: {more}, more groups than images only with oversample")
    if settings.gridsize == 1:
        raise ValueError(f"gridsize: 1, above 1 is wanted for {more}")
    if reach < settings.channels:
        raise ValueError(f"neighbours: {reach}, at least {settings.channels} (gridsize**2) are wanted for {more}")


def _seeds(groups: int, images: int, seed: int) -> Array:
    """Every image in turn while the groups last, then some of them, drawn."""
    rounds, rest = divmod(groups, images)
    some = np.sort(_shuffled(images, seed, "seeds")[:rest])
    return np.concatenate([np.tile(np.arange(images), rounds), some]).astype(np.int64)


def _shuffled(count: int, seed: int, purpose: str) -> Array:
    return np.argsort(Stream(seed, purpose).uniforms(count), kind="stable")


def _require_whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name}: {value!r}, a whole number of at least {least} is wanted")
