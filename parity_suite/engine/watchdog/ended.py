"""What is left of a process that was ended in the middle of a check: said to the run's controller, or to a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from parity_suite.core.check_id import CheckId
from parity_suite.core.writing import write_whole

#: The checks that are named; the line says how many there are.
_SHOWN: Final = 5


@dataclass(frozen=True)
class Ended:
    """The test whose check was beyond its limit, and the stacks of all threads when it came to that."""

    test: str
    seconds: float
    stack: str
    #: what was selected and had not begun; nothing where this process is not the one that knows
    not_run: Sequence[str] = ()

    @property
    def reason(self) -> str:
        return too_long(self.seconds)

    @staticmethod
    def read(path: Path, test: str) -> Ended | None:
        """What was left of a process that was ended in this test; None where it ended otherwise."""
        try:
            ended = Ended(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        return ended if ended.test == test else None


def too_long(seconds: float) -> str:
    """In words, what is wrong with a check that took more than so many seconds."""
    return f"longer than {seconds:g} s"


def ended_by_timeout(ended: Ended, word: str) -> None:
    """Called by the watching process before it ends the other one. A worker of xdist leaves word to the controller in
    the file ``word``; without one it is the run that ends, which is said on stderr.
    """
    if word:
        write_whole(Path(word), json.dumps(asdict(ended)))
    else:
        print(_text(ended), file=sys.stderr, flush=True)


def _check_of(test: str) -> str:
    """The id of the check that a test asks, or the test where it holds a baseline."""
    return str(CheckId.within(test) or test)


def _text(ended: Ended) -> str:
    check = _check_of(ended.test)
    lines = ["", f"parity: {check}: {ended.reason}, and it could not be stopped", ended.stack.rstrip()]
    if count := len(ended.not_run):
        more = ", ..." if count > _SHOWN else ""
        said = "1 selected check did" if count == 1 else f"{count} selected checks did"
        lines.append(f"parity: {said} not run: {', '.join(map(_check_of, ended.not_run[:_SHOWN]))}{more}")
    lines.append(f"parity: RED: the run was ended in {check}; -n 1 runs what is left in another process")
    return "\n".join(lines)
