"""The ini file from which pytest takes its settings in a project, and what stands in it of the suite."""

from __future__ import annotations

import tomllib
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Any, Final

#: The ini files of pytest in the order in which it reads them, and their section.
INI: Final = {"pytest.ini": "[pytest]", "tox.ini": "[pytest]", "setup.cfg": "[tool:pytest]"}
TOML_SECTIONS: Final = ("[tool.pytest.ini_options]", "[tool.pytest]")


def ini_of(root: Path) -> tuple[Path, str]:
    """The file from which pytest takes its settings here, or would, and the heading above them."""
    project = root / "pyproject.toml"
    if (root / "pytest.ini").is_file():
        return root / "pytest.ini", INI["pytest.ini"]
    if project.is_file():
        text = project.read_text("utf-8")
        return project, next((one for one in TOML_SECTIONS if f"{one}\n" in text), TOML_SECTIONS[0])
    for name, section in INI.items():
        if (root / name).is_file() and section in (root / name).read_text("utf-8"):
            return root / name, section
    return root / "pytest.ini", INI["pytest.ini"]


def listed(root: Path, key: str) -> list[str]:
    """The values of an ini key of several lines or a TOML list; none where there is no such key or file."""
    path, section = ini_of(root)
    if not path.is_file():
        return []
    try:
        value = _of_toml(path, section, key) if path.suffix == ".toml" else _of_ini(path, section, key)
    except (tomllib.TOMLDecodeError, Error):
        return []
    return value.split() if isinstance(value, str) else [str(one) for one in value]


def _of_toml(path: Path, section: str, key: str) -> Any:
    table: Any = tomllib.loads(path.read_text("utf-8"))
    for name in section.strip("[]").split("."):
        table = table.get(name, {})
    return table.get(key, [])


def _of_ini(path: Path, section: str, key: str) -> str:
    parser = ConfigParser(interpolation=None)
    parser.read(path, "utf-8")
    return parser.get(section.strip("[]"), key, fallback="")
