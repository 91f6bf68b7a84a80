"""How a run differs from an earlier one, its base: checks, numbers and environment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from parity_suite.core.finding import Finding, Measured
from parity_suite.core.value import shown
from parity_suite.ledger.runs import Run
from parity_suite.report.outcome import State, state_of

#: An error that changed by less is that of another processor.
_FACTOR: Final = 2.0
#: Of the budget; below it no error is worth a line.
_SHARE: Final = 0.1
#: The same of the value of a bound, as part of it.
_OF_VALUE: Final = 0.01

_GRAVITY: Final = list(State)


@dataclass(frozen=True)
class Changed:
    """Something that has another value."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Difference:
    """What changed since the base; ids in their order, each of a check once, whatever the machines."""

    base: Run
    newly_red: Sequence[Finding] = ()
    #: red or known in the base
    newly_green: Sequence[Finding] = ()
    #: in the base alone
    gone: Sequence[str] = ()
    #: ran in the base and did not here
    idle: Sequence[Finding] = ()
    #: here alone
    new: Sequence[str] = ()
    numbers: Sequence[Changed] = ()
    environment: Sequence[Changed] = ()

    @property
    def checks(self) -> dict[str, list[str]]:
        """The ids of each kind of change, by what a person calls it."""
        return {
            "newly red": [one.check for one in self.newly_red],
            "newly green": [one.check for one in self.newly_green],
            "not run any more": [one.check for one in self.idle],
            "gone": list(self.gone),
            "new": list(self.new),
        }

    @property
    def nothing(self) -> list[str]:
        """The kinds of which there is none."""
        return [
            *(name for name, ids in self.checks.items() if not ids),
            *(() if self.numbers else ("changed numbers",)),
        ]


def difference(run: Run, base: Run) -> Difference:
    """What changed from ``base`` to ``run``."""
    here, there = _by_check(run.findings), _by_check(base.findings)
    was = {check: state_of(one) for check, one in there.items()}
    states = {check: state_of(one) for check, one in here.items()}
    both = [check for check in here if check in there]
    return Difference(
        base,
        newly_red=[here[k] for k, state in states.items() if state is State.RED and was.get(k) is not State.RED],
        newly_green=[here[k] for k in both if states[k] is State.HOLDS and was[k] in (State.RED, State.KNOWN)],
        gone=[check for check in there if check not in here],
        idle=[here[k] for k in both if states[k] is State.NOT_RUN and was[k] is not State.NOT_RUN],
        new=[check for check in here if check not in there],
        numbers=[one for check in both for one in _numbers(there[check], here[check])],
        environment=list(_changed(_flat(_surroundings(base)), _flat(_surroundings(run)))),
    )


def _by_check(findings: Sequence[Finding]) -> dict[str, Finding]:
    """The gravest of each check, of whatever machine, by id."""
    found: dict[str, Finding] = {}
    for one in sorted(findings, key=lambda one: (one.check, _GRAVITY.index(state_of(one)))):
        found.setdefault(one.check, one)
    return found


def _numbers(old: Finding, new: Finding) -> Iterator[Changed]:
    """What was measured in both and is another, of a check as it is in both."""
    before = {one.output: one for one in old.measured}
    for now in new.measured:
        was = before.get(now.output)
        if was is None or (was.bound, was.exact) != (now.bound, now.exact):
            continue
        name = f"{new.check}: {now.output}"
        if now.budget != was.budget or (now.bound and now.want != was.want):
            limit = "limit" if now.bound else "budget"
            yield Changed(f"{name}, {limit}", _limit(was), _limit(now))
        if _differs(was, now):
            yield Changed(name, _amount(was), _amount(now))


def _differs(was: Measured, now: Measured) -> bool:
    if now.bound and isinstance(was.got, int | float) and isinstance(now.got, int | float):
        return not math.isclose(was.got, now.got, rel_tol=_OF_VALUE)
    small, large = sorted((was.of_budget, now.of_budget))
    return large > _SHARE and large > _FACTOR * small


def _amount(one: Measured) -> str:
    return shown(one.got) if one.bound else f"{one.of_budget:.3g} budgets"


def _limit(one: Measured) -> str:
    return f"{one.bound} {shown(one.want)}" if one.bound else f"{one.budget:.3g}"


def _surroundings(run: Run) -> dict[str, Any]:
    return {**run.environment, "suite": run.suite, "inputs": run.inputs}


def _flat(facts: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Nested facts by the names on the way to them."""
    flat: dict[str, str] = {}
    for name, value in facts.items():
        path = f"{above}{name}"
        flat |= _flat(value, f"{path} ") if isinstance(value, Mapping) else {path: str(value)}
    return flat


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Changed]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Changed(name, old.get(name, ""), new.get(name, ""))
