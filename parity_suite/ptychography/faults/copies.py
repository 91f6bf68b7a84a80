"""Methods beside that of a stage through which it is reached, as a copy of a backend with a fault in it has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.faults.broken import watched
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.ptychography.protocol import Trace


class StreamFault(Fault):
    """A mistake in ``reassemble_stream``; where everything comes at once it is right."""

    @classmethod
    def doors(cls) -> tuple[str, ...]:
        return (*super().doors(), "reassemble_stream")

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)

    def stream(self, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
        """The wrong result for one chunk or more; ``ask`` is the right ``reassemble``."""
        raise NotImplementedError


def at_once(fault: Fault, ask: Ask, chunks: Sequence[tuple[Array, Array]], rest: Given) -> Any:
    """The wrong result of ``reassemble_stream`` for one chunk or more; ``ask`` is the right ``reassemble``."""
    given = {
        "patches": np.concatenate([patches for patches, _ in chunks]),
        "positions": np.concatenate([positions for _, positions in chunks]),
        "batch": None,
        **rest,
    }
    return fault.answer(ask, given)


def reassemble_stream(self: Any, chunks: Iterable[tuple[Array, Array]], centre: Array, canvas: tuple[int, int]) -> Any:
    def ask(inputs: Mapping[str, Any]) -> Any:
        return self._right.reassemble(**inputs)

    pieces = list(chunks)
    if not pieces:
        return self._right.reassemble_stream(pieces, centre, canvas)
    with watched(type(self._fault)):
        fault = self._fault
        stream = fault.stream if isinstance(fault, StreamFault) else partial(at_once, fault)
        return stream(ask, pieces, {"centre": centre, "canvas": canvas})


def translation_trace(self: Any, calls: Sequence[tuple[Array, Array]]) -> Trace:
    """The right instance is the one that counts what it makes, so it is asked, with the wrong ``translate``."""
    asked = copy(self._right)
    asked.translate = self.translate
    trace: Trace = asked.translation_trace(calls)
    return trace
