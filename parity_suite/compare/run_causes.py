"""The causes of a run's trouble: the findings that a person mends once, by what they have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from parity_suite.compare.cause import COULD_NOT_ASK
from parity_suite.compare.finding import Finding, Verdict


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
