"""The list of ids beside the snapshots, ``check-ids.txt``: what is asked here, and of each whether it ran.

A line is the id of a check, or the node id of a test that holds baselines of its own; `` ran`` follows it where it ran.
The first line has the count of these, so that a list that was cut is no shorter list; below it stands when and why
losses were accepted, for whoever reads a change of the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parity_suite.core.check_id import CheckId
from parity_suite.core.writing import update_whole

FILE_NAME: Final = "check-ids.txt"

_HEAD: Final = re.compile(r"# ids of parity checks, format 2: (\d+)")
_RAN: Final = " ran"
_ACCEPTED: Final = "# accepted as lost "
#: What stands in a node id of pytest and in the id of no check.
_OF_TEST: Final = "::"


class TornList(ValueError):
    """What lies in the place of the list is not a whole one, and why."""


@dataclass(frozen=True)
class IdList:
    """The ids of a list, and those of them that ran."""

    ids: frozenset[str] = frozenset()
    ran: frozenset[str] = frozenset()
    #: whether it says what ran, which one of the first format does not
    tells: bool = True
    #: the losses that updates accepted, a line each: the day, the reason and what was lost
    accepted: tuple[str, ...] = ()

    @property
    def checks(self) -> frozenset[str]:
        """The ids of checks, without tests that hold baselines of their own."""
        return frozenset(one for one in self.ids if not of_test(one))

    def render(self) -> str:
        lines = [f"# ids of parity checks, format 2: {len(self.ids)}", *(_ACCEPTED + one for one in self.accepted)]
        return "\n".join([*lines, *(one + _RAN * (one in self.ran) for one in sorted(self.ids))]) + "\n"


def of_test(listed: str) -> bool:
    """Whether a listed id is that of a test that holds baselines, and not of a check."""
    return _OF_TEST in listed


def read_list(path: Path) -> IdList | None:
    """The list of a file, None where there is none; TornList where it is not whole or cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise TornList("it is not a file")
        return parse_list(path.read_bytes()) if path.exists() else None
    except OSError as error:
        raise TornList(error.strerror or str(error)) from None


def update_list(path: Path, change: Callable[[IdList], IdList], *, within: Path) -> None:
    """Puts what is made of the list in its place; TornList where it is not whole, or NotWritten, and it stays."""
    update_whole(path, lambda old: change(parse_list(old) if old else IdList()).render(), within=within)


def parse_list(data: bytes) -> IdList:
    """The list of a file's bytes, of this format or of the first one, which is ids alone; TornList otherwise."""
    if not data:
        raise TornList("it has 0 bytes")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TornList(f"byte {error.start} is not UTF-8") from None
    if not text.endswith("\n"):
        raise TornList("it ends within a line")
    head, *lines = text[:-1].split("\n")
    counted = _HEAD.fullmatch(head)
    accepted = tuple(line.removeprefix(_ACCEPTED) for line in lines if counted and line.startswith(_ACCEPTED))
    lines = lines[len(accepted) :] if counted else [head, *lines]
    listed = [line.removesuffix(_RAN) if counted else line for line in lines]
    for one in listed:
        _require_id(one, tests=bool(counted))
    ids = frozenset(listed)
    if counted and not len(ids) == len(lines) == int(counted[1]):
        raise TornList(f"its first line counts {counted[1]} ids, and {len(ids)} are there")
    ran = frozenset(line.removesuffix(_RAN) for line in lines if line.endswith(_RAN))
    return IdList(ids, ran, bool(counted), accepted)


def _require_id(text: str, *, tests: bool) -> None:
    if not (tests and of_test(text)):
        try:
            CheckId.parse(text)
        except ValueError:
            raise TornList(f"{text[:60]!r} is not an id") from None
