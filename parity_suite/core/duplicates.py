"""One finding of a check that was reported several times: by workers, by repeats of its test, by two modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from parity_suite.core.cause import Cause
from parity_suite.core.finding import Finding, LedgerNote, Verdict

_GRAVITY: Final = {verdict: k for k, verdict in enumerate(Verdict)}


def machine_words(facts: Mapping[str, Any]) -> str:
    """A machine by what is known of it."""
    return ", ".join(f"{name} {fact}" for name, fact in facts.items())


def merged(reported: Iterable[tuple[str, Finding]]) -> list[Finding]:
    """The findings of a run, given each with the machine that it is from: one for each check and machine.

    The machine is named in them where there are several.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for machine, finding in reported:
        groups.setdefault((machine, finding.check), []).append(finding)
    several = len({machine for machine, _ in groups}) > 1
    found = ((machine, _one(those)) for (machine, _), those in groups.items())
    return [replace(one, machine=machine) if several else one for machine, one in found]


def _one(those: Sequence[Finding]) -> Finding:
    """What was found of one check on one machine; flaky where that was not the same each time.

    One that did not run says nothing against one that did: what cannot be had is said once a process.
    """
    asked = [one for one in those if one.verdict is not Verdict.NOT_RUN] or those[:1]
    if len({(one.verdict, one.way) for one in asked}) == 1:
        return asked[0]
    worst = max(asked, key=lambda one: _GRAVITY[one.verdict])
    answers = " and ".join(
        sorted({f"{one.verdict} ({one.cause.words})" if one.cause else one.verdict.value for one in asked})
    )
    in_ways = "" if " and " in answers else ", each time in another way"
    reason = f"flaky: asked {len(asked)} times, it was {answers}{in_ways}: {worst.reason}"
    return replace(worst, cause=Cause.FLAKY, reason=reason, ledger=LedgerNote())
