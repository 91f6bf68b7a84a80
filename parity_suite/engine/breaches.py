"""What was noted while a law went on, as outcomes of its check: the rules that are broken, and what was raised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.raised import raised_by
from parity_suite.compare.deviation import BrokenRule
from parity_suite.laws.registry import law_modules


def broken_rules(troubles: Iterable[BaseException]) -> Iterator[BrokenRule]:
    """Each rule once that was broken, in the words of the first call that did so."""
    seen: set[tuple[str, str]] = set()
    for one in troubles:
        for rule in one.rules if isinstance(one, ContractBreach) else ():
            if (rule.field, rule.rule) not in seen:
                seen.add((rule.field, rule.rule))
                yield BrokenRule(rule.message, "contract", rule.rule, rule.field)


def also_raised(troubles: Iterable[BaseException], classes: Collection[type]) -> Iterator[BrokenRule]:
    """What was raised beside the first exception, once for each type and function."""
    seen: set[tuple[str, ...]] = set()
    for one in exceptions(troubles):
        raised = raised_by(one, classes, law_modules())
        key = (raised.type, raised.file, raised.function)
        if seen and key not in seen:
            said = f"{raised.type} in {raised.function} as well: {raised.message}"
            yield BrokenRule(said, "contract", f"raises {raised.type}", raised.function)
        seen.add(key)


def exceptions(troubles: Iterable[BaseException]) -> list[BaseException]:
    """Those that are not a broken contract."""
    return [one for one in troubles if not isinstance(one, ContractBreach)]
