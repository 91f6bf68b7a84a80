"""From the worst error measured to the k of a budget, and which rule decides it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parity_suite.core.law_finder import traits_said
from parity_suite.core.packs import BY_NAME

#: From the worst measured to the allowed: other processors, thread counts and library versions round otherwise.
FACTOR: Final = 4.0
#: A k is not smaller than a few units in the last place: log2 of a transform's side brings its own factor of six.
_LEAST: Final[Mapping[str, float]] = {"one": 2.0, "log2": 0.5, "sqrt": 0.5}
#: In float64 it is not smaller than that of what was never measured: with nine digits of room it is no blinder for it,
#: and what is right on large inputs is so on the smallest.
LEAST_IN_FLOAT64: Final = 8.0


@dataclass(frozen=True)
class Worst:
    """The worst case of one ``stage.law.precision``, in units of ``eps * growth``, and the growth it is in units of."""

    units: float
    growth: str


@dataclass(frozen=True)
class Allowance:
    """A k, and the rule that decides it: ``factor``, ``floor``, ``ceiling``, or ``twice`` the k of another entry."""

    k: float
    rule: str


def allowance(key: str, worst: Mapping[str, Worst], ceilings: Mapping[str, float]) -> Allowance:
    """What a ``stage.law.precision`` is allowed: the factor times its worst case, but no less than its floor nor than
    twice the oracle's law where it is relative, rounded up to two digits, under the ceiling there may be.
    """
    own = worst[key]
    found = [
        Allowance(_rounded_up(FACTOR * own.units), "factor"),
        Allowance(LEAST_IN_FLOAT64 if key.endswith(".float64") else _LEAST[own.growth], "floor"),
    ]
    base = _base(key)
    if base in worst:
        found.append(Allowance(_rounded_up(2 * allowance(base, worst, ceilings).k), f"twice {base}"))
    most = max(found, key=lambda one: one.k)
    ceiling = ceilings.get(key, math.inf)
    return Allowance(ceiling, "ceiling") if ceiling < most.k else most


def _base(key: str) -> str:
    """The oracle's law that a relative one leans on; empty for a law that stands alone."""
    stage, law, precision = key.split(".")
    known, said = BY_NAME.get(stage), traits_said(law)
    if known is not None and known.of_model:
        leans = known.answers_as and (said.relative or said.relative_of_models)
        return f"{known.answers_as}.oracle.{precision}" if leans else ""
    return f"{stage}.oracle.{precision}" if said.relative else ""


def base_in_stage(key: str) -> str:
    """The oracle's law of the same stage that a relative one leans on, in whose units it is measured; empty where there
    is none.
    """
    base = _base(key)
    return base if base.startswith(f"{key.partition('.')[0]}.") else ""


def _rounded_up(k: float) -> float:
    """To two digits; what round-off adds to a product is no reason to go one up."""
    if not k:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(k)) - 1)
    return round(math.ceil(round(k / step, 9)) * step, 12)
