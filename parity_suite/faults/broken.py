"""Faults that fail by themselves: an error in the code of a mistake is no mistake of a backend, and proves nothing."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import getfile
from pathlib import Path
from typing import Final

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.contracts.violation import ContractError
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Fault

_HERE: Final = Path(__file__).parent
_NUMPY: Final = Path(np.__file__).parent


@dataclass
class Troubles:
    """What kept a fault from showing what it is for, while one was put into a copy and checks were run on it."""

    #: the first error in the code of the fault itself; empty where there was none
    broken: str = ""
    #: why the backend gave none of the gradients that the fault makes wrong; empty where it gave one, None where none
    #: was asked for
    withheld: str | None = None


#: Instances of a faulty copy are made wherever a check wants one: whoever put the fault in is found by this alone.
_listening: ContextVar[Troubles | None] = ContextVar("troubles", default=None)


@contextmanager
def listening() -> Iterator[Troubles]:
    """Gathers the troubles of one fault."""
    token = _listening.set(Troubles())
    try:
        yield troubles()
    finally:
        _listening.reset(token)


def troubles() -> Troubles:
    """Where troubles are noted now; nobody reads them where nobody listens."""
    return _listening.get() or Troubles()


@contextmanager
def watched(fault: type[Fault]) -> Iterator[None]:
    """Notes an error that is raised in the code of the fault itself, unless to fail is what it does wrong."""
    try:
        yield
    except (NotProvided, ContractError):
        raise
    except Exception as error:
        if fault.kind is not Kind.CRASH and (place := _own_line(error, fault)):
            noted = troubles()
            noted.broken = noted.broken or f"{type(error).__name__}: {error} ({place})"
        raise


def _own_line(error: Exception, fault: type[Fault]) -> str:
    """File and line of the fault's own code, where the error was raised there or in NumPy by it; empty elsewhere."""
    own = {Path(getfile(one)) for one in fault.__mro__ if issubclass(one, Fault) and one is not Fault}
    folders = {_HERE, *(path.parent for path in own if path.parent.name == _HERE.name)}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_NUMPY):
            continue
        return f"{path.name}:{frame.lineno}" if path in own or path.parent in folders else ""
    return ""
