"""What the words of a report mean: verdicts, kinds of mistakes, why a check did not run or is red, and laws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_TITLES: Final = {"Verdict": "verdict", "Kind": "kind of mistake", "Cause": "cause"}


def meanings() -> Iterator[tuple[str, str, str]]:
    """Every word as it is printed, what sort of word it is, and what it means."""
    from parity_suite.core.cause import Cause
    from parity_suite.core.finding import Verdict
    from parity_suite.core.kinds import Kind
    from parity_suite.laws.pairs import pair, pair_stages
    from parity_suite.laws.registry import all_laws

    for one in (*Verdict, *Kind, *Cause):
        yield str(one), _TITLES[type(one).__name__], one.means
    for law in all_laws():
        if law.stages:
            yield law.name, "law", f"{law.doc} Asked of {', '.join(law.stages)}."
    yield "pair", "law", f"{pair.__doc__} Asked of {', '.join(pair_stages())}."


def lines_about(word: str) -> Iterator[str]:
    """What is known of a word; nothing where it is none."""
    from parity_suite.report.text import wrapped

    same = word.strip().lower().replace("-", " ")
    for known, sort, means in meanings():
        if known.replace("-", " ") == same:
            yield from wrapped(f"{known} ({sort}): {' '.join(means.split())}", more="  ")
