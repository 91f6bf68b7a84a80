"""Prints which laws see which fault: ``python -m parity_suite.faults --dataset FILE > docs/faults.md``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parity_suite.cases.world import add_file
from parity_suite.datasets.raw_file import load_raw
from parity_suite.faults import FAULTS
from parity_suite.faults.matrix import render
from parity_suite.faults.sightings import ORIGINS, can_show, sight


def main(arguments: list[str]) -> int:
    """1 where a fault stayed unseen on data that can show it, else 0."""
    parser = argparse.ArgumentParser(prog="python -m parity_suite.faults", description=__doc__)
    parser.add_argument("--backend", default="torch", help="an installed backend")
    parser.add_argument("--dataset", type=Path, required=True, help="a raw dataset (NPZ)")
    settings = parser.parse_args(arguments)
    dataset = load_raw(settings.dataset)
    add_file(dataset)
    files = (dataset.name,)
    found = [{o: sight(settings.backend, fault, o, files) for o in ORIGINS} for fault in FAULTS.values()]
    print(render(found), end="")
    missed = [s for one in found for o, s in one.items() if not s.red and can_show(s.fault, o, files, settings.backend)]
    for sighting in missed:
        print(f"{sighting.fault.name} stayed unseen on {sighting.origin} data", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
