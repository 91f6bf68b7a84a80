"""How the outputs of each stage are compared with expected ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Deviation, Outcome, deviation, exactly, with_about
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Field, Stage


def compare(variant: Variant, got: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Outcome]:
    """Every output of one call against expected ones, each by the measure that fits its kind, but for what broke its
    contract and is not there.
    """
    if variant.conventions:
        got, want = (rules_of(variant.stage).settled(variant.arguments, outputs) for outputs in (got, want))
    stage, sizes, there = BY_NAME[variant.stage], magnitudes(variant), set(got) & set(want)
    for field in (one for one in stage.outputs if one.name in there):
        label = f"{field.name} ({variant.name})"
        value, expected = got[field.name], want[field.name]
        own = rules_of(stage.name).compare(field.name, variant.name, got, want)
        if own is not None:
            yield from (_over(variant.terms, one) for one in own)
        elif is_exact(stage, field):
            yield with_about(exactly(label, value, expected), field=field.name, variant=variant.name)
        else:
            found = deviation(label, value, expected, terms=variant.terms, magnitude=sizes.get(field.name))
            yield with_about(found, field=field.name, variant=variant.name)


def _over(terms: int, one: Outcome) -> Outcome:
    """With the terms of its variant, where a rule says none."""
    return replace(one, terms=terms) if isinstance(one, Deviation) and not one.exact and one.terms == 1 else one


def is_exact(stage: Stage, field: Field) -> bool:
    """Whether an output is held to the last bit."""
    return stage.exact or field.kind in ("index", "text")


def magnitudes(variant: Variant) -> Mapping[str, float]:
    """What outputs are measured against if not themselves."""
    return rules_of(variant.stage).magnitudes(variant.arguments, lambda: variant.expected)
