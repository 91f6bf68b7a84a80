"""Runs of pytest, and their workers, that are forked from a process which has imported the package and run nothing.

What an interpreter imports is most of the time of a run of a few checks in workers. Here the process of a run is a fork
of a server that one process of the tests keeps, and each of its workers a fork of that process as it was before it
began. A worker is still the child of its run, and whichever of them dies takes nothing else along.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from select import select
from typing import Any, Final

#: Bytes of a message at most.
_MESSAGE: Final = 1 << 20


class ForkedRun:
    """What pytester asks of ``subprocess.Popen``, of a run that is forked."""

    stdin = None

    def __init__(self, command: Sequence[str], stdout: Any, stderr: Any, **_: Any) -> None:
        assert command[:2] == (sys.executable, "-mpytest")
        given = {"arguments": command[2:], "folder": str(Path.cwd()), "environment": dict(os.environ)}
        self._server = _server()
        socket.send_fds(self._server, [json.dumps(given).encode()], [stdout.fileno(), stderr.fileno()])
        self._process = int(self._server.recv(_MESSAGE))

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, less than 0 for a signal."""
        if not select([self._server], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("pytest", timeout or 0)
        return int(self._server.recv(_MESSAGE))

    def kill(self) -> None:
        """Ends it, but for its workers, which end by themselves."""
        os.kill(self._process, signal.SIGKILL)


@cache
def _server() -> socket.socket:
    """The end of a connection to the server of this process, which ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # One thread, as the runs have, or there would be others that a fork loses.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, str(theirs.fileno())]
    server = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd="/", env=environment)
    theirs.close()
    atexit.register(server.wait)
    atexit.register(ours.close)
    return ours


def _serve(server: socket.socket) -> list[str] | None:
    """The arguments of a run in the process that is forked for it, and nothing in this one, once nobody asks."""
    while True:
        message, streams, *_ = socket.recv_fds(server, _MESSAGE, 2)
        if not message:
            return None
        child = os.fork()
        if not child:
            server.close()
            given = json.loads(message)
            nothing = os.open(os.devnull, os.O_RDONLY)
            _become(given["environment"], given["folder"], [nothing, *streams])
            arguments: list[str] = given["arguments"]
            return arguments
        for one in streams:
            os.close(one)
        server.send(str(child).encode())
        server.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(environment: Mapping[str, str], folder: str, streams: Sequence[int]) -> None:
    """Makes a forked process one that was started in a folder, with an environment and what are its first streams."""
    for place, one in enumerate(streams):
        os.dup2(one, place)
        os.close(one)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    # Python seeds its own generator anew in a fork, and NumPy does not.
    sys.modules["numpy.random"].seed()  # type: ignore[attr-defined]


class _Waiting:
    """What execnet asks of ``subprocess.Popen``, of a process that was forked and waits for its streams."""

    def __init__(self, process: int, connection: socket.socket) -> None:
        self.pid = process
        self._connection = connection

    def begin(self) -> _Waiting:
        """Hands it a pipe for what it reads and one for what it says."""
        (reads, writes), (hears, says) = os.pipe(), os.pipe()
        given = {"folder": str(Path.cwd()), "environment": dict(os.environ)}
        socket.send_fds(self._connection, [json.dumps(given).encode()], [reads, says])
        self._connection.close()
        os.close(reads)
        os.close(says)
        self.stdin, self.stdout = os.fdopen(writes, "wb"), os.fdopen(hears, "rb")
        return self

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self) -> None:
        """Ends it."""
        os.kill(self.pid, signal.SIGKILL)


def _workers(arguments: Sequence[str]) -> list[_Waiting] | None:
    """As many processes as a run will have workers to begin with; nothing in each of them, once it is one."""
    asked = int(arguments[arguments.index("-n") + 1]) if "-n" in arguments else 0
    waiting: list[_Waiting] = []
    for _ in range(asked):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = os.fork()
        if not child:
            ours.close()
            # Or the others would not see that the run is gone.
            for one in waiting:
                one._connection.close()
            _begin(theirs)
            return None
        theirs.close()
        waiting.append(_Waiting(child, ours))
    return waiting


def _begin(run: socket.socket) -> None:
    """Waits to be a worker; ends where the run does before."""
    message, streams, *_ = socket.recv_fds(run, _MESSAGE, 2)
    if not message:
        os._exit(0)
    run.close()
    given = json.loads(message)
    _become(given["environment"], given["folder"], streams)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)


def _lend(waiting: list[_Waiting]) -> None:
    """Lets execnet begin these before it starts interpreters, as it does for a worker that takes another's place."""
    from execnet.gateway_base import Popen2IO
    from execnet.gateway_io import Popen2IOMaster

    started = Popen2IOMaster.__init__

    def begun(self: Any, args: Any, execmodel: Any) -> None:
        if not waiting:
            return started(self, args, execmodel)
        self.popen = waiting.pop(0).begin()
        return Popen2IO.__init__(self, self.popen.stdin, self.popen.stdout, execmodel=execmodel)

    Popen2IOMaster.__init__ = begun


def _import_all() -> None:
    """What a run imports, read as pytest has plugins read, or it would warn of them; and the whole package."""
    from _pytest.config import _prepareconfig

    config = _prepareconfig(["--noconftest"])
    import xdist.remote  # noqa: F401
    from inner_runs import import_package

    import_package()
    config._ensure_unconfigure()
    gc.freeze()


def main() -> int | None:
    """In a run its exit status; in a worker nothing, and in the server, once there is nothing to do any more."""
    _import_all()
    arguments = _serve(socket.socket(fileno=int(sys.argv[1])))
    if arguments is None:
        return None
    waiting = _workers(arguments)
    if waiting is None:
        from execnet.gateway_io import popen_bootstrapline

        exec(popen_bootstrapline, {"__name__": "__main__"})
        return None
    import pytest

    _lend(waiting)
    sys.argv = ["pytest", *arguments]
    return pytest.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
