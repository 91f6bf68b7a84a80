"""The law of refusal: input that breaks the contract meets one clear error that names the field."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import NotProvided, OutsideCapability
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import Subject
from parity_suite.backends.troubles import LeftOut, Troubles
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import variants
from parity_suite.compare.deviation import BrokenRule, Outcome, exactly, meaning
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.core.stage import Field
from parity_suite.core.way import Rule
from parity_suite.laws.registry import law

Damage = tuple[str, str, dict[str, Any]]


@law(
    stages=lambda stage: True,
    cases="single",
    precisions=("float32",),
    traits=LawTraits(
        means=(Kind.REFUSAL, "damaged input is not refused by name"), by_rules=True, at_a_glance="refuses"
    ),
)
def refusal(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Wrong rank, dtype, axis, count, NaN, infinity, empty where not allowed: a ValueError or TypeError naming
    the field, which leaves what is set for the whole process as it was.
    """
    held = refusing(subject, stage)
    variant = variants(subject.context, case, stage, subject.rounding)[0]
    subject(stage, variant.inputs)

    def ask() -> list[tuple[str, str, str]]:
        return [
            (field, what, refuses(subject, stage, field, inputs))
            for field, what, inputs in damages(stage, variant.inputs)
            if field in held and not any(inputs.get(option) is not None for option in case.without)
        ]

    with changed_settings() as changed:
        tried = ask()
    for field, what, problem in tried:
        if problem:
            yield BrokenRule(f"{field} {what}: {problem}", "contract", what, field, Cause.NOT_REFUSED)
    left = lasting(changed, ask) if changed else []
    yield meaning(Kind.STATE, exactly("settings of the process that refusals changed", ", ".join(left), ""))
    yield exactly("damaged inputs refused", sum(not problem for *_, problem in tried), len(tried), "contract")


def refusing(subject: Subject, stage: str) -> Collection[str]:
    """The inputs of a stage of which a backend refuses what breaks their contract by itself: all, unless it declares
    otherwise; ``OutsideCapability`` where there are none.
    """
    names = _refusing(subject, stage)
    if not names:
        raise OutsideCapability(subject.cls, f"{stage} without refusals")
    return names


def _refusing(subject: Subject, stage: str) -> Collection[str]:
    declared = subject.limits.refuses
    return BY_NAME[stage].arguments if declared is None else declared.get(stage, ())


def refuses(subject: Subject, stage: str, field: str, inputs: Mapping[str, Any], instance: Any = None) -> str:
    """Empty where the input is refused by name, by ``instance`` if one is given, or where the backend declares that it
    refuses none of that field; else what happened instead.
    """
    if field not in _refusing(subject, stage):
        subject.context.part(LeftOut).add(OutsideCapability(subject.cls, f"{stage} without refusals of {field}"))
        return ""
    try:
        with subject.context.part(Troubles).noted() as broken, warnings.catch_warnings():
            # Of a damage that was put in here nobody need be warned.
            warnings.simplefilter("ignore")
            subject(stage, inputs, instance=instance, damaged=True)
    except NotProvided as problem:
        return f"not refused ({problem})"
    except (ValueError, TypeError) as refusal:
        return "" if field in str(refusal) else f"refused without naming {field}: {str(refusal)[:120]!r}"
    except Exception as crash:
        return f"met {type(crash).__name__} instead of a refusal: {str(crash)[:120]!r}"
    return f"not refused ({_first_of(broken[0])})" if broken else "accepted"


def _first_of(problem: BaseException) -> str:
    """What is said of the first rule that an answer breaks, and how many more: each damage would say them all again."""
    rules: Sequence[Rule] = getattr(problem, "rules", ())
    more = f", and {len(rules) - 1} more" if len(rules) > 1 else ""
    return f"{rules[0].message}{more}" if rules else str(problem)


def damages(stage: str, good: Mapping[str, Any]) -> Iterator[Damage]:
    """Inputs each broken in one way: the field to be named, what was done to it, and all inputs."""
    fields = [f for f in BY_NAME[stage].inputs if f.is_array and good.get(f.name) is not None]
    for field in fields:
        for what, value in _array_damages(field, good[field.name]):
            yield field.name, what, {**good, field.name: value}
    yield from _count_damages(fields, good)
    for field in BY_NAME[stage].inputs:
        if field.kind == "scalar" and good.get(field.name) is not None:
            for value in (np.nan, np.inf, 0.0, -1.0):
                yield field.name, f"of {value}", {**good, field.name: value}
    for damage in rules_of(stage).damages(good):
        if not isinstance(damage, tuple) or len(damage) != 3:
            said = "damages gives the field to be named, what was done to it, and all inputs"
            raise TypeError(f"pack {pack_of(stage).name}: rules of {stage}: {said}; not {type(damage).__name__}")
        yield damage


def _array_damages(field: Field, value: Any) -> Iterator[tuple[str, Any]]:
    if field.axes != ("*",):
        yield "of rank one too low", value[0]
        yield "of rank one too high", value[None]
    yield "of text", np.full(value.shape, "1")
    if value.dtype.kind in "fc" and value.size:
        bad: dict[str, complex] = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
        if value.dtype.kind == "c":
            bad["nan as imaginary part"] = complex(0, np.nan)
        for what, number in bad.items():
            spoilt = value.copy()
            spoilt.flat[spoilt.size // 2] = number
            yield f"with {what}", spoilt
    if field.kind in ("real", "position") and value.dtype.kind == "f":
        yield "complex", value.astype(np.complex128)


def _count_damages(fields: list[Field], good: Mapping[str, Any]) -> Iterator[Damage]:
    """One item, channel or row fewer in the second of two fields that share an axis; and one alone, which arithmetic
    of arrays would repeat.
    """
    seen: set[str] = set()
    for field in fields:
        for place, axis in enumerate(field.axes):
            value = good[field.name]
            if axis in seen and not axis.isdigit() and axis != "*" and value.shape[place] > 1:
                left = {"too few": value.shape[place] - 1}
                if value.shape[place] > 2 and not (field.for_blocks and place == 0):
                    left["alone"] = 1
                for what, count in left.items():
                    cut = np.take(value, range(count), axis=place)
                    if field.axes.count(axis) == 1:
                        yield field.name, f"with one {axis} {what}", {**good, field.name: cut}
        seen.update(field.axes)
