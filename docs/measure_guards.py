"""Writes the tables of ``guards.md``, measured here and now: ``python docs/measure_guards.py``.

Takes about 20 s of one core. ``--print`` prints them and leaves the page as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Before TensorFlow is imported: it talks on the way in.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from measuring.networks import BACKENDS, Network, broken, canvas, measured, networks, outputs, span
from measuring.page import table, write_measured
from measuring.row import number

from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.sizes import GUARDED, gridsize_of

CONTEXT = RunContext()

PAGE = Path(__file__).parent / "guards.md"
ON_PATCHES = (
    "var_zero_mean",
    "mean",
    "relative_variance",
    "variance_ratio",
    "modulus_ratio",
    "peak_share",
    "train_eval",
)
ON_CANVAS = ("canvas_correlation", "canvas_phase_error", "canvas_phase_ssim", "canvas_upright", "canvas_unconjugated")


def thresholds() -> str:
    """Every threshold of the contract, with what it is and where it comes from."""
    limits = CONTEXT.part(Thresholds).of("").values()
    head = ("quantity", "at least", "at most", "what it is", "origin")
    return table(head, ((f"`{t.name}`", _limit(t.minimum), _limit(t.maximum), t.doc, t.origin) for t in limits))


def _limit(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def measurements() -> str:
    """Two tables a gridsize."""
    parts = []
    for case in GUARDED:
        found = [network for spec in BACKENDS for network in networks(spec, case)]
        found += outputs(found[0].patches)
        parts.append(f"### gridsize {gridsize_of(case)}, patches, least .. greatest")
        parts.append(table(("network", "path", *map("`{}`".format, ON_PATCHES), "breaks"), _patches(found, case)))
        parts.append(f"### gridsize {gridsize_of(case)}, stitched canvas")
        parts.append(table(("network", "path", *map("`{}`".format, ON_CANVAS), "breaks"), _canvases(found, case)))
    return "\n\n".join(parts)


def _patches(found: list[Network], case: Case) -> Iterator[tuple[str, ...]]:
    for network in found:
        values = measured(network, case)
        cells = (span(values[name]) if name in values else "" for name in ON_PATCHES)
        yield network.name, _path(network), *cells, _names(broken(network, case))


def _canvases(found: list[Network], case: Case) -> Iterator[tuple[str, ...]]:
    for network in found:
        if network.mode == "training":
            continue
        try:
            values, red = canvas(network, case)
        except ValueError as refusal:
            yield network.name, _path(network), *("" for _ in ON_CANVAS), f"refused: {refusal}"
        else:
            yield network.name, _path(network), *(number(values[name]) for name in ON_CANVAS), _names(red)


def _path(network: Network) -> str:
    return f"{network.origin}, {network.mode}"


def _names(red: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in red) or "none"


def page() -> str:
    """What stands between the markers."""
    return "\n\n".join(["## Thresholds", thresholds(), "## Measured", measurements()])


if __name__ == "__main__":
    text = page()
    print(text) if "--print" in sys.argv else write_measured(PAGE, text)
