"""How much the illuminated discs of a scan overlap: within groups, between neighbouring images, between groups.

A dataset can keep every contract and still not be reconstructable, because its discs hardly touch. These figures are
reported and never a gate; refused is only what has no overlap to speak of.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from .dataset import Array
from .discs import disc_overlap, probe_fwhm
from .near_pairs import near_pairs
from .neighbours import nearest_others
from .sampling import OverlapSettings, choose_groups, choose_images

__all__ = ["OverlapMetrics", "OverlapSettings", "Summary", "overlap_metrics"]

#: Beyond it float64 does not tell one pixel from the next.
_FARTHEST: Final = 2.0**53


@dataclass(frozen=True)
class Summary:
    """The overlap fractions of one kind; without any, mean and minimum are None and the status says why."""

    mean: float | None
    minimum: float | None
    count: int
    #: ``ok``, ``gridsize 1`` or ``no pair nearer than the diameter``
    status: str = "ok"

    def line(self, kind: str, unit: str) -> str:
        """For people."""
        if self.mean is None:
            return f"overlap {kind}: none, {self.status}"
        return f"overlap {kind}: mean {self.mean:.3f}, least {self.minimum:.2g} ({self.count} {unit})"


@dataclass(frozen=True, eq=False)
class OverlapMetrics:
    """The overlap of a scan, beside all that it depends on."""

    #: as they were applied: groups, neighbours and diameter are numbers
    settings: OverlapSettings
    #: ``given`` or ``probe fwhm``
    diameter_origin: str
    #: of the scan: positions, and those among them that differ
    positions: int
    unique_positions: int
    #: images that were kept
    images: int
    #: of the seed of a group with its neighbours, the mean over them; one value a group
    per_group: Summary
    #: of a position with its nearest ones, the mean over them; one value a kept position, coinciding ones taken once
    per_image: Summary
    #: of discs at the centres of mass of two groups; one value for every two of the groups whose centres are nearer
    #: than the diameter, those that coincide too
    group_to_group: Summary
    #: (U, 2) [x, y] in pixels: the kept positions, each once
    places: Array
    #: (U,) the overlap of each place
    place_overlap: Array
    #: (G, C) indices into the positions, the seed first
    groups: Array

    def to_json(self) -> dict[str, Any]:
        """One flat object for strict JSON, as the contract ``overlap`` says."""
        summaries = {
            f"{name}_{key}": value
            for name in ("per_group", "per_image", "group_to_group")
            for key, value in asdict(getattr(self, name)).items()
        }
        counts = {name: getattr(self, name) for name in ("positions", "unique_positions", "images")}
        settings = {**asdict(self.settings), "diameter_origin": self.diameter_origin}
        return {"format": 1, "kind": "overlap", **settings, **counts, **summaries}

    def lines(self) -> tuple[str, ...]:
        """What it comes to, for people: the sampling, then a line for each kind of overlap."""
        kept = f"{self.images} of {self.positions} images"
        return (
            f"{kept}, gridsize {self.settings.gridsize}, D = {self.settings.diameter:.4g} px ({self.diameter_origin})",
            self.per_image.line("per image", "positions"),
            self.per_group.line("per group", "groups"),
            self.group_to_group.line("group to group", "pairs"),
        )


def overlap_metrics(
    positions: Array, settings: OverlapSettings | None = None, probe: Array | None = None
) -> OverlapMetrics:
    """The overlap of discs of light at ``positions`` (M, 2) [x, y] in pixels, see :func:`.discs.disc_overlap`.

    ``probe`` (N, N) or (P, N, N) gives the diameter where the settings do not. Nothing depends on where the origin is
    and, while all images are kept, on the order of the positions, but for ties between equally near neighbours.
    ValueError, naming the field, for positions that are not (M, 2) and finite or have fewer than two different ones,
    for settings that the scan can't serve, and where there is no diameter.
    """
    settings = settings or OverlapSettings()
    scan = _checked(positions)
    diameter, origin = _diameter(settings, probe)
    images = choose_images(len(scan), settings)
    kept = scan[images]
    places = np.unique(kept, axis=0)
    _require_enough(len(scan), len(kept), len(places), settings)
    groups = choose_groups(kept, settings)
    near = nearest_others(places, min(settings.image_neighbours, len(places) - 1))
    place_overlap = _to_neighbours(places, np.arange(len(places)), near, diameter)
    per_group = Summary(None, None, 0, "gridsize 1")
    if settings.channels > 1:
        per_group = _summary(_to_neighbours(kept, groups[:, 0], groups[:, 1:], diameter))
    reach = settings.channels - 1 if settings.neighbours is None else settings.neighbours
    return OverlapMetrics(
        settings=replace(
            settings, fraction=float(settings.fraction), groups=len(groups), neighbours=reach, diameter=diameter
        ),
        diameter_origin=origin,
        positions=len(scan),
        unique_positions=len(np.unique(scan, axis=0)),
        images=len(kept),
        per_group=per_group,
        per_image=_summary(place_overlap),
        group_to_group=_between(kept[groups].mean(axis=1), diameter),
        places=places,
        place_overlap=place_overlap,
        groups=images[groups],
    )


def _checked(positions: Array) -> Array:
    if np.iscomplexobj(positions):
        raise ValueError("positions: real numbers are wanted, [x, y] along the last axis")
    scan = np.asarray(positions, np.float64)
    if scan.ndim != 2 or scan.shape[1] != 2:
        raise ValueError(f"positions: (M, 2) is wanted, not {scan.shape}")
    if not len(scan):
        raise ValueError("positions: none")
    bad = np.flatnonzero(~np.isfinite(scan).all(axis=1))
    if bad.size:
        raise ValueError(f"positions: finite values are wanted, not {scan[bad[0]].tolist()} at [{bad[0]}]")
    if np.abs(scan).max() > _FARTHEST:
        raise ValueError(f"positions: {np.abs(scan).max():g} px from the origin, at most 2^53 is wanted")
    return scan


def _diameter(settings: OverlapSettings, probe: Array | None) -> tuple[float, str]:
    if settings.diameter is not None:
        return float(settings.diameter), "given"
    if probe is None:
        raise ValueError("diameter: neither given nor to be had from a probe")
    return probe_fwhm(probe), "probe fwhm"


def _require_enough(total: int, kept: int, places: int, settings: OverlapSettings) -> None:
    """Blames the positions where all were kept, else the fraction."""
    whole = kept == total
    name, found = ("positions", f"{total}") if whole else ("fraction", f"{settings.fraction:g} keeps {kept} of {total}")
    if places < 2:
        raise ValueError(f"{name}: {found}, of which {places} differ; at least 2 are wanted")
    if kept < settings.channels:
        raise ValueError(f"{name}: {found}, fewer than the {settings.channels} of a group (gridsize**2)")


def _to_neighbours(positions: Array, own: Array, others: Array, diameter: float) -> Array:
    """The mean overlap of each of ``own (G,)`` with its ``others (G, K)``; both are indices."""
    x, y = np.moveaxis(positions[own][:, None] - positions[others], 2, 0)
    return np.asarray(disc_overlap(np.sqrt(x * x + y * y), diameter).mean(axis=1))


def _summary(values: Array) -> Summary:
    return _summed(float(values.sum()), float(values.min()), len(values))


def _summed(total: float, least: float, count: int) -> Summary:
    # The mean of equal numbers can be rounded to below them.
    return Summary(max(total / count, least), least, count)


def _between(centres: Array, diameter: float) -> Summary:
    """Over all pairs of ``centres (G, 2)`` nearer than the diameter; of them there may be too many to be kept."""
    places, times = np.unique(centres, axis=0, return_counts=True)
    # Discs that coincide overlap wholly.
    count = int(np.sum(times * (times - 1) // 2))
    total, least = float(count), 1.0
    for distance, pairs in near_pairs(places, times, diameter):
        overlap = disc_overlap(distance, diameter)
        total, count = total + float(np.sum(overlap * pairs)), count + int(pairs.sum())
        least = min(least, float(overlap.min(initial=1.0)))
    if not count:
        return Summary(None, None, 0, "no pair nearer than the diameter")
    return _summed(total, least, count)
