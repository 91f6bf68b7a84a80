"""The engine knows stages and fields as data: it names none of a pack's."""

from __future__ import annotations

import ast
import re
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
#: Beside them what any code calls its own attributes and arguments.
ORDINARY_ATTRIBUTES: Final = ORDINARY | frozenset(
    ["counts", "group", "interpolation", "layout", "losses", "power", "source", "stats", "target", "watch"]
)
#: Files that name some all the same, and why.
EXCUSED: Final = {
    "backends/adapted.py": "where a layer of PyTorch is written",
    "backends/capabilities.py": "a word by which a backend declares a precision, that of its images",
    "contracts/relation_checks.py": "what a quotient is of, in the language of contracts",
    "contracts/relation_settling.py": "the same",
    "contracts/relations.py": "the same",
}

#: Words of ptychography that no engine file calls anything by, beside its stages and fields: as a part of a name too,
#: in the plural too.
WORDS: Final = frozenset(
    [
        "canvas",
        "diffract",
        "diffraction",
        "gridsize",
        "illuminate",
        "illumination",
        "lesson",
        "patch",
        "photon",
        "probe",
        "probing",
        "ptychography",
        "reassemble",
        "stitch",
    ]
)
#: A class of matplotlib has one all the same.
NAMED_SO: Final = frozenset(["FigureCanvasAgg"])


def names() -> frozenset[str]:
    """The stages, chains and fields of all packs."""
    stages = [stage for pack in packs() for stage in pack.stages]
    fields = {field.name for stage in stages for field in (*stage.inputs, *stage.outputs)}
    return frozenset({stage.name for stage in stages} | {name for pack in packs() for name in pack.chains} | fields)


def literals(package: Path, known: frozenset[str]) -> Iterator[tuple[str, int, str]]:
    """File, line and text of every string outside of the pack that is one of these names, one of them and a law, or a
    list of them, however it is put together; and every attribute and argument that is called as one.
    """
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        if file.parts[0] == "ptychography":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text, said = whole(node) or "", named(node)
            words = re.findall(r"\w+", text)
            of_law = re.fullmatch(r"(\w+)(\.[\w\0]*)*", text)
            listed = len(words) > 1 and re.fullmatch(r"\w+(([, |]|, )\w+)+", text) and known.issuperset(words)
            if (of_law and of_law[1] in known) or listed:
                yield file.as_posix(), node.lineno, text.replace("\0", "{}")
            elif said in known - ORDINARY_ATTRIBUTES:
                yield file.as_posix(), node.lineno, f".{said}"


def whole(node: ast.AST) -> str | None:
    """A text as it is written or put together of parts that are; a null for each part that is known later alone."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = whole(node.left), whole(node.right)
        return None if parts == (None, None) else "".join("\0" if one is None else one for one in parts)
    if isinstance(node, ast.JoinedStr):
        return "".join(whole(one) or "\0" for one in node.values)
    return whole(node.value) if isinstance(node, ast.FormattedValue) else None


def named(node: ast.AST) -> str | None:
    """What an attribute is called that is asked for, or an argument that is given by name."""
    return node.attr if isinstance(node, ast.Attribute) else node.arg if isinstance(node, ast.keyword) else None


def names_with(package: Path, words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """File and name of everything outside of the pack that is called, wherever it is defined, asked for or imported, by
    a name with one of these words.
    """
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if file.parts[0] != "ptychography" else ():
            called = {getattr(node, part, None) for part in ("id", "attr", "arg", "name", "asname")}
            for name in sorted(one for one in called if isinstance(one, str)):
                if words & set(words_of(name)):
                    yield file.as_posix(), name


def words_of(name: str) -> Iterator[str]:
    """The words that a name is made of in whatever case, each as it is and in the singular."""
    for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name):
        yield from (word.lower(), word.lower().removesuffix("s"), word.lower().removesuffix("es"))


def test_no_engine_file_calls_anything_by_a_word_of_ptychography() -> None:
    found = list(names_with(PACKAGE, WORDS))
    assert [one for one in found if one[1] not in NAMED_SO] == []
    assert {name for _, name in found} == NAMED_SO


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("core/case", "class Case:\n    gridsize: int", ["gridsize"]),
        ("engine/checks", "def of(case):\n    return case.gridsize", ["gridsize"]),
        ("laws/algebra", "def probe_vector(n_patches):\n    'Of a probe.'", ["n_patches", "probe_vector"]),
        (
            "report/words",
            "from x import Diffraction as wave, PatchDump\nCANVAS = 1",
            ["CANVAS", "Diffraction", "PatchDump"],
        ),
        ("report/words", "told = 'a patch'\ndispatch(lessening=told)", []),
        ("ptychography/rules", "gridsize = 1", []),
    ],
)
def test_a_word_is_told(tmp_path: Path, file: str, text: str, told: list[str]) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / f"{file}.py").write_text(text)
    assert sorted(name for _, name in names_with(tmp_path, WORDS)) == told


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
        (
            "compare/allowance",
            "def of(stage):\n    return f'infer.oracle.{stage}'",
            ["infer.oracle.", "infer.oracle.{}"],
        ),
        (
            "engine/checks",
            "MODEL = 'inf' + 'er'\nLAW = 'diffract' + '.' + MODEL",
            ["diffract", "diffract.", "diffract.{}", "infer"],
        ),
        ("engine/checks", "FIRST = 'probe, diffract'.split(', ')", ["probe, diffract"]),
        ("engine/checks", "FIRST = f'{\"probe\"}'", ["probe", "probe", "probe"]),
        ("cases/inputs", "def of(given, one):\n    return one(probe=given.psi)", [".probe", ".psi"]),
        ("cases/inputs", "def of(found):\n    return found.group(), found.source", []),
        ("ptychography/rules", "STAGE = 'diffract'", []),
        ("report/words", "'''What diffract is.'''\nTEXT = 'diffract is wrong. It is'", []),
    ],
)
def test_a_name_is_told(tmp_path: Path, file: str, text: str, told: list[str]) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / f"{file}.py").write_text(text)
    assert sorted(text for _, _, text in literals(tmp_path, names() - ORDINARY)) == told
