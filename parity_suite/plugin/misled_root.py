"""A path after an option and a space, which pytest takes for a place of tests when it looks for its root."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from parity_suite.core.id_list import FILE_NAME
from parity_suite.plugin.options import SNAPSHOTS

#: The ini files of pytest, and what must stand in one of them for pytest to take it.
_SECTIONS: Final = {
    "pytest.toml": "",
    ".pytest.toml": "",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}


def refuse_misled_root(config: pytest.Config) -> None:
    """``pytest.UsageError`` where the value of an option of the suite led pytest away from the ini file of its folder.

    Options of plugins are not known yet when pytest looks for its root: what stands after them and exists is to it a
    path as any other. Without that root there are no markers, no backends and no snapshots.
    """
    start = config.invocation_params.dir
    chosen = config.option.inifilename or config.option.rootdir
    found = config.inipath is not None and config.inipath.parent in (start, *start.parents)
    if chosen or found or config.rootpath == start or not _is_missed(start):
        return
    for option, value in _apart(config):
        if start not in (path := (start / value).resolve()).parents and path.exists():
            said = f"pytest took this path for one of tests, and so {config.rootpath} for its root"
            raise pytest.UsageError(f"{option} {value}: {said}; write {option}={value}")


def _is_missed(start: Path) -> bool:
    """Whether pytest would have found an ini file, from a folder on, that says anything to the suite, or beside which
    its list of ids lies.
    """
    for path, section in (
        (folder / name, one) for folder in (start, *start.parents) for name, one in _SECTIONS.items()
    ):
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        if text and section in text and ("parity_" in text or (path.parent / SNAPSHOTS / FILE_NAME).exists()):
            return True
    return False


def _apart(config: pytest.Config) -> Iterator[tuple[str, str]]:
    """Options of the suite with their values, where no ``=`` joins them."""
    for option, value in pairwise(map(str, config.invocation_params.args)):
        if option.startswith("--parity-") and "=" not in option and not value.startswith("-"):
            yield option, value
