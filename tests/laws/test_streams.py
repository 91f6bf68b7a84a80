"""What is stitched from chunks is held to the contract of a reassembly, and its canvas is compared, by every law that
asks for a stream.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from plain import spec_of
from test_laws_on_numpy import _LEARNED, _checks
from whole import Knowing, Whole

from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.runner import Runner
from parity_suite.selftest.sieve import no_shrinking, sifting

CONTEXT = RunContext()

#: The quick laws that ask for a stream, as ``stage.law``, and what is blamed where it breaks its contract.
LAWS: Final = {
    "reassemble.streaming": "reassemble",
    "reassemble.crowd": "reassemble",
    "reassemble.remainders": "reassemble",
    "translate.journey": "reassemble",
    "infer.streaming": "infer",
    "infer.remainders": "infer",
    "infer.truth": "infer",
}

Spoil = Callable[[Mapping[str, Any]], Any]
WRONG_CANVAS: Final[Mapping[str, Spoil]] = {
    "regularised": lambda got: {**got, "canvas": got["numerator"] / (got["count"] + got["count"].dtype.type(0.01))},
    "threefold": lambda got: {**got, "canvas": 3 * got["canvas"]},
    "undivided": lambda got: {**got, "canvas": got["numerator"]},
}
BREACHES: Final[Mapping[str, tuple[Spoil, str]]] = {
    "double": (lambda got: {**got, "canvas": got["canvas"].astype(complex)}, "canvas: dtype: found complex128"),
    "corner": (lambda got: {**got, "canvas": _without_a_corner(got["canvas"])}, "canvas: finite: found (nan"),
    "wide": (lambda got: {k: np.pad(v, ((0, 0), (0, 1))) for k, v in got.items()}, "numerator: shape: found ("),
    "bare": (lambda got: got["canvas"], "returned ndarray, not a mapping"),
}


def _without_a_corner(canvas: Any) -> Any:
    spoilt = canvas.copy()
    spoilt[0, 0] = np.nan
    return spoilt


@cache
def _wrong(name: str, right: type[Whole]) -> type[Whole]:
    """A backend whose streams alone are wrong."""
    spoil = WRONG_CANVAS[name] if name in WRONG_CANVAS else BREACHES[name][0]

    def reassemble_stream(self: Any, *given: Any) -> Any:
        return spoil(right.reassemble_stream(self, *given))

    def reassemble(self: Any, patches: Any, positions: Any, centre: Any, canvas: Any, batch: Any = None) -> Any:
        return right.reassemble(self, patches, positions, centre, canvas)

    doors = {"reassemble": reassemble, "reassemble_stream": reassemble_stream, "__module__": __name__}
    made = type(f"{right.__name__}_{name}", (right,), doors)
    setattr(sys.modules[__name__], made.__name__, made)
    return made


def _finding(key: str, name: str) -> Finding:
    right = Knowing if tuple(key.split(".")) in _LEARNED else Whole
    with no_shrinking():
        return Runner(CONTEXT, sifting()).run(replace(_checks()[key][0], specs=(spec_of(_wrong(name, right)),)))


# The law of truth takes the scale out, and asks for a correlation alone.
@pytest.mark.parametrize("name", WRONG_CANVAS)
@pytest.mark.parametrize("key", [key for key in LAWS if key != "infer.truth"])
def test_a_canvas_that_is_not_the_sum_over_its_count_is_red(key: str, name: str) -> None:
    found = _finding(key, name)
    assert found.verdict is Verdict.SEMANTIC, found.reason
    assert found.blame == LAWS[key]


@pytest.mark.parametrize("name", BREACHES)
@pytest.mark.parametrize("key", LAWS)
def test_a_stream_is_held_to_the_contract_of_a_reassembly(key: str, name: str) -> None:
    found = _finding(key, name)
    assert (found.verdict, found.blame) == (Verdict.CONTRACT, LAWS[key]), found.reason
    assert BREACHES[name][1] in found.reason
