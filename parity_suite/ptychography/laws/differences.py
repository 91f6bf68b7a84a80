"""The objective's gradient against central differences of the oracle in float64, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.own_vjp import own_vjp
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Bound
from parity_suite.core.about import About
from parity_suite.ptychography.learning.architecture import parameters, width_of
from parity_suite.ptychography.oracle import Oracle

#: Relative step; with the fourth-order formula its error is some h^4 beside eps / h of round-off.
_STEP: Final = 2e-4
#: What the differences themselves are good for: measured at 2e-9 between step sizes of 1e-4 and 4e-4.
_LIMITS: Final = {"float64": 1e-6, "float32": 1e-3}


def along_differences(subject: Subject, variant: Variant, only: str = "") -> Iterator[Bound]:
    """The gradient of the loss with respect to every parameter, the scale and the probe, or ``only`` one of them, along
    a random direction and along the steepest element of each.
    """
    given = ("scale", "probe")
    if only not in given:
        yield from _by_weights(subject, variant, only)
    for name in (one for one in given if only in ("", one)):
        got = _vjp(subject, variant, name)
        direction = _direction(np.shape(variant.inputs[name]), np.iscomplexobj(variant.inputs[name]))
        size = float(np.sqrt(np.mean(np.abs(variant.inputs[name]) ** 2)))
        yield _along(subject, variant, name, name, got, size * direction)


def _by_weights(subject: Subject, variant: Variant, only: str) -> Iterator[Bound]:
    got = _vjp(subject, variant, "weights").astype(np.float64)
    channels = variant.inputs["counts"].shape[3]
    for one in parameters(channels, width_of(len(got), channels)):
        if only not in ("", one.name):
            continue
        whole, steepest = np.zeros(len(got)), np.zeros(len(got))
        whole[one.place] = _direction((one.stop - one.start,), False)
        steepest[one.start + int(np.argmax(np.abs(got[one.place])))] = 1.0
        yield _along(subject, variant, "weights", one.name, got, whole)
        yield _along(subject, variant, "weights", f"{one.name}, steepest", got, steepest)


def _along(subject: Subject, variant: Variant, name: str, label: str, got: Array, direction: Array) -> Bound:
    """The derivative along a direction beside that of the oracle; relative to gradient times direction."""
    want = _difference(variant, name, direction)
    inner = float(np.real(np.vdot(got, direction)))
    part = got[np.abs(direction) > 0] if np.ndim(got) else got
    scale = float(np.linalg.norm(part) * np.linalg.norm(direction)) or abs(want) or 1.0
    return Bound(
        f"d poisson_nll / d {label} ({variant.name})",
        abs(inner - want) / max(scale, abs(want)),
        _LIMITS[subject.precision],
        "central difference of the oracle",
        about=About("poisson_nll", name, variant.name),
    )


def _difference(variant: Variant, name: str, direction: Array) -> float:
    """The fourth-order central difference of the oracle's loss along a direction."""

    def at(step: float) -> float:
        start = np.asarray(variant.inputs[name], np.result_type(variant.inputs[name], np.float64))
        moved = start + step * direction
        value = float(moved) if moved.ndim == 0 else moved
        return float(Oracle().objective(**{**variant.arguments, name: value})["poisson_nll"])

    h = _STEP
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def _vjp(subject: Subject, variant: Variant, name: str) -> Array:
    inputs: dict[str, Any] = dict(variant.inputs)
    return np.asarray(own_vjp(subject, variant.stage, inputs, "poisson_nll", name, np.float64(1.0)))


def _direction(shape: tuple[int, ...], complex_: bool) -> Array:
    bits = np.random.Generator(np.random.PCG64(int(np.prod(shape, dtype=int)) + 1))
    out = bits.standard_normal(shape)
    return np.asarray(out + 1j * bits.standard_normal(shape)) if complex_ else np.asarray(out)
