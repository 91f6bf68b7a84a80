"""Copies what a mutation run needs into a folder, with the core written so that the tool reaches all of it.

mutmut leaves decorated functions alone, and every law is one; so ``@law(...)`` above ``def f`` becomes
``f = law(...)(f)`` below it. Plain texts with a space in them become triple-quoted, which the tool leaves alone: they
are words for people. Neither changes what the code does, nor the number of a line.
"""

from __future__ import annotations

import ast
import io
import json
import sys
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """Patterns of files under ``parity_suite``, and what pytest is given to choose the tests by."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


#: The parts of the core, and the tests that each is held to: its own, none of which imports a framework or takes long.
PARTS: Final[Mapping[str, Part]] = {
    "compare": Part(("compare/*.py",), ("tests/compare",)),
    "diagnosis": Part(
        ("compare/diagnosis/*.py",), ("tests/compare/test_diagnosis.py", "tests/compare/test_diagnosis_table.py")
    ),
    "oracle": Part(("ptychography/oracle.py", "ptychography/oracle_network.py"), ("tests/oracle",)),
    "contracts": Part(
        ("contracts/*.py", "contracts/containers/*.py"),
        (
            "tests/contracts",
            # Fuzzers and files of gibibytes.
            "--ignore=tests/contracts/test_fuzz.py",
            "--ignore=tests/contracts/test_difference_soundness.py",
            "--ignore=tests/contracts/containers/test_bounded_memory.py",
            "--deselect=tests/contracts/containers/test_hostile_npz.py::test_a_bomb_is_refused_within_64_megabytes",
            "--deselect=tests/contracts/containers/test_hostile_hdf5.py::test_damaged_bytes_never_bring_the_process_down",
            "--deselect=tests/contracts/test_stored.py::test_a_mapped_file_larger_than_the_limit_is_validated_within_it",
        ),
    ),
    "laws": Part(
        ("laws/*.py", "ptychography/laws/*.py"),
        (
            "tests/laws",
            "--ignore=tests/laws/test_written_out_adam.py",
            # Minutes of a journey that is being shrunk.
            "--deselect=tests/laws/test_journeys.py::test_the_stage_that_is_wrong_is_blamed",
            # Inputs are drawn by the source of the law, which the tool rewrites: none of these reaches the rim or
            # is of one image.
            "--deselect=tests/laws/test_journeys.py::test_what_shows_at_the_rim_alone_takes_as_many_moves_as_lead_there",
            "--deselect=tests/laws/test_laws_on_numpy.py::test_a_wrong_one_is_red[translate.search-lone_image_squeezed]",
        ),
    ),
}
_COPIED: Final = ("parity_suite", "tests", "contracts", "fixtures", "snapshots", "conftest.py", "ci")
#: Decorators that the tool understands.
_KNOWN: Final = ("staticmethod", "classmethod")


def core_files(part: str) -> list[Path]:
    """The files of a part, relative to the root; ValueError where a pattern finds none."""
    found = {pattern: list((ROOT / "parity_suite").glob(pattern)) for pattern in PARTS[part].files}
    if empty := [pattern for pattern, paths in found.items() if not paths]:
        raise ValueError(f"part {part}: no file is called {', '.join(empty)}")
    return sorted(path.relative_to(ROOT) for paths in found.values() for path in paths)


def prepared(source: str) -> str:
    """The source of a module as the tool is to see it."""
    return _quoted(_undecorated(source))


def _undecorated(source: str) -> str:
    lines = source.split("\n")
    below: dict[int, str] = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
            continue
        decorators = [ast.unparse(one) for one in node.decorator_list]
        end = node.end_lineno or 0
        if set(decorators) & set(_KNOWN) or (end < len(lines) and lines[end].strip()):
            continue
        for i in range(node.decorator_list[0].lineno - 1, node.lineno - 1):
            lines[i] = ""
        call = node.name
        for decorator in reversed(decorators):
            call = f"{decorator}({call})"
        below[end] = f"{' ' * node.col_offset}{node.name} = {call}"
    for end, line in below.items():
        lines[end : end + 1] = [line] if end < len(lines) - 1 else [line, ""]
    return "\n".join(lines)


def _quoted(source: str) -> str:
    tokens = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        prose = token.type == tokenize.STRING and " " in text and text[0] == '"' and text[:3] != '"""'
        # A text that ends in a quote would end early.
        tokens.append((token, f'""{text}""' if prose and not text.endswith('\\""') else text))
    lines = source.split("\n")
    for token, text in reversed(tokens):
        if text != token.string:
            row, (_, start), (_, end) = token.start[0] - 1, token.start, token.end
            lines[row] = lines[row][:start] + text + lines[row][end:]
    return "\n".join(lines)


def configuration(part: str) -> str:
    """The tool's own configuration, as the ``pyproject.toml`` of a folder."""
    chosen = PARTS[part].tests
    arguments = ["-p", "ci.mutating.session", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:benchmark"]
    settings = {
        "source_paths": ["parity_suite"],
        "only_mutate": [str(path) for path in core_files(part)],
        "also_copy": [name for name in _COPIED if name not in ("parity_suite", "tests")],
        "pytest_add_cli_args": [*arguments, *(one for one in chosen if one.startswith("-"))],
        "pytest_add_cli_args_test_selection": [one for one in chosen if not one.startswith("-")],
        "track_dependencies": False,
    }
    return "\n".join(["[tool.mutmut]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items()), ""])


def _sources() -> set[Path]:
    """What a run needs, relative to the root."""
    tops = [ROOT / name for name in _COPIED]
    found = (path for top in tops for path in ([top] if top.is_file() else top.rglob("*")))
    return {path.relative_to(ROOT) for path in found if path.is_file() and path.suffix != ".pyc"}


def bring_up_to_date(part: str, folder: Path) -> bool:
    """Whether anything was another. What has not changed keeps its time, by which the tool knows that its results
    still hold; what is gone from the root goes.
    """
    sources, core = _sources(), set(core_files(part))
    tops = [folder / name for name in _COPIED]
    held = {path.relative_to(folder) for top in tops for path in ([top] if top.is_file() else top.rglob("*"))}
    gone = {path for path in held - sources if (folder / path).is_file() and path.suffix != ".pyc"}
    for place in gone:
        for copy in (folder, folder / "mutants"):
            (copy / place).unlink(missing_ok=True)
    changed = bool(gone)
    for place in sorted(sources):
        content = (ROOT / place).read_bytes()
        if place in core:
            content = prepared(content.decode("utf-8")).encode("utf-8")
        if not (folder / place).is_file() or (folder / place).read_bytes() != content:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(content)
            changed = True
    return changed


def main() -> None:
    """``prepare.py PART FOLDER``: brings the folder up to date, but for the tool's own results in it."""
    part, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if bring_up_to_date(part, folder):
        # Which test calls which function: the tool asks new tests alone, and old ones call new functions too.
        (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    (folder / "pyproject.toml").write_text(configuration(part), "utf-8")


if __name__ == "__main__":
    main()
