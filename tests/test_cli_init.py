"""``parity init``: what it finds, what it writes, and what it leaves as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from parity_suite.cli.main import main

BACKEND = """
class Base:
    def diffract(self, psi): ...

class Mine(Base):
    def diffract(self, psi): ...

class _Hidden:
    def diffract(self, psi): ...

class Plot:
    def scale(self, axis): ...
"""
PYPROJECT = """
[project]
name = "mine"

[tool.pytest.ini_options]
addopts = "-ra"

[tool.ruff]
line-length = 100
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_project_without_settings(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(project / "code_of_mine" / "__init__.py", "")
    _write(project / "code_of_mine" / "parity.py", BACKEND)
    _write(project / "broken.py", "def (")
    assert main(["init"]) == 0
    ini = (project / "pytest.ini").read_text("utf-8")
    assert ini == "[pytest]\nparity_backends =\n    code_of_mine.parity:Mine\npythonpath =\n    .\n"
    assert "@parity_checks()" in (project / "test_parity.py").read_text("utf-8")
    assert "fetch-depth: 0" in (project / ".github/workflows/parity.yml").read_text("utf-8")
    written = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main(["init"]) == 0
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == written
    assert capsys.readouterr().out.count("kept ") == 3


def test_settings_join_those_that_are_there(project: Path) -> None:
    _write(project / "pyproject.toml", PYPROJECT)
    _write(project / "src" / "code_in_src" / "__init__.py", BACKEND)
    _write(project / "tests" / "test_other.py", "")
    _write(project / ".git" / "config", "[remote]\nurl = https://gitlab.example.org/mine.git\n")
    assert main(["init"]) == 0
    options = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert options == {"addopts": "-ra", "parity_backends": ["code_in_src:Mine"], "pythonpath": ["src"]}
    assert (project / "tests" / "test_parity.py").is_file()
    assert "parity gate" in (project / ".gitlab-ci.yml").read_text("utf-8")
    assert not (project / "pytest.ini").exists()


def test_backends_that_are_named(project: Path) -> None:
    _write(project / "tox.ini", "[tox]\nenvlist = py\n\n[pytest]\naddopts = -q\n")
    assert main(["init", "mine=json:JSONDecoder", "--ci", "none"]) == 0
    text = (project / "tox.ini").read_text("utf-8")
    assert text == "[tox]\nenvlist = py\n\n[pytest]\nparity_backends =\n    mine=json:JSONDecoder\naddopts = -q\n"
    assert not (project / ".github").exists()
    assert main(["init", "no class"]) == 2


def test_where_there_is_no_backend_the_reference_ones_are_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == 0
    assert "the reference backends are asked" in capsys.readouterr().out
    assert (project / "test_parity.py").is_file()
    assert not (project / "pytest.ini").exists()
