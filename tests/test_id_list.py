"""The list of ids is whole or an error, however it was cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_suite.core.id_list import IdList, TornList, parse_list, read_list, update_list
from parity_suite.core.writing import NotWritten

CHECKS = [f"diffract.energy[n{side}-tiny-cpu-float32]" for side in (16, 64, 128)]
TEST = "tests/test_a b.py::test_denoise[a ran]"
LISTED = IdList(frozenset({*CHECKS, TEST}), frozenset({CHECKS[0], TEST}))


def test_a_list_is_read_as_it_was_written() -> None:
    text = LISTED.render()
    assert text.splitlines()[:2] == ["# ids of parity checks, format 2: 4", f"{CHECKS[2]}"]
    assert f"{TEST} ran\n" in text
    assert parse_list(text.encode()) == LISTED
    assert parse_list(text.replace("\n", "\r\n").encode()) == LISTED, "as git may check it out"
    assert LISTED.checks == frozenset(CHECKS)


@given(st.integers(0, len(LISTED.render().encode()) - 1))
def test_wherever_it_is_cut_is_seen(length: int) -> None:
    with pytest.raises(TornList):
        parse_list(LISTED.render().encode()[:length])


@given(st.integers(1, len(LISTED.render().encode()) - 1))
def test_a_list_without_its_beginning_is_no_list_of_the_first_format(start: int) -> None:
    with pytest.raises(TornList):
        parse_list(LISTED.render().encode()[start:])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it has 0 bytes"),
        (b"\xff\xfe\n", "byte 0 is not UTF-8"),
        (CHECKS[0].encode(), "it ends within a line"),
        (f"{CHECKS[0]}\n{CHECKS[1][:20]}\n".encode(), "'diffract.energy[n64-' is not an id"),
        (LISTED.render().replace(": 4", ": 5").encode(), "its first line counts 5 ids, and 4 are there"),
        (LISTED.render().replace(CHECKS[1], CHECKS[2]).encode(), "its first line counts 4 ids, and 3 are there"),
        (f"<<<<<<< ours\n{CHECKS[0]}\n".encode(), "'<<<<<<< ours' is not an id"),
        # The first line that is wrong, of several.
        (
            LISTED.render().replace(CHECKS[2], f"<<<<<<< ours\n{CHECKS[2]}\n>>>>>>>").encode(),
            "'<<<<<<< ours' is not an id",
        ),
        (b"\n", "'' is not an id"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, why: str) -> None:
    with pytest.raises(TornList) as found:
        parse_list(data)
    assert str(found.value) == why


def test_a_list_of_the_first_format_says_ids_and_not_what_ran() -> None:
    assert parse_list(("\n".join(CHECKS) + "\n").encode()) == IdList(frozenset(CHECKS), tells=False)


def test_what_is_not_a_file_is_no_missing_list(tmp_path: Path) -> None:
    assert read_list(tmp_path / "absent.txt") is None
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(TornList, match="it is not a file"):
            read_list(tmp_path / name)


def test_a_torn_list_is_not_updated(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(b"torn")
    with pytest.raises((TornList, NotWritten)):
        update_list(path, lambda before: before, within=tmp_path)
    assert path.read_bytes() == b"torn"
