"""Prints names of mutants: ``sample.py FOLDER again`` those not killed, ``sample.py FOLDER N`` N drawn of all."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path


def main() -> None:
    """One name a line."""
    results: dict[str, int | None] = {}
    for meta in sorted(Path(sys.argv[1], "mutants").rglob("*.meta")):
        results |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    if sys.argv[2] == "again":
        print("\n".join(name for name, code in results.items() if code not in (1, 3)))
    else:
        print("\n".join(sorted(random.Random(6).sample(sorted(results), min(int(sys.argv[2]), len(results))))))


if __name__ == "__main__":
    main()
