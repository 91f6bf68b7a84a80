"""The law of many for a scan: more positions than a block of distances holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Outcome, labelled
from parity_suite.laws.going_on import on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

#: Copies of a scan of twenty points, so far apart that none is anybody else's neighbour; float64 holds their places.
_COPIES: Final = 105
_APART: Final = 1024.0
#: How far each point is moved: who rounds that to float32 finds points equally far that are not.
_MORE: Final = 1e-9


@law(stages=("group",), cases="tiny", precisions=("float32",))
@on_each_variant
def many(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """2,100 positions with all their digits, copies of a scan far from each other: each is grouped as it is alone."""
    if rules_of("group").coordinates("group", subject) == "float64":
        variant = _with_digits(variant)
    scan, draws = variant.inputs["positions"], variant.inputs["draws"]
    rows, columns = divmod(np.arange(_COPIES), math.isqrt(_COPIES))
    moves = _APART * np.stack([columns, rows], axis=1)
    positions = (moves[:, None] + scan).reshape(-1, 2)
    tiled = None if draws is None else np.tile(draws, (_COPIES, 1, 1))
    got = _settled(variant, subject("group", {**variant.inputs, "positions": positions, "draws": tiled}))
    one = variant.expected
    groups = len(one["indices"])
    away = np.repeat(moves, groups, axis=0)[:, None, :, None]
    want = {
        "indices": np.concatenate([one["indices"] + k * len(scan) for k in range(_COPIES)]),
        "coords_offsets": np.tile(one["coords_offsets"], (_COPIES, 1, 1, 1)) + away,
        "coords_relative": np.tile(one["coords_relative"], (_COPIES, 1, 1, 1)),
    }
    for found in compare(variant, got, want):
        yield labelled(found, f"{len(positions):,} positions")


def _with_digits(variant: Variant) -> Variant:
    scan = variant.inputs["positions"]
    moved = scan + np.random.Generator(np.random.PCG64(len(scan))).uniform(-_MORE, _MORE, scan.shape)
    return variant.another(f"{variant.name}, all digits", {**variant.inputs, "positions": moved})


def _settled(variant: Variant, got: Mapping[str, Any]) -> Mapping[str, Any]:
    """Each copy settled as if it were alone, where conventions leave a choice."""
    groups, points = len(variant.expected["indices"]), len(variant.inputs["positions"])
    if not variant.conventions or any(len(value) != groups * _COPIES for value in got.values()):
        return got
    parts = []
    for k in range(_COPIES):
        part = {name: value[k * groups : (k + 1) * groups] for name, value in got.items()}
        alone = {name: value - k * points if name == "indices" else value for name, value in part.items()}
        found = rules_of("group").settled(variant.arguments, alone)
        parts.append({name: value + k * points if name == "indices" else value for name, value in found.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in got}
