"""The ini file from which pytest takes its settings in a project, and what stands in it of the suite."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Any, Final

#: The files that are pytest's own, in the order in which it looks for them.
_OWN: Final = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
#: Files of others, which it takes where they have one of these sections.
_OTHERS: Final = {
    "pyproject.toml": ("tool.pytest.ini_options", "tool.pytest"),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}


def ini_of(root: Path) -> tuple[Path, str]:
    """The file from which pytest takes its settings here, or would, and the section of it."""
    for name in _OWN:
        if (root / name).is_file():
            return root / name, "pytest"
    there = {name: sections for name, sections in _OTHERS.items() if (root / name).is_file()}
    for name, sections in there.items():
        text = (root / name).read_text("utf-8")
        for section in sections:
            if heading_of(text, section):
                return root / name, section
    return (
        (root / "pyproject.toml", "tool.pytest.ini_options")
        if "pyproject.toml" in there
        else (root / _OWN[2], "pytest")
    )


def heading_of(text: str, section: str) -> re.Match[str] | None:
    """The line with which a section begins."""
    return re.search(rf"^[ \t]*\[{re.escape(section)}\][ \t]*(?:[#;].*)?$", text, re.MULTILINE)


def has_key(text: str, section: str, key: str) -> bool:
    """Whether a section has a line for a key, be it empty."""
    heading = heading_of(text, section)
    body = re.split(r"^[ \t]*\[", text[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0] if heading else ""
    return bool(re.search(rf"^{re.escape(key)}[ \t]*[=:]", body, re.MULTILINE))


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
    for name in section.split("."):
        table = table.get(name, {})
    return table.get(key, [])


def _of_ini(path: Path, section: str, key: str) -> str:
    parser = ConfigParser(interpolation=None)
    parser.read(path, "utf-8")
    return parser.get(section, key, fallback="")
