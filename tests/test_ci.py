"""The scripts of continuous integration and the README's commands: they parse, and what they name is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
SCRIPTS: Final = [
    path
    for path in (ROOT / ".ci" / "run", *sorted((ROOT / "ci").iterdir()))
    if path.is_file() and path.read_text("utf-8").startswith("#!/usr/bin/env bash")
]
TEXTS: Final = [*SCRIPTS, ROOT / "README.md", ROOT / "ci" / "github.yml"]

of_a_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
of_a_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)


@of_a_script
def test_it_parses(path: Path) -> None:
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


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
