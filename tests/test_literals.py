"""The engine knows stages and fields as data: it names none of a pack's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import parity_suite
from parity_suite.core.packs import packs

PACKAGE: Final = Path(parity_suite.__file__).parent

#: Fields of ptychography that are called as what any code has: a name for something else wherever the engine has one.
ORDINARY: Final = frozenset(
    [
        "batch",
        "count",
        "factor",
        "folder",
        "maximum",
        "mean",
        "minimum",
        "object",
        "order",
        "seed",
        "settings",
        "size",
        "std",
    ]
)
#: Files that name some all the same, and why.
EXCUSED: Final = {
    "backends/capabilities.py": "a word by which a backend declares a precision, that of its images",
    "contracts/relation_arguments.py": "relations between the arrays of a scan are part of the language of contracts",
    "contracts/relations.py": "the same",
    "contracts/sample_relations.py": "the same",
    "contracts/scan_relations.py": "the same",
    "report/comparing.py": "the file of a dump, and the number that decides of two runs",
}


def names() -> frozenset[str]:
    """The stages, chains and fields of all packs."""
    stages = [stage for pack in packs() for stage in pack.stages]
    fields = {field.name for stage in stages for field in (*stage.inputs, *stage.outputs)}
    return frozenset({stage.name for stage in stages} | {name for pack in packs() for name in pack.chains} | fields)


def literals(package: Path, known: frozenset[str]) -> Iterator[tuple[str, int, str]]:
    """File, line and text of every string outside of the pack that is one of these names, or one of them and a law."""
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        if file.parts[0] == "ptychography":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                first, dot, law = node.value.partition(".")
                if first in known and (not dot or law.isidentifier()):
                    yield file.as_posix(), node.lineno, node.value


def test_no_engine_file_names_a_stage_or_a_field() -> None:
    found = literals(PACKAGE, names() - ORDINARY)
    assert [one for one in found if one[0] not in EXCUSED] == []


def test_a_word_is_ordinary_and_a_file_excused_only_where_need_be() -> None:
    assert names() >= ORDINARY
    assert not {stage.name for pack in packs() for stage in pack.stages} & ORDINARY
    found = list(literals(PACKAGE, names()))
    assert {text for _, _, text in found} >= ORDINARY
    assert {file for file, _, text in found if text not in ORDINARY} == set(EXCUSED)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("engine/checks", "QUICK = {'diffract'}", ["diffract"]),
        ("engine/checks", "def of(stage):\n    return stage == 'forward'", ["forward"]),
        ("laws/outputs", "def of(got):\n    return got['numerator'], got['size']", ["numerator"]),
        ("compare/budgets", "MOST = {'translate.oracle': 1e-6}", ["translate.oracle"]),
        ("laws/outputs", "def of(found):\n    return f'{found[\"psi\"]} is far'", ["psi"]),
        ("ptychography/rules", "STAGE = 'diffract'", []),
        ("report/words", "'''What diffract is.'''\nTEXT = 'diffract is wrong. It is'", []),
    ],
)
def test_a_name_is_told(tmp_path: Path, file: str, text: str, told: list[str]) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / f"{file}.py").write_text(text)
    assert [text for _, _, text in literals(tmp_path, names() - ORDINARY)] == told
