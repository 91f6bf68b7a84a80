"""Thresholds of a network that is not the reference's, from what several trainings of it had: a table of a project's
``pyproject.toml`` for each backend and task.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import sqrt
from typing import Any, Final

from parity_suite.ptychography.learning.thresholds import Threshold, Thresholds

#: The fact of a finding that has the least and the greatest of every quantity.
POPULATION: Final = "population"
#: Quantities whose thresholds any network keeps, since one beyond them is dead, spiky or another one in evaluation.
OF_ANY: Final = frozenset({"var_zero_mean", "mean", "peak_share", "train_eval"})
#: Seeds under which nobody knows how far a network parts from itself.
_LEAST_SEEDS: Final = 3
#: How far beyond what was had a threshold lies; of one number for a whole canvas, which spreads less, the second.
_MARGIN: Final = (3.0, 1.5)
#: At 1 a mirror image or the conjugate is as good; half way to it, on a scale of ratios, tells them.
_RATIOS: Final = ("canvas_upright", "canvas_unconjugated")

Population = dict[tuple[str, str], dict[str, tuple[float, float]]]


class PopulationError(ValueError):
    """Records of which no thresholds can be made, with the reason."""


def population(records: Sequence[Mapping[str, Any]]) -> tuple[Population, list[int]]:
    """The least and greatest of each quantity by backend and case, and the seeds; ``PopulationError`` where they are
    too few, no network has its own, or one of them is sick.
    """
    found: Population = {}
    for finding in (one for record in records for one in record["findings"]):
        for name, (least, greatest) in finding["facts"].get(POPULATION, {}).items():
            backend, case = finding["subject"], finding["case"]
            if name in OF_ANY and not _holds(Thresholds().of(case)[name], least, greatest):
                raise PopulationError(f"{name} of {backend} on {case} is what no healthy network has")
            had = found.setdefault((backend, case), {})
            before = had.get(name, (least, greatest))
            had[name] = min(least, before[0]), max(greatest, before[1])
    seeds = sorted({record["environment"]["run"]["seed"] for record in records})
    if not found:
        raise PopulationError("no record has a network of its own whose patches were guarded")
    if len(seeds) < _LEAST_SEEDS:
        raise PopulationError(f"a population is of {_LEAST_SEEDS} seeds at least (PARITY_SEED), not {len(seeds)}")
    return found, seeds


def _holds(limit: Threshold, least: float, greatest: float) -> bool:
    return (limit.minimum is None or least >= limit.minimum) and (limit.maximum is None or greatest <= limit.maximum)


def limits(case: str, had: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    """Thresholds on the sides that the contract has, by quantity; none of a ratio that tells nothing."""
    out: dict[str, dict[str, float]] = {}
    for limit in Thresholds().of(case).values():
        if limit.name in OF_ANY or limit.name not in had:
            continue
        least, greatest = had[limit.name]
        if limit.name in _RATIOS:
            out |= {limit.name: {"minimum": float(f"{sqrt(least):.3g}")}} if least > 1 else {}
            continue
        margin = _MARGIN[limit.name.startswith("canvas_")]
        sides = {"minimum": (limit.minimum, least / margin), "maximum": (limit.maximum, greatest * margin)}
        out[limit.name] = {side: float(f"{value:.3g}") for side, (known, value) in sides.items() if known is not None}
    return out


def calibrated(text: str, records: Sequence[Mapping[str, Any]], reason: str) -> tuple[str, list[str]]:
    """The text of a ``pyproject.toml`` with the thresholds of all networks in the records, and a line for each;
    ``PopulationError`` where there can be none.
    """
    found, seeds = population(records)
    said = f"{reason} (seeds {', '.join(map(str, seeds))}, {datetime.now(UTC).date().isoformat()})"
    lines = [f"thresholds of {backend} on {case}: {said}" for backend, case in sorted(found)]
    return with_tables(text, found, said), lines


def with_tables(text: str, found: Population, reason: str) -> str:
    """The text of a ``pyproject.toml`` with a table for each backend and case, in the place of an earlier one;
    ``tomllib.TOMLDecodeError`` where that would be no TOML.
    """
    for (backend, case), had in sorted(found.items()):
        head = f'[tool.parity.thresholds.{backend}."{case}"]'
        text = re.sub(rf"^{re.escape(head)}\n(?:(?!\[).*\n?)*", "", text, flags=re.MULTILINE).rstrip("\n")
        text = "\n".join([*([text, ""] if text else []), head, *_lines(limits(case, had), reason), ""])
    tomllib.loads(text)
    return text


def _lines(table: Mapping[str, Mapping[str, float]], reason: str) -> Iterator[str]:
    yield f"reason = {json.dumps(reason, ensure_ascii=False)}"
    for name, sides in table.items():
        yield f"{name} = {{ {', '.join(f'{side} = {value!r}' for side, value in sides.items())} }}"
