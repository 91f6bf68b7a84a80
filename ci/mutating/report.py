"""Writes ``docs/mutation.md`` from what the mutation runs left: ``report.py FOLDER [SECONDS]``."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from prepare import PARTS, ROOT, core_files

from parity_suite.contracts.tables import markdown_table

#: Survivors that change nothing that can be asked for, by part of the name or of the change, with the reason.
_EQUIVALENT: Final = json.loads(Path(__file__).with_name("equivalent.json").read_text("utf-8"))
#: What a page can hold of a part.
_MOST: Final = 400
_HEADS: Final = ("part", "mutants", "tried", "killed", "timeout", "survived", "no tests", "score")

_HEAD = """# Mutation testing of the core

Written by `ci/mutation` on {today} with mutmut {version}. A mutant is the core with one small change: another operator,
number, argument or text. One that no test notices has *survived*, and shows what no test asks for.

{table}

- `mutants` are all that the tool makes of the part, `tried` those that have a result. A score is killed over tried;
  timeouts and what has no test count as not killed. That of all weighs each part by its mutants.
{sampled}- A `timeout` took over fifteen times what its tests take without it, and a second. On a machine with other
  work that is no proof of a loop, so it is no kill.
- Each part is held to its own tests alone, in NumPy: `tests/compare`, `tests/oracle`, `tests/contracts` and
  `tests/laws` without fuzzers, without files of gibibytes and without a framework, which does not survive the tool's
  forks. What the checks on PyTorch and TensorFlow, the fault gallery in `tests/faults` and the fuzzers would kill
  besides is not counted.
- Not mutated: statements outside of functions (tables, constants), f-strings, the wording of texts with a space in
  them, and what the tool leaves alone everywhere (annotations, `len`, `isinstance`). Decorated functions are mutated:
  `ci/mutating/prepare.py` writes `@law(...)` above a function as a call below it, which the tool can see through.
- Mutants that no program could tell from the original are counted as survivors, and marked with the reason below.
"""

_SAMPLED = """- Not all were tried. A part with `NUMBER` or `NUMBER@SEED` beside it drew that many by
  `random.Random(SEED)`, with 6 where none is given; the bracket is Wilson's interval of 95 %. Where tests were written
  for what one draw showed, the score is of a draw made after them. Of a part that does not stand in the table nothing
  was run.
"""


def main() -> None:
    """Writes the page from the folder in which each part was run."""
    folder = Path(sys.argv[1])
    rows, lists = [], []
    total: Counter[str] = Counter()
    weighed = 0.0
    for part in PARTS:
        found = dict(_results(folder / part, part))
        if not found:
            continue
        how, tried = _drawn(folder / part, found)
        counts = Counter(status for status, _ in tried.values())
        counts["not checked"] += len(found) - len(tried)
        total += counts
        weighed += len(found) * counts["killed"] / max(1, counts.total() - counts["not checked"])
        rows.append(_cells(f"`{part}`", counts, how))
        lists += [f"## Not killed in `{part}`", "", *_survivors(folder / part, tried), ""]
    rows.append(_cells("all", total, "", weighed / max(1, total.total())))
    text = _HEAD.format(
        today=date.today().isoformat(),
        version=version("mutmut"),
        table="\n".join(markdown_table(_HEADS, rows, right=_HEADS[1:])),
        sampled=_SAMPLED if total["not checked"] else "",
    )
    (ROOT / "docs" / "mutation.md").write_text("\n".join([text, *lists]).rstrip() + "\n", "utf-8")


def _results(folder: Path, part: str) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Status and file of every mutant by its name."""
    for path in core_files(part):
        data = SourceFileMutationData(path=folder / "mutants" / path)
        data.meta_path = folder / "mutants" / f"{path}.meta"
        data.load()
        for name, code in data.exit_code_by_key.items():
            yield name, (status_by_exit_code[code], path)


def _drawn(folder: Path, found: dict[str, tuple[str, Path]]) -> tuple[str, dict[str, tuple[str, Path]]]:
    """How the mutants that count were drawn, and those; all of them where none were."""
    path = folder / "drawn"
    if not path.is_file():
        return "", found
    how, *names = path.read_text("utf-8").split("\n")[:-1]
    return how, {name: found[name] for name in names if name in found}


def _cells(name: str, counts: Counter[str], drawn: str, weighed: float = 0.0) -> tuple[str, ...]:
    tried = counts.total() - counts["not checked"]
    killed = counts["killed"]
    score = f"{weighed or killed / tried:.1%}" if tried else "-"
    if drawn and tried:
        low, high = _wilson(killed, tried)
        score += f" [{low:.1%}, {high:.1%}]"
        name += f" (`{drawn}`)"
    numbers = (counts.total(), tried, killed, counts["timeout"], counts["survived"], counts["no tests"])
    return (name, *map(str, numbers), score)


def _wilson(killed: int, tried: int) -> tuple[float, float]:
    z, p = 1.96, killed / tried
    middle = (p + z**2 / (2 * tried)) / (1 + z**2 / tried)
    half = z / (1 + z**2 / tried) * math.sqrt(p * (1 - p) / tried + z**2 / (4 * tried**2))
    return middle - half, middle + half


def _survivors(folder: Path, found: dict[str, tuple[str, Path]]) -> list[str]:
    lines = []
    for name, (status, path) in found.items():
        if status in ("killed", "not checked"):
            continue
        function = (
            re.sub(r"__mutmut_\d+$", "", name.rpartition(".")[2])
            .removeprefix("x_")
            .removeprefix("xǁ")
            .replace("ǁ", ".")
        )
        change, line = _change(folder, name, path)
        reason = next((why for key, why in _EQUIVALENT.items() if key in f"{function}: {change}"), "")
        marks = [status] * (status != "survived") + [f"equivalent: {reason}"] * bool(reason)
        lines.append(
            f"- `{path.name}`:{line} `{function}` `` {change} ``" + (f" ({'; '.join(marks)})" if marks else "")
        )
    if len(lines) > _MOST:
        return [*lines[:_MOST], f"- and {len(lines) - _MOST} more"]
    return lines or ["None."]


def _change(folder: Path, name: str, path: Path) -> tuple[str, int]:
    """The lines that differ, as one, and the line of the file that they stand in."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        diff = get_diff_for_mutant(name, path=str(path)).splitlines()[2:]
    finally:
        os.chdir(before)
    old, new = ([" ".join(one[1:].split()) for one in diff if one.startswith(mark)] for mark in "-+")
    source = (folder / path).read_text("utf-8").splitlines()
    # A line that is there more than once is given where it is first.
    line = next((i for i, text in enumerate(source, 1) if old and " ".join(text.split()) == old[0]), 0)
    return f"{' '.join(old)} -> {' '.join(new)}"[:230].replace("``", "` `"), line


if __name__ == "__main__":
    main()
