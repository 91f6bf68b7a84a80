"""One comparison beside the error its budget allows, and its words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity_suite.contracts.plain_json import plain
from parity_suite.core.about import ABOUT_NOTHING, About
from parity_suite.core.value import Value, from_json, shown, to_json


@dataclass(frozen=True)
class Measured:
    """``got`` and ``want`` are the values at the worst ``place``; of a bound, the value and its limit."""

    output: str
    norm: float
    peak: float
    budget: float
    place: tuple[int, ...]
    got: Value
    want: Value
    #: the error in units of ``eps * growth``, from which budgets are calibrated
    units: float = 0.0
    #: ``at most`` or ``at least`` where ``budget`` is a threshold rather than an allowance for round-off
    bound: str = ""
    #: where the threshold comes from, or a budget that is not the suite's own
    origin: str = ""
    #: whether it must be equal; ``norm`` and ``peak`` are then the part that differs
    exact: bool = False
    #: of exact floating values that differ, ``max |got - want| / max |want|``; infinite for values without a distance
    distance: float = math.inf
    about: About = ABOUT_NOTHING
    #: of what is off, the numbers by which the error is known again; empty where it holds, or is not finite
    fingerprint: tuple[float, ...] = ()

    @property
    def error(self) -> float:
        return max(self.norm, self.peak)

    @property
    def of_budget(self) -> float:
        if self.budget:
            return self.error / self.budget
        return math.inf if self.error else 0.0

    @property
    def within(self) -> bool:
        return self.of_budget <= 1

    @property
    def headline(self) -> str:
        """How far it is off."""
        if self.bound:
            limit = f"{self.bound} {self.want:.3g}" + (f" ({self.origin})" if self.origin else "")
            return f"{self.output} is {self.got:.4g}, and must be {limit}"
        if not self.exact:
            if not self.budget:
                return f"{self.output} is {shown(self.got)}, and must be {shown(self.want)}"
            wider = f" ({self.origin})" if self.origin else ""
            share = f"{self.of_budget:.3g} times its budget {self.budget:.2g}{wider}"
            return f"{self.output} is off by {self.error:.3g}, {share}"
        if not self.place:
            return f"{self.output} is {shown(self.got)}, and must be {shown(self.want)}"
        most = f", by {self.distance:.2g} at most" if math.isfinite(self.distance) else ""
        return f"{self.output} must be exact, and {self.error:.3g} of it differs{most}"

    @property
    def has_worst(self) -> bool:
        """Whether there is more to say of the worst element than the headline does."""
        return not self.bound and bool(self.place or (self.budget and not self.exact))

    @property
    def sides(self) -> str:
        """What was got and wanted at the worst place."""
        return f"got {shown(self.got)}, wanted {shown(self.want)}"

    @property
    def reason(self) -> str:
        """Headline and worst element in a line."""
        where = f" at {list(self.place)}" if self.place else ""
        return self.headline + (f"; worst{where}: {self.sides}" if self.has_worst else "")

    def to_json(self) -> dict[str, Any]:
        # Field by field, since a run has tens of thousands of these, and none has much below it.
        raw = {name: plain(value) for name, value in vars(self).items()}
        return raw | {"got": to_json(self.got), "want": to_json(self.want), "about": dict(vars(self.about))}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Measured:
        numbers = {name: float(raw[name]) for name in ("norm", "peak", "budget", "units", "distance")}
        sides = {name: from_json(raw[name]) for name in ("got", "want")}
        rows = {"place": tuple(raw["place"]), "fingerprint": tuple(raw.get("fingerprint", ()))}
        return Measured(**{**raw, **numbers, **sides, **rows, "about": About(**raw["about"])})


def worst_of(measured: Sequence[Measured], output: str = "") -> Measured | None:
    """The comparison that is farthest beyond its budget, of one output where that was measured."""
    those = [one for one in measured if one.output == output] or measured
    return max(those, key=lambda one: one.of_budget, default=None)
