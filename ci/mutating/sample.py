"""Prints names of mutants: ``sample.py FOLDER again`` those not killed, ``sample.py FOLDER N[@SEED]`` N of all."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path


def main() -> None:
    """One name a line."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    results: dict[str, int | None] = {}
    for meta in sorted(folder.joinpath("mutants").rglob("*.meta")):
        results |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    if what == "again":
        drawn = folder / "drawn"
        asked = drawn.read_text("utf-8").split("\n")[1:-1] if drawn.is_file() else list(results)
        print("\n".join(name for name in asked if results.get(name) not in (1, 3)))
    else:
        number, _, seed = what.partition("@")
        print("\n".join(sorted(random.Random(int(seed or 6)).sample(sorted(results), min(int(number), len(results))))))


if __name__ == "__main__":
    main()
