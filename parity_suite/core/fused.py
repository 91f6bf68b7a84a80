"""A fused stage: one method that does what a chain of stages does, as a stage of its own.

Its name, ``illuminate+diffract``, says the whole chain, so that every process knows it and two backends that fuse the
same stages are asked the same. What holds of it follows from the data of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import lcm
from typing import Final

from parity_suite.core.stage import Field, Parameter, Stage

#: Between the stages of a chain, in the name of what does all of them.
JOINT: Final = "+"

_OF_PARTS: Final = "numbers are stored of its parts, to which it is held"


def fused_stage(parts: Sequence[Stage]) -> Stage:
    """The stage that does these one after another: it takes what they take and none before them gives, and returns what
    the last one does. ``ValueError`` where they cannot be a chain of that kind.
    """
    _require_chain(parts)
    inputs = tuple(_inputs(parts))
    items = parts[0].items if len({part.items for part in parts}) == 1 else ""
    axes = {axis for one in inputs for axis in one.axes}
    stage = Stage(
        JOINT.join(part.name for part in parts),
        inputs,
        parts[-1].outputs,
        f"{', then '.join(part.name for part in parts)}, in one.",
        items=items if items in axes else "",
        permuted=tuple(a for a in parts[0].permuted if a in axes and all(a in part.permuted for part in parts)),
        may_be_empty=tuple(a for a in parts[0].may_be_empty if all(a in part.may_be_empty for part in parts)),
        exempt={law: why for part in parts for law, why in part.exempt.items()} | {"snapshot": _OF_PARTS},
        replaces=tuple(part.name for part in parts),
        exact=all(part.exact for part in parts),
        multiples={axis: factor for axis in sorted(axes) if (factor := _factor(parts, axis)) > 1},
        both_modes=any(part.both_modes for part in parts),
        quick_modes=all(part.quick_modes for part in parts),
        parameters=tuple(_parameters(parts)),
    )
    return replace(stage, linear_in=tuple(_linear(parts, inputs)), differentiable=tuple(_differentiable(parts, inputs)))


def _factor(parts: Sequence[Stage], axis: str) -> int:
    """What the size of an axis must be a multiple of for all of them."""
    return lcm(*(part.multiples.get(axis, 1) for part in parts))


def _require_chain(parts: Sequence[Stage]) -> None:
    given: set[str] = set()
    for place, part in enumerate(parts):
        if part.random or part.of_model or not part.is_method:
            kind = "is random" if part.random else "acts on a model" if part.of_model else "is not one method"
            raise ValueError(f"{part.name} {kind} and is part of no chain")
        if place and not given & set(part.arguments):
            raise ValueError(f"{part.name} takes nothing that the stages before it give")
        given |= {one.name for one in part.outputs}


def _inputs(parts: Sequence[Stage]) -> Iterator[Field]:
    """Each once, optional where it is so wherever it is taken."""
    given: set[str] = set()
    found: dict[str, Field] = {}
    for part in parts:
        for one in part.inputs:
            if one.name not in given and (one.name not in found or not one.optional):
                found[one.name] = one
        given |= {one.name for one in part.outputs}
    for one in found.values():
        yield one if one.origin_of in found else replace(one, origin_of="")


def _parameters(parts: Sequence[Stage]) -> Iterator[Parameter]:
    yield from {one.name: one for part in parts for one in part.parameters if not one.law}.values()


def _linear(parts: Sequence[Stage], inputs: Sequence[Field]) -> Iterator[str]:
    """The inputs in which the first output is linear, as far as each step is linear in one thing that depends on it."""
    for one in inputs:
        linear: set[str] = {one.name}
        for part in parts:
            moved = linear & set(part.arguments)
            if len(moved) > 1 or not moved <= set(part.linear_in) or (moved and not part.single):
                break
            linear = (linear - {out.name for out in part.outputs}) | ({part.outputs[0].name} if moved else set())
        else:
            if parts[-1].outputs[0].name in linear:
                yield one.name


def _differentiable(parts: Sequence[Stage], inputs: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """The pairs of which every way from the input to the output is differentiable."""
    for out, one in product(parts[-1].outputs, inputs):
        smooth, rough = {one.name}, set[str]()
        for part in parts:
            moved, lost = smooth & set(part.arguments), rough & set(part.arguments)
            names = {made.name for made in part.outputs}
            held = {name for name in names if moved and not lost and _all_smooth(part, name, moved)}
            smooth, rough = (smooth - names) | held, (rough - names) | (names - held if moved or lost else set())
        if out.name in smooth:
            yield out.name, one.name


def _all_smooth(part: Stage, output: str, moved: set[str]) -> bool:
    return all((output, wrt) in part.differentiable for wrt in moved)
