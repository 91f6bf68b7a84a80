"""Thresholds of the guards: fields of ``contracts/guards.toml``, for all cases or one, that a user may override; and
those of a backend's own network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from parity_suite.contracts.resources import resource_folder

#: Where an override comes from, in the words of a report.
USER_ORIGIN = "[tool.parity.thresholds]"


class ThresholdError(ValueError):
    """An override that names nothing, or is no number."""


@dataclass(frozen=True)
class Threshold:
    """What one quantity must lie within, and where that comes from."""

    name: str
    minimum: float | None
    maximum: float | None
    doc: str
    origin: str
    #: whether it was measured of the backend's own network
    own: bool = False


class Thresholds:
    """The thresholds of a run: those of the contract, and what the user puts in their place."""

    def __init__(self) -> None:
        #: quantities by name, under the name of a case those of that case, and under that of a backend by case those
        #: of its own network, each with a reason
        self.overrides: Mapping[str, Any] = {}

    def override(self, given: Mapping[str, Any]) -> None:
        """Puts these in the place of earlier overrides; ``ThresholdError`` naming what is wrong with them."""
        known = _contract() if given else {}
        for name, value in given.items():
            if name in known:
                _check(name, value)
            elif _is_of_backend(value, known):
                for case, table in value.items():
                    _check_table(f"{name}.{case}", _with_reason(f"{name}.{case}", table), known)
            else:
                _check_table(name, value, known)
        self.overrides = dict(given)

    def of(self, case: str, backend: str = "") -> dict[str, Threshold]:
        """The thresholds of a case by quantity: those of the backend's own network over the user's over the case's own
        over the general ones.
        """
        own_network = self.overrides.get(backend, {}).get(case, {})
        own = _raw().get("cases", {}).get(case, {})
        out = {}
        for name, threshold in _contract().items():
            origin = own.get(name, {}).get("origin", threshold.origin)
            threshold = _changed(threshold, own.get(name, {}), origin)
            for table in (self.overrides, self.overrides.get(case, {})):
                threshold = _changed(threshold, table.get(name, {}), USER_ORIGIN)
            if name in own_network:
                said = f"{USER_ORIGIN}, {backend}: {own_network['reason']}"
                threshold = replace(_changed(threshold, own_network[name], said), own=True)
            out[name] = threshold
        return out


def _changed(threshold: Threshold, limits: Mapping[str, Any], origin: str) -> Threshold:
    if not set(limits) & {"minimum", "maximum"}:
        return threshold
    least, most = limits.get("minimum", threshold.minimum), limits.get("maximum", threshold.maximum)
    return replace(threshold, minimum=least, maximum=most, origin=origin)


def _is_of_backend(value: Any, known: Mapping[str, Any]) -> bool:
    """Whether a table has tables of cases in it, and not of quantities."""
    if not isinstance(value, Mapping) or set(value) & set(known):
        return False
    return all(isinstance(table, Mapping) and not set(table) <= {"minimum", "maximum"} for table in value.values())


def _with_reason(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The quantities of a backend's own network."""
    reason = table.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ThresholdError(f"{USER_ORIGIN}: {name} has no reason: what a network alone is held to needs one")
    return {quantity: limits for quantity, limits in table.items() if quantity != "reason"}


def _check_table(name: str, table: Any, known: Mapping[str, Any]) -> None:
    if not isinstance(table, Mapping) or not set(table) <= set(known):
        raise ThresholdError(f"{USER_ORIGIN}: {name} is neither {', '.join(known)} nor a case with some of these")
    for quantity, limits in table.items():
        _check(f"{name}.{quantity}", limits)


def _check(name: str, limits: Any) -> None:
    sides = ("minimum", "maximum")
    if not isinstance(limits, Mapping) or not limits or not set(limits) <= set(sides):
        raise ThresholdError(f"{USER_ORIGIN}: {name} wants minimum, maximum or both")
    for side, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise ThresholdError(f"{USER_ORIGIN}: {name}.{side} is {value!r}, not a number of 0 or more")


@cache
def _contract() -> dict[str, Threshold]:
    tables = {name: table for name, table in _raw().items() if name != "cases"}
    return {
        name: Threshold(name, table.get("minimum"), table.get("maximum"), table["doc"], table["origin"])
        for name, table in tables.items()
    }


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((resource_folder("contracts") / "guards.toml").read_text("utf-8"))
