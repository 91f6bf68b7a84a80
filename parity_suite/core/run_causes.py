"""The causes of a run's trouble: the findings that a person mends once, by what they have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, field
from functools import cached_property
from typing import Any, Final

from parity_suite.core.cause import COULD_NOT_ASK
from parity_suite.core.conditions import condition_of
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import NO_TRAITS, NOTHING_SAID, Traits

#: A kind that all failures of a cause but one in so many have, and a few at most, explains it; those others are named.
_BUT_ONE_IN: Final = 10
_FEW: Final = 5


@dataclass(frozen=True, order=True)
class RunCause:
    """What is to be mended; of an error the exception and the user's function, of a broken contract the rule."""

    #: the backend that is wrong, or both of a pair where it cannot be told
    subject: str
    stage: str
    #: empty for the default one
    implementation: str = ""
    exception: str = ""
    #: with its file: ``file.py:Class.method``
    function: str = ""
    rule: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, astuple(self)))


def cause_of(finding: Finding) -> RunCause:
    """The cause that a finding is of."""
    raised, contract = finding.raised, finding.verdict is Verdict.CONTRACT
    return RunCause(
        finding.culprit or finding.subject,
        finding.blame or finding.stage,
        finding.implementation,
        raised.type,
        f"{raised.file}:{raised.function}" if raised.function else "",
        finding.rules[0].rule if contract and finding.rules else "",
    )


def is_trouble(finding: Finding) -> bool:
    """Whether something is to be mended: it is red, or was not asked since what cannot be had was said elsewhere."""
    return finding.red or finding.cause in COULD_NOT_ASK


def by_cause(findings: Iterable[Finding]) -> dict[RunCause, list[Finding]]:
    """What is to be mended, the causes of most findings first."""
    found: dict[RunCause, list[Finding]] = {}
    for one in sorted(findings, key=lambda finding: finding.check):
        if is_trouble(one):
            found.setdefault(cause_of(one), []).append(one)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


@dataclass(frozen=True)
class ToMend:
    """One cause with all that fails of it, as a person is told of it."""

    cause: RunCause
    findings: tuple[Finding, ...]
    #: checks of the same subject and stage that hold
    passing: int = 0
    #: on which sizes alone it shows, where all that was asked says so
    condition: str = ""
    laws: Traits = field(default_factory=lambda: NOTHING_SAID, compare=False, repr=False)

    @cached_property
    def most_telling(self) -> Finding:
        """The one finding that says most of it."""
        return min(self.findings, key=self._telling)

    @cached_property
    def replayed(self) -> Finding:
        """The most telling one that has a folder; that which says most where none has."""
        return min((one for one in self.findings if one.replay.folder), key=self._telling, default=self.most_telling)

    @cached_property
    def kind(self) -> Kind | None:
        """The kind of mistake that explains the failures; None where it leaves more than a few."""
        first = Counter(one.kind for one in self.findings if one.kind)
        of_any = Counter(kind for one in self.findings for kind in _kinds(one))
        # Where little was asked several mistakes explain it; what explains most is it.
        kind = max(first, key=lambda kind: (of_any[kind], first[kind]), default=None)
        left = len(self.findings) - of_any[kind] if kind else len(self.findings)
        return kind if left <= min(_FEW, len(self.findings) // _BUT_ONE_IN) else None

    @property
    def otherwise(self) -> list[Finding]:
        """The few that are not of the kind."""
        return [one for one in self.findings if self.kind and self.kind not in _kinds(one)]

    @property
    def several(self) -> dict[str, int]:
        """Where no kind explains all, those that single checks give, one or two together, and how many do, if they
        leave only a few.
        """
        named = (str(one.kind or " and ".join(one.other_kinds)) for one in self.findings)
        kinds = Counter(filter(None, named))
        left = len(self.findings) - kinds.total()
        few = left <= min(_FEW, len(self.findings) // _BUT_ONE_IN)
        return dict(kinds.most_common()) if not self.kind and few else {}

    def _telling(self, finding: Finding) -> tuple[bool, int, bool, str]:
        """Another meaning before arithmetic: the first of them gives its cause the verdict that a person reads."""
        place = -self.laws.get(finding.law, NO_TRAITS).telling
        return finding.verdict is Verdict.NUMERICAL, place, not finding.replay.folder, finding.check

    def to_json(self) -> dict[str, Any]:
        """The cause, what explains it, and by id the checks that fail of it."""
        one = self.most_telling
        return {
            **asdict(self.cause),
            "kind": str(self.kind or ""),
            "most_telling": one.check,
            "replay": self.replayed.replay.folder,
            "checks": [finding.check for finding in self.findings],
        }


def to_mend(findings: Iterable[Finding], laws: Traits = NOTHING_SAID) -> list[ToMend]:
    """What is red and not known yet, that of most findings first; a pair is part of what is wrong with a side of it.
    ``laws`` say of themselves which finding tells most, and which show a condition.
    """
    asked = list(findings)
    causes = by_cause(one for one in asked if one.red and not one.known)
    alone = {(cause.subject, cause.stage): cause for cause in reversed(causes) if "+" not in cause.subject}
    for cause in [one for one in causes if "+" in one.subject]:
        sides = (alone.get((side, cause.stage)) for side in cause.subject.split("+"))
        if side := next(filter(None, sides), None):
            causes[side] = [*causes[side], *causes.pop(cause)]
    passing: dict[tuple[str, str], list[Finding]] = {}
    for one in asked:
        if one.passed:
            passing.setdefault((one.subject, one.stage), []).append(one)
    found = [
        _to_mend(cause, those, passing.get((cause.subject, cause.stage), []), laws) for cause, those in causes.items()
    ]
    return sorted(found, key=lambda one: -len(one.findings))


def _to_mend(cause: RunCause, those: Sequence[Finding], holding: Sequence[Finding], laws: Traits) -> ToMend:
    return ToMend(cause, tuple(those), len(holding), condition_of(those, holding, laws), laws)


def numbered(findings: Iterable[Finding]) -> dict[RunCause, list[Finding]]:
    """All causes in the order in which a person is told of them: the terminal's first, then what it joins to one of
    these, what is known, and what could not be asked.
    """
    asked = list(findings)
    causes = by_cause(asked)
    told = [one.cause for one in to_mend(asked)]
    return {cause: causes[cause] for cause in dict.fromkeys([*told, *causes])}


def _kinds(finding: Finding) -> tuple[Kind, ...]:
    """Every kind that explains a finding."""
    return (finding.kind, *finding.other_kinds) if finding.kind else ()
