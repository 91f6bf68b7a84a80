"""What was noted while a law went on, as outcomes of its check: the rules that are broken, and what was raised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.raised import raised_by
from parity_suite.backends.troubles import Trouble
from parity_suite.compare.deviation import BrokenRule, with_about
from parity_suite.laws.registry import law_modules


def broken_rules(troubles: Iterable[Trouble]) -> Iterator[BrokenRule]:
    """Each rule once that was broken, in the words of the first call that did so."""
    seen: set[tuple[str, str, str]] = set()
    for one in troubles:
        for rule in one.problem.rules if isinstance(one.problem, ContractBreach) else ():
            if (key := (rule.field, rule.rule, one.implementation)) not in seen:
                seen.add(key)
                broken = BrokenRule(rule.message, "contract", rule.rule, rule.field)
                yield with_about(broken, implementation=one.implementation)


def also_raised(troubles: Iterable[Trouble], classes: Collection[type]) -> Iterator[BrokenRule]:
    """What was raised beside the first exception, once for each type, function and implementation."""
    seen: set[tuple[str, ...]] = set()
    for one in exceptions(troubles):
        raised = raised_by(one.problem, classes, law_modules())
        key = (raised.type, raised.file, raised.function, one.implementation)
        if seen and key not in seen:
            said = f"{raised.type} in {raised.function} as well: {raised.message}"
            broken = BrokenRule(said, "contract", f"raises {raised.type}", raised.function)
            yield with_about(broken, implementation=one.implementation)
        seen.add(key)


def exceptions(troubles: Iterable[Trouble]) -> list[Trouble]:
    """Those that are not a broken contract."""
    return [one for one in troubles if not isinstance(one.problem, ContractBreach)]
