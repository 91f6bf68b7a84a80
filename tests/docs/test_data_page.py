"""The page on the files of other programs names every command that brings one in, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from parity_suite.ptychography.commands.convert import app
from parity_suite.ptychography.datasets.formats.layouts import FOLDERS, HDF5, NPZ

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")


def test_the_commands_are_those_that_there_are() -> None:
    there = {str(one.name) for one in app.registered_commands if str(one.name).endswith("-to-raw")}
    assert set(re.findall(r"\b[a-z]+-to-raw\b", PAGE)) == there


def test_what_a_file_is_told_to_need_exists() -> None:
    there = {one.name for one in app.registered_commands}
    assert {one.command for one in (*HDF5, *NPZ, *FOLDERS) if one.command} <= there
