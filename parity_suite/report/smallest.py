"""The smallest input that shows a failure, as its folder keeps it, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from parity_suite.core.finding import Finding, Verdict

if TYPE_CHECKING:
    from parity_suite.replay.folder import Kept

#: Numbers of an input that a person takes in at a glance.
_MOST_NUMBERS: Final = 16


def kept_failure(finding: Finding, *places: Path) -> Kept | None:
    """The folder of a failure that is one call, the first of ``places`` that is one; None where none is, or is of
    another check.
    """
    if not finding.replay.folder or finding.verdict is Verdict.ERROR:
        return None
    from parity_suite.replay.folder import UnfitFolder, read_folder

    for place in places:
        try:
            kept = read_folder(place)
        except (UnfitFolder, OSError):
            continue
        if len(kept.calls) == 1 and kept.facts["check"] == finding.check:
            return kept
    return None


def smallest_lines(kept: Kept) -> Iterator[str]:
    """The input beside what was given and wanted, where a person can read them at a glance."""
    inputs = kept.calls[0].inputs
    if not 0 < sum(np.size(value) for value in inputs.values()) <= _MOST_NUMBERS:
        return
    yield "smallest input: " + ", ".join(f"{name} {shown_values(value)}" for name, value in inputs.items())
    for name, want in kept.arrays["expected"].items():
        got = kept.arrays["got"].get(name)
        if got is not None and np.size(want) <= _MOST_NUMBERS and not np.array_equal(got, want):
            label = f"{name}: " if len(kept.arrays["expected"]) > 1 else ""
            yield f"{label}got {shown_values(got)}, wanted {shown_values(want)}"


def shown_values(value: Any) -> str:
    """Values in one line, axes of one element left out."""
    array = np.squeeze(np.asarray(value))
    if array.dtype.kind not in "biufc":
        return str(value)
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    return " ".join(
        np.array2string(array, precision=4, suppress_small=True, separator=", ", floatmode="maxprec").split()
    )
