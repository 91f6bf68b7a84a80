"""Mends that look at a scan before they change it: by name, frames dropped, pixels filled, probe scaled, metres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .excess import excess_of
from .far_field import FarField
from .mends import LOGARITHMS, MENDS, VALUES, normalised_again
from .placement import Placement, fits_elsewhere
from .power import frames_out_of_power
from .reconstruct import whole_object
from .scan import Array, Scan, left_out
from .survey import survey_of
from .suspects import unmeasured_power

DROP: Final = "drop_frames"
FILL: Final = "fill_pixels"
SCALE: Final = "scale_probe"
PIXELS: Final = "pixel_size"
FIT: Final = "fit_positions"

#: Of all names that ``--mend`` takes, those that are not in :data:`~.mends.MENDS`.
REPAIRS: Final = (DROP, FILL, SCALE, PIXELS, FIT)

#: More frames than this part of a scan do not stand apart from it.
MOST_DROPPED: Final = 0.5


def mended(scan: Scan, names: Sequence[str], pixel_size: float | None = None) -> Scan:
    """A scan after the mends of these names, in their order; ``pixel_size`` in metres is for ``pixel_size``.

    Raises ValueError for a name that there is not, a pixel size that is missing, and a mend that has nothing to do.
    """
    for name in names:
        scan = _mended(scan, name, pixel_size)
    return scan


def _mended(scan: Scan, name: str, pixel_size: float | None) -> Scan:
    if name in MENDS:
        changed = MENDS[name](scan)
        return normalised_again(changed) if MENDS[name] in (*VALUES, *LOGARITHMS) else changed
    match name:
        case "drop_frames":
            return without_frames(scan, frames_to_drop(scan))
        case "fill_pixels":
            return _filled(scan)
        case "scale_probe":
            return _scaled(scan)
        case "fit_positions":
            return _fitted(scan)
        case "pixel_size":
            if pixel_size is None or not pixel_size > 0:
                raise ValueError("pixel_size: metres above 0 are wanted, by --pixel-size")
            return replace(scan, positions=scan.positions / pixel_size)
    raise ValueError(f"no mend is called {name!r}; there are {', '.join((*MENDS, *REPAIRS))}")


def frames_to_drop(scan: Scan) -> Array:
    """The indices of frames that stand apart: by their excess, without an object by their power.

    ValueError where there is none, or no rest from which they could stand apart.
    """
    survey = survey_of(scan, every=True)
    apart = excess_of(scan, survey).apart if scan.object is not None else frames_out_of_power(scan, survey)
    if not apart.size or apart.size > MOST_DROPPED * survey.count:
        raise ValueError(f"{DROP}: {apart.size} of {survey.count} frames stand apart from the rest")
    return apart


def without_frames(scan: Scan, dropped: Array) -> Scan:
    """The scan without the frames at these indices."""
    keep = np.ones(len(scan.positions), bool)
    keep[dropped] = False
    before = np.arange(len(keep)) if scan.kept is None else scan.kept

    def patterns() -> Iterator[Array]:
        for place, block in scan.blocks():
            if keep[place].any():
                yield block[keep[place]]

    return replace(scan, positions=scan.positions[keep], patterns=patterns, kept=before[keep])


def _filled(scan: Scan) -> Scan:
    """With the amplitudes that probe and object give in the pixels that did not measure.

    Where there is no object, it is one that explains what the others measured.
    """
    found = excess_of(scan, survey_of(scan))
    lost, scale = left_out(scan, found.lost), np.float32(found.scale)
    if not lost.any():
        raise ValueError(f"{FILL}: every pixel measured")
    if not found.fillable:
        share = unmeasured_power(found.masked_power, found.lost_power)
        raise ValueError(f"{FILL}: {share:.2g} of the power falls on pixels that did not measure, and no scan is left")
    canvas, positions = scan.object, scan.positions
    if canvas is None:
        canvas, positions = whole_object(scan, ~lost)
    field = FarField(scan.probe, canvas)

    def patterns() -> Iterator[Array]:
        for place, block in scan.blocks():
            filled = block.copy()
            filled[:, lost] = scale * field.amplitude(positions[place])[:, lost]
            yield filled

    return replace(scan, patterns=patterns, filled=lost, unmeasured=None)


def _fitted(scan: Scan) -> Scan:
    """With positions under the linear map at which the frames fit the object best."""
    if scan.object is None:
        raise ValueError(f"{FIT}: there is no object that frames could fit")
    survey = survey_of(scan)
    fits = fits_elsewhere(scan, survey, excess_of(scan, survey))
    if not isinstance(fits, Placement):
        raise ValueError(f"{FIT}: no scale, turn or shift of all positions fits better")
    return replace(scan, positions=fits(scan.positions))


def _scaled(scan: Scan) -> Scan:
    """With a probe of the measured power: the scale of probe times object is free."""
    if scan.object is None:
        raise ValueError(f"{SCALE}: the scale of a probe without an object is free")
    return replace(scan, probe=scan.probe * np.float32(survey_of(scan).frames.scale()))
