"""The register of laws: which stages and cases each is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from parity_suite.backends.subject import Subject
from parity_suite.cases.catalogue import Case
from parity_suite.compare.deviation import Outcome

LawFunction = Callable[[Subject, str, Case], Iterator[Outcome]]


@dataclass(frozen=True)
class Law:
    """``cases`` names a selection of :mod:`parity_suite.laws.selection`; ``needs`` methods beside the stage's own."""

    name: str
    run: LawFunction
    stages: tuple[str, ...]
    cases: str
    needs: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ("float32", "float64")
    slow: bool = False
    pair: bool = False
    doc: str = ""


LAWS: Final[dict[str, Law]] = {}


def law(
    *,
    stages: tuple[str, ...],
    cases: str,
    needs: tuple[str, ...] = (),
    precisions: tuple[str, ...] = ("float32", "float64"),
    slow: bool = False,
) -> Callable[[LawFunction], LawFunction]:
    """Registers a function as the law of its name."""

    def register(function: LawFunction) -> LawFunction:
        name = function.__name__
        doc = (function.__doc__ or "").strip()
        LAWS[name] = Law(name, function, stages, cases, needs, precisions, slow, name == "pair", doc)
        return function

    return register
