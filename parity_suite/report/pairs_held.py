"""Whether the backends of a run were held to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from parity_suite.core.finding import Finding
from parity_suite.report.text import wrapped


def unheld_lines(findings: Sequence[Finding], backends: Collection[str], *, part: bool) -> Iterator[str]:
    """One line for those of the backends that no check compared; of a part of a run, of the checks that were chosen."""
    chosen = {frozenset(one.backends) for one in findings}
    held = {frozenset(one.backends) for one in findings if one.ran}
    pairs = [pair for pair in combinations(sorted(backends), 2) if not part or frozenset(pair) in chosen]
    if idle := [f"{one} and {two}" for one, two in pairs if frozenset((one, two)) not in held]:
        said = f"pairs: not held to each other, since no stage that both define was asked: {', '.join(idle)}"
        yield from wrapped(said, more="  ")
