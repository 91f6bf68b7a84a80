"""Writes ``budgets.toml`` from records: ``python -m parity_suite.compare.calibrate NAME RECORD...``.

The worst error of every stage and law, in units of ``eps * growth``, becomes ``worst``; k is that times a factor, so
that another machine's rounding stays within it.
"""

from __future__ import annotations

import argparse
import json
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.budgets import BUDGETS_FILE, EPS

#: From the worst measured to the allowed: other processors, thread counts and library versions round otherwise.
FACTOR: Final = 4.0
#: A k is not smaller than a few units in the last place: log2 of a transform's side brings its own factor of six.
_LEAST: Final[Mapping[str, float]] = {"one": 2.0, "log2": 0.5, "sqrt": 0.5}

#: Laws that hold a backend to itself or to another: two answers within the oracle's budget lie at most two of it apart,
#: and on another machine they may well do so where here they agreed to the last bit.
_RELATIVE: Final = frozenset(
    {"batch_invariance", "composition", "equivariance", "mode", "pair", "statelessness", "streaming"}
)

#: The same of models, whose answers are held to the oracle where they infer.
_OF_MODELS: Final = frozenset({"crowd", "determinism", "dose", "remainders", "round_trip", "train_eval"})
_MODELS: Final = frozenset({"bundle", "infer", "train"})

#: Budgets that a figure of the project fixes below what the factor would give.
_CEILINGS: Final[Mapping[str, float]] = {
    # 5e-7 in float32 at N = 256, where the growth is 8
    "diffract.oracle": 5e-7 / (8 * EPS["float32"]),
    # 1e-6 in float32
    "translate.oracle": 1e-6 / EPS["float32"],
}


def worst_units(records: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The greatest error of every ``stage.law`` in units of ``eps * growth``; bounds and exact values are left out."""
    worst: dict[str, float] = {}
    for record in records:
        for finding in record["findings"]:
            for one in finding["measured"]:
                if not one["bound"] and one["budget"]:
                    key = f"{finding['stage']}.{finding['law']}"
                    worst[key] = max(worst.get(key, 0.0), float(one["units"]))
    return worst


def allowance(key: str, worst: Mapping[str, float], growth: str) -> float:
    """k of an entry: the factor times its worst case, rounded up to two digits, under the ceiling there may be."""
    k = max(_LEAST[growth], FACTOR * worst.get(key, 0.0))
    stage, law = key.split(".")
    held = law in _RELATIVE or (stage in _MODELS and law in _OF_MODELS)
    base = "infer.oracle" if stage in _MODELS else f"{stage}.oracle"
    if held and base in worst:
        k = max(k, 2 * allowance(base, worst, growth))
    step = 10.0 ** (math.floor(math.log10(k)) - 1)
    return min(_CEILINGS.get(key, math.inf), round(math.ceil(k / step) * step, 12))


def render(worst: Mapping[str, float], run: str, provenance: Mapping[str, str], only: Sequence[str] = ("*",)) -> str:
    """The text of ``budgets.toml``; entries that no pattern names stay as they were, and so does the growth of all.

    ``ValueError`` where one that stays stands on a run of this name, whose machine and date would no longer be its own,
    and where one that is to be measured was not.
    """
    raw = tomllib.loads(BUDGETS_FILE.read_text("utf-8"))
    runs = raw.pop("measured") | {run: provenance}
    entries = {f"{stage}.{law}": entry for stage, laws in raw.items() for law, entry in laws.items()}
    # What stays says how good the oracle's law is, where the records do not.
    known = {key: float(entry["worst"]) for key, entry in entries.items()} | dict(worst)
    for key, entry in entries.items():
        if any(fnmatch(key, pattern) for pattern in only):
            if key not in worst:
                raise ValueError(f"{key}: no record has measured it")
            k = float(f"{allowance(key, known, entry['growth']):g}")
            entries[key] = {**entry, "k": k, "worst": float(f"{worst[key]:.3g}"), "run": run}
        elif entry["run"] == run:
            raise ValueError(f"{run}: other entries stand on a run of this name")
    used = {entry["run"] for entry in entries.values()}
    lines = [
        "# The error that a check allows is k * eps(precision) * growth(terms); worst is the worst case measured, in",
        f"# the same units, over both precisions and all backends; k is {FACTOR:g} times that, with the floors and",
        "# ceilings of calibrate.py. Written by `python -m parity_suite.compare.calibrate NAME RECORD...`.",
    ]
    for name, facts in runs.items():
        if name in used:
            lines += ["", f"[measured.{name}]", *(f"{fact} = {json.dumps(v)}" for fact, v in sorted(facts.items()))]
    for key, entry in sorted(entries.items()):
        lines += ["", f"[{key}]", f"k = {entry['k']:g}", f'growth = "{entry["growth"]}"']
        lines += [f"worst = {entry['worst']:g}", f'run = "{entry["run"]}"']
    return "\n".join(lines) + "\n"


def main() -> None:
    """Reads records and rewrites the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="name of the measurement, a bare word")
    parser.add_argument("records", nargs="+", type=Path, help="record.json of one or more runs")
    parser.add_argument("--command", default="pytest -m parity --parity-report DIR")
    parser.add_argument("--only", nargs="+", default=["*"], help="patterns of stage.law; other entries stay")
    arguments = parser.parse_args()
    records = [json.loads(path.read_text("utf-8")) for path in arguments.records]
    machine = records[0]["environment"]["machine"]
    provenance = {
        "machine": ", ".join(f"{name} {machine[name]}" for name in ("cpu", "simd", "cores", "os", "numpy")),
        "date": records[0]["time"][:10],
        "command": f"{arguments.command}; {len(records)} record(s)",
    }
    BUDGETS_FILE.write_text(render(worst_units(records), arguments.name, provenance, arguments.only), "utf-8")


if __name__ == "__main__":
    main()
