"""Where two backends differ by conventions of a stage, as the findings of their pair say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from parity_suite.core.finding import Finding
from parity_suite.core.stage import Setting

#: What a finding of a pair calls them among its facts.
FACT: Final = "conventions"


@dataclass(frozen=True, order=True)
class Apart:
    """One convention of a stage of two backends, and what each has; ``declared`` is whether both say so."""

    stage: str
    convention: str
    first: str
    first_is: str
    second: str
    second_is: str
    declared: bool

    @staticmethod
    def of(raw: Mapping[str, Any]) -> Apart:
        """What was one, as :meth:`to_json` gave it."""
        return Apart(**raw)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def verdict(self) -> str:
        """What becomes of it."""
        return "declared: each is held to its own" if self.declared else "not declared: red"

    @property
    def line(self) -> str:
        """As a person reads it."""
        return f"{self.stage} {self.convention} ({self.first} {self.first_is}, {self.second} {self.second_is})"


def apart(
    stage: str, names: Sequence[str], first: Mapping[str, Setting], second: Mapping[str, Setting], *, declared: bool
) -> list[Apart]:
    """Those conventions of a stage that two backends, called so, have otherwise."""
    one, two = names
    every = ((name, text_of(first[name]), text_of(second[name])) for name in first)
    return [Apart(stage, name, one, a, two, b, declared) for name, a, b in every if a != b]


def text_of(setting: Setting) -> str:
    """A setting as it is shown: a word, a number, or whether."""
    return {True: "yes", False: "no"}[setting] if isinstance(setting, bool) else f"{setting}"


def all_apart(findings: Iterable[Finding]) -> list[Apart]:
    """All that the findings of one run say, each once; what one of them says to be declared is."""
    told = sorted({one for finding in findings for one in _told(finding.facts.get(FACT))})
    return [one for one in told if one.declared or not any(_is_same(one, other) for other in told if other.declared)]


def _told(value: object) -> Iterator[Apart]:
    """What a fact says; nothing of one that is of somebody else's making."""
    names = [one.name for one in fields(Apart)]
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict) and set(one) == set(names) and isinstance(one["declared"], bool):
            yield Apart.of({name: one[name] if name == "declared" else str(one[name]) for name in names})


def _is_same(one: Apart, other: Apart) -> bool:
    return (one.stage, one.convention, one.first, one.second) == (
        other.stage,
        other.convention,
        other.first,
        other.second,
    )
