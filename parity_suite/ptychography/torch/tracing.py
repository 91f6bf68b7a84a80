"""Which implementation of ``translate`` ran, by PyTorch's own profiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch.autograd.profiler import profile

from parity_suite.ptychography.protocol import Trace

#: The operation by which each implementation is known.
_SIGNATURES: Final = {
    "aten::gather": "gather_eager",
    "aten::grid_sampler": "grid_sample",
    "## Call CompiledFxGraph": "gather_compiled",
}


def trace(run: Callable[[], None]) -> Trace:
    """What PyTorch recorded while ``run`` ran; graphs that dynamo captured are counted, each compiled once."""
    before = _graphs()
    with profile(use_kineto=True) as recorded:
        run()
    names = {event.name for event in recorded.function_events}
    found = {name: signature for name in names for signature in _SIGNATURES if name.startswith(signature)}
    ran = {_SIGNATURES[signature] for signature in found.values()}
    made = _graphs() - before
    return Trace(tuple(sorted(ran)), tuple(sorted(set(found.values()))), made, made)


def _graphs() -> int:
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])
