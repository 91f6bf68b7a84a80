"""The law of values: arrays whose numbers are all real, negative, a million times as large or as small, or nothing;
patterns of which one is dark, or a whole group; and positions below zero or far away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import Variant, variants
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.stage import Stage
from parity_suite.laws.coordinates import require_fine
from parity_suite.laws.registry import law
from parity_suite.ptychography.laws.asked import as_the_oracle
from parity_suite.ptychography.learning.architecture import parameters, width_of
from parity_suite.ptychography.pipeline import STAGES


def _fields(stage: Stage) -> tuple[str, ...]:
    """The arrays that are made of other numbers, each in its turn: not what is measured from another one, nor what laws
    of its own move.
    """
    kinds = () if stage.random or stage.exact or stage.multiples else ("complex", "position")
    return tuple(one.name for one in stage.inputs if one.kind in kinds and not (one.origin_of or one.for_blocks))


def _light(stage: Stage) -> tuple[str, ...]:
    """The arrays that are light on a detector, where there may be none; of the last of them nowhere."""
    units = () if stage.random else ("sqrt(count)", "count")
    return tuple(one.name for one in stage.inputs if one.kind == "real" and one.unit in units)


_FIELDS: Final = {stage.name: fields for stage in STAGES if (fields := _fields(stage))}
_LIGHT: Final = {stage.name: fields for stage in STAGES if (fields := _light(stage))}
#: Powers of two, so that nothing is rounded. What is squared may be guarded against zero by a trillionth.
_MUCH: Final = 2.0**20
_LITTLE: Final = {"diffract": 2.0**-20, "scale": 2.0**-20, "loss": 2.0**-20, "stats": 2.0**-20}
_LEAST: Final = 2.0**-40
#: Of a probe whose power may be guarded as well.
_FAINT: Final = 2.0**-10
#: Its exponential is beyond float32.
_SATURATED: Final = 100.0
#: Axes of an array that has no channels.
_OF_IMAGES: Final = 3
_NEARLY: Final = 1 + 2.0**-12
#: Pixels, beyond what 31 and what 32 bits hold.
_FAR: Final = (2.0**31, -(2.0**31), 2.0**32)


@law(
    stages=tuple(_FIELDS | _LIGHT), cases="single", precisions=("float32",), traits=LawTraits(budget_of="statelessness")
)
def values(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Numbers without imaginary part, below zero, a million times as large or as small, none in the first item or in
    one channel of the last; patterns that are dark; no weights, and those that saturate; positions below zero, and far
    away: as the oracle has it.
    """
    require_fine(subject, stage)
    for variant in variants(subject.context, case, stage, subject.rounding):
        yield from as_the_oracle(subject, _with_other_values(subject.context, variant))


@remembered(maxsize=64)
def _with_other_values(_: RunContext, variant: Variant) -> tuple[Variant, ...]:
    return tuple(variant.another(f"{variant.name}, {what}", given) for what, given in _changed(variant))


def _changed(variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    inputs = variant.inputs
    for name in _FIELDS.get(variant.stage, ()):
        # A closed form has no exit waves.
        if inputs[name] is None:
            continue
        made = _placed(inputs[name]) if name == "positions" else _numbered(variant.stage, inputs[name])
        for what, value in made:
            yield f"{name} {what}", {**inputs, name: value.astype(inputs[name].dtype)}
    if variant.stage == "probe":
        # So near to one that who looks whether there is anything to do may say no.
        nearly = inputs["probe"] / np.mean(np.abs(inputs["probe"])) * _NEARLY
        yield "normalised already", {**inputs, "probe": nearly.astype(inputs["probe"].dtype), "probe_scale": 1.0}
    if variant.stage == "network":
        yield from _to_network(inputs)
    light = _LIGHT.get(variant.stage, ())
    for name in light:
        for what, value in _with_dark(inputs[name]):
            yield f"{name} {what}", {**inputs, name: value}
    for name in light[-1:]:
        yield f"no {name}", {**inputs, name: np.zeros_like(inputs[name])}


def _to_network(inputs: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Probes of other powers, under which patterns are as much brighter; and other weights."""
    for what, factor in (("a million times", _MUCH), ("a thousandth", _FAINT)):
        seen = {name: inputs[name] * factor for name in ("probe", "amplitude")}
        yield f"probe and amplitude {what}", {**inputs, **seen}
    for what, value in _weighed(inputs["weights"], inputs["amplitude"].shape[3]):
        yield f"weights {what}", {**inputs, "weights": value}


def _weighed(weights: Array, channels: int) -> Iterator[tuple[str, Array]]:
    """Weights (W,) of a network that gives one whatever it sees, and of one that saturates."""
    biases = np.zeros_like(weights)
    for one in parameters(channels, width_of(len(weights), channels)):
        if one.name.endswith("bias"):
            biases[one.place] = _SATURATED * (-1) ** np.arange(one.stop - one.start)
    yield "of none", np.zeros_like(weights)
    yield "of large biases alone", biases


def _numbered(stage: str, array: Array) -> Iterator[tuple[str, Array]]:
    yield "all real", array.real
    yield "below zero", -np.abs(array)
    yield "a million times", array * _MUCH
    yield "a millionth and less", array * _LITTLE.get(stage, _LEAST)
    yield from _with_dark(array)


def _with_dark(array: Array) -> Iterator[tuple[str, Array]]:
    """Nothing in the first item; and nothing in the first channel of the last one, where there are several."""
    first, channel = array.copy(), array.copy()
    # Of one mode nothing would be left that a norm could be of.
    if len(array) > 1:
        first[:1] = 0
        yield "without the first", first
    if array.ndim > _OF_IMAGES and array.shape[-1] > 1:
        channel[-1:, ..., 0] = 0
        yield "without a channel of the last", channel


def _placed(positions: Array) -> Iterator[tuple[str, Array]]:
    yield "below zero", -positions
    # Those that stay tell what is far from what is left out, or measured from another point.
    every_second = np.arange(len(positions)).reshape(-1, *(1,) * (positions.ndim - 1)) % 2
    for far in _FAR:
        yield f"every second {far:g} pixels away", positions + far * every_second
