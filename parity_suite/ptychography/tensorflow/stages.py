"""Every stage's kernel but that of ``translate``, and how arguments become tensors, open axes and plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field
from parity_suite.ptychography.tensorflow import reassembly_xla
from parity_suite.ptychography.tensorflow.bilinear import extract
from parity_suite.ptychography.tensorflow.diffraction import diffract
from parity_suite.ptychography.tensorflow.grouping import group
from parity_suite.ptychography.tensorflow.layouts import layout
from parity_suite.ptychography.tensorflow.losses import loss
from parity_suite.ptychography.tensorflow.network import network
from parity_suite.ptychography.tensorflow.objective import objective
from parity_suite.ptychography.tensorflow.poisson import observe
from parity_suite.ptychography.tensorflow.probes import illuminate, probe
from parity_suite.ptychography.tensorflow.reassembly import reassemble
from parity_suite.ptychography.tensorflow.scaling import scale
from parity_suite.ptychography.tensorflow.statistics import stats

KERNELS: Final[Mapping[str, Callable[..., Any]]] = {
    kernel.__name__: kernel
    for kernel in (
        probe,
        group,
        layout,
        extract,
        illuminate,
        diffract,
        scale,
        observe,
        network,
        reassemble,
        loss,
        objective,
        stats,
    )
}

#: The same under XLA.
COMPILED: Final[Mapping[str, Callable[..., Any]]] = {
    **KERNELS,
    "reassemble": reassembly_xla.reassemble,
    "objective": partial(objective, reassemble=reassembly_xla.reassemble),
}

#: Axes whose size changes from call to call: one graph serves them all.
_OPEN: Final = ("B", "M", "R")
_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "integer": int,
    "flag": bool,
    "text": str,
    "shape": lambda sizes: tuple(map(int, sizes)),
}


def is_traced(field: Field) -> bool:
    """Whether a value goes into a graph as a tensor, so that another value is no other graph."""
    return field.is_array or field.kind == "scalar" or field.name == "seed"


def open_axes(stage: str, name: str, rank: int) -> tuple[int, ...]:
    """The axes of an argument whose size is left open in a graph."""
    axes = next((field.axes for field in BY_NAME[stage].inputs if field.name == name), ())
    if axes == ("*",):
        return (0,) if rank > 2 else ()
    return tuple(i for i, axis in enumerate(axes) if axis in _OPEN)


def plain(field: Field, value: Any) -> Any:
    """A value that is fixed in a graph, hashable."""
    return _PLAIN[field.kind](value)
