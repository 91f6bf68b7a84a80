"""Under which sizes alone a mistake shows, told by which cases of one law fail and which hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from parity_suite.core.finding import Finding
from parity_suite.core.law_traits import NO_TRAITS, LawTraits, Traits

#: A case that is named after its sizes.
_SIZE: Final = re.compile(r"([a-z])(\d+)")
#: Cases that have to hold for those that fail to have something in common.
_HOLDING: Final = 2


def condition_of(failing: Iterable[Finding], holding: Iterable[Finding], laws: Traits) -> str:
    """The one condition on a size that all that fails keeps and nothing that holds; empty where none or several do.

    ``holding`` are checks of the same subject and stage; ``laws`` say which ask every case as it is, and which other
    sizes than theirs. Sizes are called as in the names of cases.
    """
    red = list(failing)
    right = [found for one in holding if _of(laws, one).plain and (found := _sizes(one))]
    wrong = [_sizes(one) for one in red if not _of(laws, one).other_sizes]
    asked = any(_of(laws, one).plain for one in red)
    if not asked or not all(wrong) or len({tuple(one.items()) for one in right}) < _HOLDING:
        return ""
    symbols = [symbol for symbol in wrong[0] if all(symbol in one for one in (*wrong, *right))]
    told = [one for symbol in symbols for one in _parted(symbol, wrong, right)]
    return told[0] if len(told) == 1 else ""


def _of(laws: Traits, finding: Finding) -> LawTraits:
    return laws.get(finding.law, NO_TRAITS)


def _sizes(finding: Finding) -> Mapping[str, int]:
    """The sizes of a case that is named after them; none of any other."""
    parts = [_SIZE.fullmatch(part) for part in finding.case.split(".")]
    return {part[1]: int(part[2]) for part in parts if part} if all(parts) else {}


def _parted(symbol: str, wrong: Iterable[Mapping[str, int]], right: Iterable[Mapping[str, int]]) -> Iterator[str]:
    """The conditions on one size that part what fails from what holds."""
    failing, holding = {one[symbol] for one in wrong}, {one[symbol] for one in right}
    for rest, parity in ((1, "odd"), (0, "even")):
        if all(one % 2 == rest for one in failing) and all(one % 2 != rest for one in holding):
            yield f"where {symbol} is {parity}"
    if min(failing) > max(holding):
        yield f"where {symbol} is above {max(holding)}"
    elif max(failing) < min(holding):
        yield f"where {symbol} is below {min(holding)}"
    elif len(failing) == 1 and not failing & holding:
        yield f"where {symbol} is {min(failing)}"
