"""The law of the snapshot: statistics on the fixtures stay what the oracle's anchors say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parity_suite.backends.subject import Subject
from parity_suite.cases.variants import is_answered, variants
from parity_suite.compare.budgets import budget_for
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome
from parity_suite.compare.statistics import difference, is_complex, worst_difference
from parity_suite.core.about import About
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import BY_NAME
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law
from parity_suite.snapshots.anchors import Content, anchor_name, describe, read_anchor


def results(subject: Subject, stage: str, case: Case) -> dict[str, Mapping[str, Any]]:
    """What the subject makes of every variant, by the variant's name."""
    # What is stored is of whole inputs.
    asked = variants(subject.context, case, stage, subject.rounding, in_part=False)
    return {variant.name: subject(stage, variant.inputs) for variant in asked}


def terms(context: RunContext, stage: str, case: Case, rounding: str) -> int:
    return max(variant.terms for variant in variants(context, case, stage, rounding))


@law(
    stages=lambda stage: is_answered(stage.name),
    cases="anchored",
    quick=True,
    traits=LawTraits(telling=-1, echo=True, of_oracle=True),
)
def snapshot(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """The statistics of every output equal the stored ones within the budget; by conventions other than the default, of
    which nothing is stored, the outputs those of the oracle.
    """
    if case.conventions:
        for variant in variants(subject.context, case, stage, subject.rounding, in_part=False):
            yield from compare(variant, subject(stage, variant.inputs), variant.expected)
        return
    stored = read_anchor(stage, case.name)
    if stored is None:
        raise LookupError(f"no anchor {anchor_name(stage, case.name)}: it is made by --update-snapshots")
    yield from against(stored, subject, stage, case)


def against(stored: Content, subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Outcomes of the subject held to given statistics."""
    found = results(subject, stage, case)
    current = describe(stage, found)
    about = {f"{field} ({variant})": About(field, variant=variant) for variant, out in found.items() for field in out}
    n = terms(subject.context, stage, case, subject.rounding)
    fields = [field.name for field in BY_NAME[stage].outputs]
    broken = {f"{field} ({variant})" for variant, out in found.items() for field in fields if field not in out}
    # Of the variants that were asked, what keeps its contract.
    stored = {k: held for k, held in stored.items() if k not in broken and (k in current or case is case.whole)}
    if set(current) != set(stored):
        yield BrokenRule(f"outputs {sorted(set(current) ^ set(stored))} are not in both", "contract")
    held = stored if subject.precision == subject.rounding else _of_same_inputs(stored, subject, stage, case, n)
    for label in sorted(set(current) & set(stored)):
        if current[label]["shape"] != stored[label]["shape"]:
            said = f"{label}: shape {current[label]['shape']}, stored {stored[label]['shape']}"
            yield BrokenRule(said, "contract", "shape", label)
            continue
        got, want = current[label]["numbers"], held[label]["numbers"]
        if {is_complex(got), is_complex(want)} == {True, False}:
            kinds = ("complex", "real") if is_complex(got) else ("real", "complex")
            yield BrokenRule(f"{label}: {kinds[0]}, stored {kinds[1]}", "contract", "dtype", label)
            continue
        # A repetition in float64 says of each statistic how far it is off, whichever was the worst before.
        for name in (worst_difference(got, want)[0],) if held is stored else sorted(set(got) & set(want)):
            gap = difference(name, got[name], want[name])
            yield Deviation(f"{label}, {name}", gap, gap, (), got[name], want[name], terms=n, about=about[label])


def _of_same_inputs(stored: Content, subject: Subject, stage: str, case: Case, n: int) -> Content:
    """What a repetition in float64 is held to: the statistics that the oracle gives of inputs rounded to float32, which
    are not those of the stored ones, nor cut off after their digits; but for any that is not the stored one at all.
    """
    answers = variants(subject.context, case, stage, subject.rounding)
    own = describe(stage, {variant.name: variant.expected for variant in answers})
    limit = budget_for(stage, "snapshot", subject.rounding).allowed(n)
    return {
        label: {
            **of_label,
            "numbers": {
                name: finer
                if (finer := own[label]["numbers"].get(name)) is not None and difference(name, finer, number) <= limit
                else number
                for name, number in of_label["numbers"].items()
            },
        }
        for label, of_label in stored.items()
    }
