"""Light on every pixel that does not come from probe and object: what a dark measurement would have taken off."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np

from .excess import Excess
from .scan import Array, Scan, left_out
from .survey import Survey
from .verdict import Reason, TrialVerdict

#: Of the computed power, what a background has from which on it matters: of the measured star 0.0033 is left in the
#: dark where there is an object.
_MATTERS: Final = 0.01
#: and what a short reconstruction leaves of it there: it explains a part, of 0.03 all but 0.006 to 0.022.
_UNEXPLAINED: Final = 0.003
#: The pixels that are looked at: those on which least is computed.
_DARKEST: Final = 1 / 4
#: Standard errors of the counts there that are no chance.
_SURE: Final = 6.0
#: The part of an excess that the background makes where it is what is wrong.
_EXPLAINS: Final = 1 / 3
#: The hundredth darkest over the fourth darkest part of pixels: of a background that lies on all 0.78 or more, of light
#: that specimens scatter 0.5 at most.
_EVEN: Final = 0.65
_EVEN_AMONG: Final = (0.01, 0.25)


def darkest(computed: Array, kept: Array) -> Array:
    """(N, N) bool: of the pixels that are ``kept (N, N)``, those on which least is computed."""
    found = np.zeros(computed.shape, bool)
    places = np.flatnonzero(kept)
    order = places[np.argsort(computed.flat[places], kind="stable")]
    found.flat[order[: int(_DARKEST * len(order))]] = True
    return found


def share_of_background(measured: Array, computed: Array, kept: Array) -> float:
    """What the darkest pixels hold beyond what is computed, if all do so, over the computed power.

    ``measured`` and ``computed`` power, and which pixels are ``kept``, are (N, N).
    """
    dark, total = darkest(computed, kept), float(computed[kept].sum())
    if not dark.any() or not total > 0:
        return 0.0
    return float(np.mean(measured[dark] - computed[dark])) * int(np.count_nonzero(kept)) / total


def background_under(scan: Scan, survey: Survey, found: Excess) -> Reason | None:
    """What is said of light that a scan with an object holds on every pixel; None where that is little or chance, or
    does not explain why the patterns are not what they should be.
    """
    kept = ~left_out(scan, found.lost)
    measured, computed = survey.pixels.power / found.scale**2, survey.pixels.computed
    share = share_of_background(measured, computed, kept)
    seen = computed[kept]
    even = np.sqrt(seen + max(share, 0.0) * seen.mean()) - np.sqrt(seen)
    if float(np.sum(even**2)) < _EXPLAINS * found.typical * float(seen.sum()):
        return None
    return _reason(share, "probe and object do not give", kept, scan, survey)


def background_without_object(scan: Scan, survey: Survey, kept: Array, unexplained: float) -> Reason | None:
    """The same without an object: where the pixels that are ``kept (N, N)`` all hold light, and a reconstruction leaves
    so much ``unexplained`` of that in the dark.
    """
    around = [np.roll(survey.pixels.power, way, axis=(0, 1)) for way in product((-1, 0, 1), repeat=2)]
    power = np.mean(around, axis=0)[kept]
    if not power.size or not power.mean() > 0 or not unexplained > _UNEXPLAINED:
        return None
    least, dark = np.quantile(power, _EVEN_AMONG)
    if least <= _EVEN * dark:
        return None
    return _reason(float(dark / power.mean()), "no object gives", kept, scan, survey)


def _reason(share: float, unknown: str, kept: Array, scan: Scan, survey: Survey) -> Reason | None:
    photons = float(survey.pixels.power[kept].sum()) * scan.counts_per_power * survey.judged
    if not share > _MATTERS or photons * _DARKEST * share < _SURE**2:
        return None
    words = f"every pixel holds light that {unknown}, {share:.2g} of the power in all: a background"
    return Reason("background", TrialVerdict.SUSPECT, words, {"share": share})
