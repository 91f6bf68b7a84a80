"""``parity init``: what it finds, what it writes, and what it leaves as it is."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from _pytest.config.findpaths import locate_config

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
    # The command puts the folder of a project there.
    monkeypatch.setattr(sys, "path", [*sys.path])
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


@pytest.mark.parametrize(
    ("files", "name", "begins"),
    [
        ({"pyproject.toml": "[project]\nname = 'x'\n", "tox.ini": "[pytest]\naddopts = -q\n"}, "tox.ini", "[pytest]\n"),
        ({"pyproject.toml": "", "setup.cfg": "[tool:pytest] \naddopts = -q\n"}, "setup.cfg", "[tool:pytest] \n"),
        ({"pytest.toml": "[pytest]  # ours\n", "pytest.ini": "[pytest]\n"}, "pytest.toml", "[pytest]  # ours\n"),
        ({".pytest.ini": "[pytest]\n", "pyproject.toml": "[tool.pytest.ini_options]\n"}, ".pytest.ini", "[pytest]\n"),
        (
            {"pyproject.toml": "[tool.pytest] # ours\n[tool.x]\npythonpath = 1\n"},
            "pyproject.toml",
            "[tool.pytest] # ours\n",
        ),
    ],
)
def test_the_file_that_pytest_reads_is_the_one_that_is_written(
    files: dict[str, str], name: str, begins: str, project: Path
) -> None:
    for one, text in files.items():
        _write(project / one, text)
    _write(project / "mine.py", BACKEND)
    assert main(["init", "--ci", "none"]) == 0
    # Nothing else is, or pytest would leave out what it has read until then.
    assert {one for one, text in files.items() if (project / one).read_text("utf-8") != text} == {name}
    written = (project / name).read_text("utf-8")
    assert written.startswith(f"{begins}parity_backends =")
    assert written.count("pythonpath") == files[name].count("pythonpath") + 1
    assert locate_config(project, [project])[1] == project / name


def test_a_folder_that_the_settings_lack_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(project / "pytest.ini", "[pytest]\npythonpath = lib\n")
    _write(project / "mine.py", BACKEND)
    assert main(["init", "--ci", "none"]) == 0
    assert "pytest.ini: pythonpath does not have ., where a backend lies: add it" in capsys.readouterr().out


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
