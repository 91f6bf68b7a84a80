"""What is odd about a scan by its statistics alone, each with the number that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .statistics import Statistics
from .suspects import MOST_FILLED, listed, told
from .verdict import Reason, TrialVerdict

#: Correlation of the mean pattern with the probe's far field: right ones have 0.96 or more, in the corner -0.3 to 0.07.
CORRELATED: Final = 0.8
#: Photons in all for each pixel of a pattern, below which their noise alone takes it below that: 1000 photons on
#: 128 x 128 pixels have 0.73.
ENOUGH_PHOTONS: Final = 1.0
#: What a scan has once its patterns are moved from the corner, or its probe is known to be right.
WELL_CORRELATED: Final = 0.9
#: Power of the middle frame over the probe's: the scale is free, specimens that absorb leave 0.57, and 4 is fair.
MOST_POWER: Final = 4.0
#: and so little of it that amplitudes of 1000 photons still pass beside the probe of a million.
LEAST_POWER: Final = 1e-3
#: The probe's power on pixels that are always dark: right ones have 0.0001 at most, one frame alone or many.
DARK_POWER: Final = 0.002
#: Pixels that share the greatest amplitude: right scans have 1, and by chance some.
CLIPPED: Final = 30


def oddities(found: Statistics, *, sighted: bool) -> Iterator[Reason]:
    """What is odd; of a scan with an object only what that does not tell better."""
    yield from _of_values(found)
    if found.probe_in_corner:
        words = "the probe lies in the corners of its array, as where its middle was moved there for a transform"
        yield Reason("probe", TrialVerdict.REFUSED, words)
    if found.unread:
        words = f"{', '.join(found.unread)}: no reader here knows what to do with it"
        yield Reason("unread", TrialVerdict.SUSPECT, words)
    if found.metres:
        words = "all positions lie within a pixel or few, as in metres; --pixel-size SIZE brings them to pixels"
        yield Reason("metres", TrialVerdict.REFUSED, words)
    if found.copies.size:
        words = f"frames hold the very counts of earlier ones at other positions: {listed(found.copies)}"
        yield Reason("copies", TrialVerdict.SUSPECT, words, {"frames": int(found.copies.size)})
    if found.scattered:
        yield Reason("scattered", TrialVerdict.SUSPECT, "no patch shares a pixel with another")
    if not sighted:
        yield from _of_patterns(found)


def _of_values(found: Statistics) -> Iterator[Reason]:
    if found.squares:
        words = "there are 1 and 4 photons in a pixel and never 2 or 3, as where counts are squared"
        yield Reason("squares", TrialVerdict.REFUSED, words)
    if found.rounded:
        words = "amplitudes are whole numbers and as bright as the probe, as where they are rounded"
        yield Reason("rounded", TrialVerdict.SUSPECT, words)
    if found.roots:
        words = "photons in a pixel are not whole but as squares, as where a root is taken twice"
        yield Reason("roots", TrialVerdict.REFUSED, words)
    if found.logarithm:
        words = "photons in a pixel are whole once a logarithm of one and their root, or them, is undone"
        yield Reason("logarithm", TrialVerdict.REFUSED, words)
    if found.clipped >= CLIPPED:
        words = f"{found.clipped} pixels hold the one greatest value, as where a detector is saturated"
        yield Reason("clipped", TrialVerdict.SUSPECT, words, {"pixels": found.clipped})


def _of_patterns(found: Statistics) -> Iterator[Reason]:
    if in_corner(found):
        words = f"zero frequency lies in the corner: from there the mean pattern is the probe's to {found.corner:.2g}"
        yield Reason("corner", TrialVerdict.REFUSED, words, {"correlation": found.correlation, "corner": found.corner})
    elif found.correlation < CORRELATED and found.photons > ENOUGH_PHOTONS:
        words = f"the mean pattern correlates {found.correlation:.2g} with the probe's, {CORRELATED:g} or more is usual"
        yield Reason("correlation", TrialVerdict.SUSPECT, words, {"correlation": found.correlation})
    if found.power < LEAST_POWER:
        words = f"a pattern has {found.power:.3g} times the power of the probe, which no specimen takes away"
        yield Reason("power", TrialVerdict.SUSPECT, words, {"power": found.power})
    if found.power > MOST_POWER:
        words = f"a pattern has {found.power:.3g} times the power of the probe, as intensities for amplitudes do"
        yield Reason("power", TrialVerdict.SUSPECT, words, {"power": found.power})
    if pixels_lost(found) and not in_corner(found):
        verdict = TrialVerdict.REFUSED if found.correlation >= WELL_CORRELATED else TrialVerdict.SUSPECT
        share = found.lost_power
        words = told(found.lost, share, found.stuck_power, "probe's")
        yield Reason("pixels", verdict, words, {"pixels": int(found.lost.sum()), "power": share})
    if found.masked_power > DARK_POWER:
        yield masked(found.masked_power, "probe's")
    if found.apart.size:
        words = f"frames are dark or far too bright: {listed(found.apart)}"
        yield Reason("frames", TrialVerdict.REFUSED, words, {"frames": int(found.apart.size)})


def masked(share: float, whose: str) -> Reason:
    """That the file leaves out pixels on which this share of the power falls: ``computed``, or of the ``probe``."""
    words = f"its mask leaves out {share:.2g} of the {whose} power, which stages take for darkness: none knows a mask"
    if share > MOST_FILLED:
        words = f"its mask leaves out {share:.2g} of the {whose} power: true is for a pixel that measured"
        return Reason("mask", TrialVerdict.REFUSED, words, {"power": share})
    return Reason("mask", TrialVerdict.SUSPECT, words, {"power": share})


def pixels_lost(found: Statistics) -> bool:
    """Whether pixels that did not measure matter."""
    return max(found.lost_power, found.stuck_power) > DARK_POWER


def in_corner(found: Statistics) -> bool:
    """Whether the patterns are like the probe's far field once their corner is moved to the middle."""
    return found.correlation < CORRELATED and found.corner >= WELL_CORRELATED
