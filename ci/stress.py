"""Fresh runs of the checks not marked slow that differ in all that must not matter; every one must be green.

``python ci/stress.py [--runs N] [--slices K] [--first SEED] [-- PYTEST ARGUMENTS]``, one run at a time. Runs differ in
seed, threads, oneDNN of either framework, order of imports, workers and order of tests; every pair of levels occurs.
A run takes one slice of K of the checks by a hash of their ids, so that each check is in every K-th run. Prints a line
a run and a summary; exit code 1 where a run is red, crashes, or did not run the very checks that it was to run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FACTORS: dict[str, tuple[Any, ...]] = {
    "threads": (1, 2),
    "tf_onednn": ("on", "off"),
    "torch_onednn": ("on", "off"),
    "imports": ("torch, tensorflow", "tensorflow, torch", "as needed"),
    "workers": (0, 1, 2),
    "order": ("as written", "backward", "random"),
}
#: Configurations drawn for a run, of which the one that balances the pairs of levels best is taken.
DRAWN = 64
LIMIT_S = 900
QUICK = "parity and not parity_slow and not parity_gpu"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

Run = dict[str, Any]


def plan(runs: int, slices: int, first: int) -> list[Run]:
    """The configuration of every run: seeded, every slice equally often, pairs of levels as equally as may be."""
    bits = random.Random(first)
    factors = {**FACTORS, "slice": tuple(range(slices))}
    seen: Counter[Any] = Counter()
    planned = []
    for k in range(runs):
        drawn = [{name: bits.choice(levels) for name, levels in FACTORS.items()} for _ in range(DRAWN)]
        given = [{**one, "slice": k % slices} for one in drawn]
        best = min(given, key=lambda one: sum(seen[pair] for pair in _pairs(one, factors)))
        seen.update(_pairs(best, factors))
        planned.append({"seed": first + k, "slices": slices, **best})
    return planned


def _pairs(run: Run, factors: Mapping[str, Any]) -> list[Any]:
    return [((a, run[a]), (b, run[b])) for a, b in combinations(factors, 2)]


def least_covered(planned: Sequence[Run], slices: int) -> int:
    """How often the pair of levels occurs that occurs least."""
    factors = {**FACTORS, "slice": tuple(range(slices))}
    seen = Counter(pair for run in planned for pair in _pairs(run, factors))
    every = (((a, x), (b, y)) for a, b in combinations(factors, 2) for x, y in product(factors[a], factors[b]))
    return min(seen[pair] for pair in every)


def listed(arguments: Sequence[str]) -> list[str]:
    """The ids of all checks that are not slow."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", QUICK, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=_path(), capture_output=True, text=True, check=True)
    return re.findall(r"::\w+\[(.*)\]$", done.stdout, re.MULTILINE)


def execute(run: Run, wanted: set[str], arguments: Sequence[str], folder: Path) -> tuple[list[str], set[str]]:
    """What is wrong with a run, and the checks that ran in it."""
    threads = dict.fromkeys(_THREADS, str(run["threads"]))
    environment = _path() | threads | {"PARITY_SEED": str(run["seed"]), "STRESS": json.dumps(run)}
    environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(run["tf_onednn"] == "on"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "stress_plugin", "-m", QUICK, "-n", str(run["workers"])]
    command += [f"--parity-report={folder}", *arguments]
    folder.mkdir(parents=True)
    with (folder / "log.txt").open("w") as log:
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return [f"not done in {LIMIT_S} s"], set()
    record = folder / "record.json"
    if not record.is_file():
        return [f"exit code {done.returncode} and no record"], set()
    findings = json.loads(record.read_text("utf-8"))["findings"]
    wrong = [f"{one['check']}: {one['verdict']}: {one['reason'][:200]}" for one in findings if _red(one)]
    if lost := wanted - {one["check"] for one in findings}:
        wrong.append(f"{len(lost)} of {len(wanted)} planned checks did not report, such as {min(lost)}")
    if done.returncode and not wrong:
        wrong.append(f"exit code {done.returncode}")
    return wrong, {one["check"] for one in findings if one["verdict"] != "not-run"}


def _red(finding: Mapping[str, Any]) -> bool:
    return finding["verdict"] not in ("ok", "not-run")


def _path() -> dict[str, str]:
    """An environment in which this folder and the checkout can be imported from, and nothing says CI."""
    path = os.pathsep.join(filter(None, [str(ROOT), str(ROOT / "ci"), os.environ.get("PYTHONPATH", "")]))
    return {**{name: value for name, value in os.environ.items() if name != "CI"}, "PYTHONPATH": path}


def summary(planned: Sequence[Run], red: set[int], ran: Counter[str], wanted: Sequence[str]) -> Iterator[str]:
    """Green runs, how often each check ran, and every level of every factor with its runs."""
    yield f"{len(planned) - len(red)} of {len(planned)} runs green"
    never = sorted(check for check in wanted if not ran[check])
    counts = [ran[check] for check in wanted if ran[check]]
    if counts:
        yield (
            f"{ran.total()} checks ran: {len(counts)} of {len(wanted)}, each {min(counts)} to {max(counts)} times; "
            f"{len(never)} are not for this machine or these seeds"
        )
    yield f"the rarest pair of levels occurs {least_covered(planned, planned[0]['slices'])} times"
    for name, levels in FACTORS.items():
        cells = []
        for level in levels:
            of_level = [run for run in planned if run[name] == level]
            cells.append(f"{level}: {len(of_level)} runs, {sum(run['seed'] in red for run in of_level)} red")
        yield f"  {name:<14}" + "; ".join(cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--slices", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="seed of the first run")
    parser.add_argument("arguments", nargs="*", metavar="PYTEST ARGUMENTS")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "ci"))
    os.environ.setdefault("STRESS", "{}")
    from stress_plugin import slice_of

    checks = listed(given.arguments)
    planned = plan(given.runs, given.slices, given.first)
    ran: Counter[str] = Counter()
    red: set[int] = set()
    folder = Path(tempfile.mkdtemp(prefix="stress-"))
    print(f"{len(checks)} checks in {given.slices} slices, {len(planned)} runs; red runs stay in {folder}", flush=True)
    for run in planned:
        start = time.monotonic()
        wanted = {check for check in checks if slice_of(check, given.slices) == run["slice"]}
        wrong, found = execute(run, wanted, given.arguments, folder / str(run["seed"]))
        ran.update(found)
        levels = ", ".join(f"{name} {run[name]}" for name in FACTORS)
        verdict = "RED" if wrong else "green"
        spent = time.monotonic() - start
        print(f"{verdict} seed {run['seed']}, slice {run['slice']}, {levels}: {len(found)} ran in {spent:.0f} s")
        print("".join(f"  {line}\n" for line in wrong[:10]), end="", flush=True)
        if wrong:
            red.add(run["seed"])
        else:
            shutil.rmtree(folder / str(run["seed"]))
    in_plan = {run["slice"] for run in planned}
    print("\n".join(summary(planned, red, ran, [c for c in checks if slice_of(c, given.slices) in in_plan])))
    return int(bool(red) or not checks)


if __name__ == "__main__":
    sys.exit(main())
