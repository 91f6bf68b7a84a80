"""What a person mends, told by what laws say of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from parity_suite.core.finding import Finding
from parity_suite.core.run_causes import ToMend, to_mend
from parity_suite.laws.registry import law_traits


def told_to_mend(findings: Iterable[Finding]) -> list[ToMend]:
    """What is red and not known yet, that of most findings first."""
    asked = list(findings)
    # Where nothing is, no law need be imported.
    return to_mend(asked, law_traits()) if any(one.red and not one.known for one in asked) else []
