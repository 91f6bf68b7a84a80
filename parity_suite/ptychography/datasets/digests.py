"""The digest expected of every recipe's dataset, kept beside the recipes.

``python -m parity_suite.ptychography.datasets.digests`` compares; with ``--write`` it writes what this machine makes,
to be done after a deliberate change of a recipe or of the generator.
"""

from __future__ import annotations

import argparse
import tomllib

from parity_suite.contracts.resources import resource_folder
from parity_suite.core.writing import write_whole

from .recipes import DIGEST_FILE, load_recipe, recipe_names
from .synthetic import synthesise

_HEADER = """\
# sha256 of the dataset each recipe makes, the same on every machine.
# After a deliberate change: python -m parity_suite.ptychography.datasets.digests --write
"""


def expected_digests() -> dict[str, str]:
    """The committed digest of each recipe."""
    path = resource_folder("fixtures") / DIGEST_FILE
    return {name: str(value) for name, value in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def actual_digests() -> dict[str, str]:
    """The digest of each recipe's dataset as this machine makes it now."""
    return {name: synthesise(load_recipe(name)).digest for name in recipe_names()}


def main(arguments: list[str] | None = None) -> int:
    """Compare or write; the exit status is 1 where a digest is not the expected one."""
    parser = argparse.ArgumentParser(prog="python -m parity_suite.ptychography.datasets.digests", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the digests instead of comparing them")
    write = parser.parse_args(arguments).write
    actual = actual_digests()
    if write:
        lines = "".join(f'"{name}" = "{digest}"\n' for name, digest in actual.items())
        write_whole(resource_folder("fixtures") / DIGEST_FILE, _HEADER + lines)
        return 0
    expected = expected_digests()
    for name in sorted(actual.keys() | expected.keys()):
        verdict = "ok" if actual.get(name) == expected.get(name) else "differs"
        print(f"{name} {actual.get(name)} {verdict}")
    return int(actual != expected)


if __name__ == "__main__":
    raise SystemExit(main())
