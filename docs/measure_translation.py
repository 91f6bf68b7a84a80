"""Writes the tables of ``translation.md``, measured here and now: ``python docs/measure_translation.py``.

Takes about two minutes. ``--print`` prints the tables and leaves the page as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

# Before the frameworks are imported: TensorFlow talks on the way in, and a run of the suite sets the other one too.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from measuring.page import table, write_measured
from measuring.translations import HOW, SIDES, errors, has_offset_gradient, machine, registered, times

from parity_suite.core.stage import PRECISIONS

PAGE = Path(__file__).parent / "translation.md"
ON_RUNNING = (
    "backend",
    "implementation",
    "how it runs",
    "coordinates",
    "gradient of offsets",
    "ms",
    "x copy",
    "NumPy door, ms",
    "first call, s",
)
ON_ERRORS = (
    "backend",
    "implementation",
    *(
        f"{precision}, {what}"
        for precision in PRECISIONS
        for what in ("whole", *(f"fractions, {side} x {side}" for side in SIDES))
    ),
)


def _running() -> Iterator[tuple[str, ...]]:
    for spec, one in registered():
        known = (spec.name, f"`{one.name}`", HOW[spec.name, one.name], one.coordinates)
        if reason := spec.load().missing_implementation(one.name):
            yield *known, "", "", "", "", f"missing here: {reason}"
            continue
        gradient = "yes" if has_offset_gradient(spec.name, one.name) else "no"
        took = times(spec.name, one.name)
        shown = (f"{took.tensors:.0f}", f"{took.ratio:.1f}", f"{took.door:.0f}", f"{took.first:.2g}")
        yield *known, gradient, *shown


def _errors() -> Iterator[tuple[str, ...]]:
    for spec, one in registered():
        here = not spec.load().missing_implementation(one.name)
        cells = (cell for precision in PRECISIONS for cell in errors(spec.name, one, precision)) if here else ()
        yield spec.name, f"`{one.name}`", *cells


def page() -> str:
    """What stands between the markers."""
    # Times first, while nothing else has grown in this process.
    running, wrong = table(ON_RUNNING, _running()), table(ON_ERRORS, _errors())
    load = f"{os.getloadavg()[0]:.1f}"
    where = f"{date.today()}, {machine()}, load {load}, `python docs/measure_translation.py`."
    return "\n\n".join([where, "## How they run", running, "## What they are off by", wrong])


if __name__ == "__main__":
    text = page()
    print(text) if "--print" in sys.argv else write_measured(PAGE, text)
