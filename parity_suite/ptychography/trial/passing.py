"""The survey of a scan while its file is held to the contract, so that a long file is read once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..datasets.frames import FrameJoiner
from .scan import Array, amplitude_of, scan_of
from .start import without_start
from .survey import Survey, Tally


class PassingSurvey:
    """The survey of the scan in a file whose patterns ``name`` of ``shape`` pass by in runs of their elements, beside
    its other arrays.
    """

    def __init__(self, small: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> None:
        self._tally = Tally(without_start(scan_of(small, lambda: iter(()))))
        self._joiner, self._amplitude = FrameJoiner(shape[-2:]), amplitude_of(small, name)

    def take(self, run: Array) -> None:
        """Takes in the next elements."""
        self._add(self._joiner.take(run))

    def survey(self) -> Survey:
        """Of all of them."""
        self._add(self._joiner.rest())
        return self._tally.survey()

    def _add(self, block: Array | None) -> None:
        if block is not None:
            with np.errstate(all="ignore"):
                self._tally.add(self._amplitude(block))
