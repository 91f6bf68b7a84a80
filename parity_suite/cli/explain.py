"""``parity explain``: what a check asks, of which inputs, and where its budget stands; or what a word means."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from parity_suite.cli.backends_given import BackendOption, PackOption, begin, checks_of
from parity_suite.cli.ending import refused
from parity_suite.cli.words import lines_about, meanings

if TYPE_CHECKING:
    from parity_suite.core.check import Check


def explain(
    check: Annotated[
        str,
        typer.Argument(
            help="its id, or its beginning: stage, stage.law, stage.law[case; or a word of a report: a verdict, a kind "
            "of mistake, a cause, a law"
        ),
    ],
    backend: BackendOption = None,
    pack: PackOption = None,
) -> int:
    """What a check asks: law, formula, inputs, budget and where that stands; or what a word of a report means.

    Of several checks with this beginning the first is explained.
    """
    begin(pack)
    known = checks_of(backend)
    found = [one for one in known if one.id.startswith(check)]
    if not found and (told := list(lines_about(check))):
        print("\n".join(told))
        return 0
    if not found:
        words = (
            {one.id for one in known} | {f"{one.stage}.{one.law}" for one in known} | {one for one, *_ in meanings()}
        )
        near = get_close_matches(check, words, 3)
        hint = f"; did you mean {' or '.join(near)}" if near else "; parity list checks has them all"
        return refused(f"parity explain: no check begins with {check!r}{hint}")
    for line in _lines(found[0]):
        print(line)
    if len(found) > 1:
        print(f"\nand {len(found) - 1} more that begin so: parity list checks '{check}*'")
    return 0


def _lines(check: Check) -> Iterator[str]:
    yield check.id
    yield ""
    yield from _paragraph("law", f"{check.law}: {_law_doc(check)}")
    yield from _stage(check)
    yield from _paragraph("case", _case(check))
    yield from _paragraph("budget", _budget(check))
    yield from _paragraph("asked by", f"pytest -m parity -k '{check.stage}.{check.law} and {check.case.name}'")


def _law_doc(check: Check) -> str:
    from parity_suite.laws.pairs import pair
    from parity_suite.laws.registry import law_of

    if check.law == "pair":
        return pair.__doc__ or ""
    try:
        return law_of(check.law, check.stage).doc
    except KeyError:
        return "Plain operations of the framework are as exact as they say, before anything is asked of the backend."


def _stage(check: Check) -> Iterator[str]:
    from parity_suite.core.packs import BY_NAME

    stage = BY_NAME.get(check.stage)
    if stage is None:
        return
    yield from _paragraph("stage", f"{stage.name}: {stage.doc}")
    for title, fields in (("inputs", stage.inputs), ("outputs", stage.outputs)):
        told = []
        for one in fields:
            axes = f" ({', '.join(one.axes)})" if one.axes else ""
            unit = f" in {one.unit}" if one.unit != "1" else ""
            told.append(f"{one.name}{axes}, {one.kind}{unit}{', optional' if one.optional else ''}")
        yield from _paragraph(title, "; ".join(told))


def _case(check: Check) -> str:
    case = check.case
    sizes = [f"{symbol} = {size}" for symbol, size in case.sizes]
    return f"{case.name}, {case.kind}" + (f": {', '.join(sizes)}" if sizes else "")


def _budget(check: Check) -> str:
    from parity_suite.compare.budgets import EPS, budget_for

    budget = budget_for(check.stage, check.law, check.precision)
    eps = EPS[check.precision]
    stands = (
        f"k is four times the worst that was measured ({budget.worst:g}) in {', '.join(budget.runs)}"
        if budget.rule == "factor"
        else f"k is by {budget.rule}; the worst that was measured is {budget.worst:g}"
        if budget.runs
        else "nothing was measured of this stage, so it is the default"
        if budget.rule == "default"
        else f"k is {budget.rule}, since nothing else was measured of it"
    )
    return f"{budget.k:g} x {eps:.3g} (eps of {check.precision}) x {budget.growth} of the terms; {stands}"


def _paragraph(title: str, text: str) -> Iterator[str]:
    from parity_suite.report.text import wrapped

    yield from wrapped(f"{title + ':':<9} {' '.join(text.split())}", more=" " * 10)
