"""A process that answers what it is asked while it remembers nothing: ``python -m parity_suite.backends.fork_server``.

With a folder as its argument it answers what lies there. Without one it imports what the first line of its input
names, and forks a process to answer each folder that a further line names, once it has imported the function that is
asked; it ends with the process that asks.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from select import select
from typing import Any, Final

#: What is said once all is imported, and nothing where a fork would lose threads that the imports have started.
READY: Final = "ready"


def main(arguments: Sequence[str]) -> None:
    """Answers a folder, in this interpreter or in each process that is forked from it."""
    folder = Path(arguments[0]) if arguments else _folder_of_child()
    if folder is not None:
        answer(folder)


def answer(folder: Path) -> None:
    """Writes to ``answer.json`` what the function that ``request.json`` names makes of what is given there."""
    request = _request(folder)
    sys.path[:] = request["path"]
    module, function = request["function"].split(":")
    answered = getattr(import_module(module), function)(request["given"], folder)
    (folder / "answer.json").write_text(json.dumps(answered), "utf-8")
    # Or Python, when it ends, searches all the objects of a framework for garbage: a third of such a process's time.
    gc.freeze()


def _request(folder: Path) -> dict[str, Any]:
    request: dict[str, Any] = json.loads((folder / "request.json").read_text("utf-8"))
    return request


def _folder_of_child() -> Path | None:
    """In each forked process the folder it is to answer; in this one nothing, once nobody asks any more."""
    replies = os.dup(1)
    os.dup2(2, 1)
    setup: dict[str, Any] = json.loads(sys.stdin.readline())
    sys.path[:] = setup["path"]
    if not _can_fork_with(setup["imports"]):
        return None
    _reply(replies, READY)
    while line := sys.stdin.readline():
        folder = Path(line.removesuffix("\n"))
        # Or each process would import anew what it is asked by.
        if not _can_fork_with([_request(folder)["function"].partition(":")[0]]):
            return None
        child = os.fork()
        if not child:
            os.close(replies)
            return _detached(folder)
        _reply(replies, str(_status(child)))
    return None


def _can_fork_with(modules: Sequence[str]) -> bool:
    """Whether this process, once it has imported these as well, can be forked."""
    if all(name in sys.modules for name in modules):
        return True
    for name in modules:
        import_module(name)
    gc.freeze()
    return _loses_no_thread()


def _reply(replies: int, text: str) -> None:
    os.write(replies, f"{text}\n".encode())


def _loses_no_thread() -> bool:
    """Whether this thread is the only one, but for those that stop for a fork, as OpenBLAS's do for the first one."""
    child = os.fork()
    if not child:
        os._exit(0)
    return not _status(child) and len(list(Path("/proc/self/task").iterdir())) == 1


def _detached(folder: Path) -> Path:
    """Makes a forked process one of its own: it reads nothing, and what it says as an error goes into the folder."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(os.open(folder / "errors.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
    # Python seeds its own generator anew in a fork, and NumPy does not.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    return folder


def _status(child: int) -> int:
    """How a forked process ended; it is ended together with this one where the process that asks is gone."""
    ended = os.pidfd_open(child)
    readable, _, _ = select([ended, sys.stdin], [], [])
    if ended not in readable:
        os.killpg(0, signal.SIGKILL)
    os.close(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(sys.argv[1:])
