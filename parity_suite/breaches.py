"""What a broken contract leaves to be judged: its rules, and the outputs of the same call that keep theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from parity_suite.backends.subject import ContractBreach
from parity_suite.cases.variants import ANSWERED, Variant
from parity_suite.compare.deviation import Breach, Outcome, with_about
from parity_suite.laws.outputs import compare
from parity_suite.pipeline import BY_NAME

#: What stands in the labels of outputs that are compared beside a broken rule.
_BESIDE = "beside a broken rule"


def outcomes_of(breach: ContractBreach, own: Collection[str]) -> Iterator[Outcome]:
    """Each broken rule, and each other output of its call held to the oracle; those of an implementation of
    ``translate`` by its name, where that is not one of the subjects' ``own``.
    """
    for one in (breach, *breach.others):
        name = one.call.subject.translation if one.call else ""
        name = "" if name in own else name
        for rule in one.rules:
            broken = Breach(rule.message, "contract", rule.rule, rule.field)
            yield with_about(broken, implementation=name)
        for outcome in _beside(one):
            yield with_about(outcome, implementation=name)


def _beside(breach: ContractBreach) -> Iterator[Outcome]:
    """The outputs of the call that break no rule; none where the oracle does not answer it."""
    call = breach.call
    if call is None or call.stage not in ANSWERED or not isinstance(call.result, Mapping):
        return
    broken = {rule.field for rule in breach.rules}
    # A stage that writes into its input may have one of the same name.
    without = {field.name for field in BY_NAME[call.stage].outputs if field.name in broken}
    variant = Variant(call.stage, _BESIDE, call.inputs)
    try:
        expected = variant.expected
    except Exception:
        # Whatever the oracle cannot take proves nothing against a backend.
        return
    yield from compare(variant, call.result, expected, without)
