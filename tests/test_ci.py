"""The scripts of continuous integration and the README's commands: they parse, and what they name is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import pytest

from parity_suite.cli.gate_base import NoBase
from parity_suite.cli.main import main

ROOT: Final = Path(__file__).resolve().parents[1]
SCRIPTS: Final = [
    path
    for path in (ROOT / ".ci" / "run", *sorted((ROOT / "ci").iterdir()))
    if path.is_file() and path.read_text("utf-8").startswith("#!/usr/bin/env bash")
]
COPIED: Final = [ROOT / "ci" / "github.yml", ROOT / "ci" / "gitlab.yml", ROOT / ".pre-commit-hooks.yaml"]
TEXTS: Final = [*SCRIPTS, ROOT / "README.md", ROOT / "docs" / "ci.md", *COPIED]

of_a_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
of_a_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)


@of_a_script
def test_it_parses(path: Path) -> None:
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_part_of_the_core_that_is_mutated_has_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    prepare = import_module("ci.mutating.prepare")
    said = re.search(r"^# Parts: (.*)\.$", (ROOT / "ci" / "mutation").read_text("utf-8"), re.MULTILINE)
    assert said is not None
    assert said[1].split() == list(prepare.PARTS)
    assert all(prepare.core_files(part) for part in prepare.PARTS)
    monkeypatch.setitem(prepare.PARTS, "gone", prepare.Part(("laws/*.py", "laws/gone.py"), ()))
    with pytest.raises(ValueError, match=r"part gone: no file is called laws/gone\.py"):
        prepare.core_files("gone")


@of_a_text
def test_the_scripts_that_it_names_are_there(path: Path) -> None:
    named = set(re.findall(r"(?<![\w/])\.?ci/[\w./]*\w", path.read_text("utf-8")))
    assert not {name for name in named if not (ROOT / name).exists()}


@of_a_text
def test_the_markers_that_it_selects_by_are_known(path: Path, pytestconfig: pytest.Config) -> None:
    """One that is misspelt selects nothing, and behind ``not`` everything."""
    known = {re.split(r"[:(]", line)[0] for line in pytestconfig.getini("markers")}
    selected = re.findall(r"pytest -m (?:'([^']+)'|\"([^\"]+)\"|(\w+))", path.read_text("utf-8"))
    words = {word for expression in selected for word in re.findall(r"\w+", " ".join(expression))}
    assert words - {"and", "or", "not"} <= known


def test_the_options_of_the_stress_runs_are_its_own() -> None:
    stress = ROOT / "ci" / "stress.py"
    given = re.findall(r"ci/stress\.py(.*)", (ROOT / "ci" / "long").read_text("utf-8"))
    helped = subprocess.run([sys.executable, str(stress), "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"--\w+", " ".join(given))
    assert options
    assert not set(options) - set(re.findall(r"--\w+", helped))


def test_before_a_release_measured_data_are_asked_for_and_not_skipped() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PARITY_DATA"}
    done = subprocess.run(
        ["bash", str(ROOT / "ci" / "long"), "false"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert done.stdout == ""
    assert "PARITY_DATA: the folder with the measured data" in done.stderr


class Taken(NoBase, FileNotFoundError):
    """What each of the commands says that it could not look for."""


@pytest.mark.parametrize("path", [*COPIED, ROOT / "ci" / "gate", ROOT / "docs" / "ci.md"])
def test_the_commands_that_are_shown_are_commands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ``parity gate``, ``report`` and ``snapshots`` in a line of its own, with the options that it has there."""
    begun: list[object] = []

    def refuse(*given: object) -> NoReturn:
        begun.append(given)
        raise Taken("the command line was taken")

    # The first that each does once it knows what was typed.
    for module, first in (("gate", "base_of"), ("report", "_records"), ("snapshots", "_tree")):
        monkeypatch.setattr(import_module(f"parity_suite.cli.{module}"), first, refuse)
    text = path.read_text("utf-8").replace("-m parity_suite.cli.main", "parity")
    lines = re.findall(r"(?m)^[^`|]*?\bparity ((?:gate|report|snapshots)\b[^`|,{}\n]*)(?:\|\| true)?$", text)
    assert lines
    for line in lines:
        assert main(shlex.split(line)) == 2
    assert len(begun) == len(lines)


def test_the_workflow_reads_and_nothing_else() -> None:
    """So that it runs for a request from a fork, whose code must not meet a token that can write."""
    text = (ROOT / "ci" / "github.yml").read_text("utf-8")
    assert "permissions:\n  contents: read\n" in text
    assert "fetch-depth: 0" in text
    assert not re.search(r"secrets\.|pull_request_target|: write", text)
    assert 'GIT_DEPTH: "0"' in (ROOT / "ci" / "gitlab.yml").read_text("utf-8")


@pytest.mark.parametrize(("kind", "name"), [("github-workflows", "github.yml"), ("gitlab-ci", "gitlab.yml")])
def test_what_a_user_copies_keeps_the_schema_of_its_service(kind: str, name: str, tmp_path: Path) -> None:
    copied = ROOT / "ci" / name
    broken = tmp_path / name
    broken.write_text(re.sub(r"\b(steps|script):", r"\1s:", copied.read_text("utf-8")), "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}"]
    codes = [
        subprocess.run([*command, str(path)], capture_output=True, check=False).returncode for path in (copied, broken)
    ]
    assert codes == [0, 1]
