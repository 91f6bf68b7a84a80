"""A function asked in a process that remembers nothing: forked from one that has only imported what it takes.

What is read while something is imported is read under the environment, the path and the directory of the process that
asks: one that has imported under others is not forked. ``multiprocessing`` has one fork server, with one list of
imports and the environment that it started under.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from select import select
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import Any, Final

from parity_suite.backends.fork_server import READY

#: Characters of what a process said last that a finding, which holds 300 of any error, has room for.
_LAST_WORDS: Final = 250
#: Servers that one process keeps; each holds a framework in memory.
_MOST_SERVERS: Final = 2
_COMMAND: Final = (sys.executable, "-m", "parity_suite.backends.fork_server")

#: Variables that torch and TensorFlow set while they are imported or compile: a process that imports them anew is given
#: what this one was started with.
_SET_BY_FRAMEWORKS: Final = (
    "ENABLE_RUNTIME_UPTIME_TELEMETRY",
    "HDF5_PLUGIN_PATH",
    "TF2_BEHAVIOR",
    "TORCHINDUCTOR_CACHE_DIR",
    "TPU_ML_PLATFORM",
    "TPU_ML_PLATFORM_VERSION",
    "_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR",
)


def ask_forked_process(
    function: str, given: Mapping[str, Any], folder: Path, timeout: float, imports: Sequence[str] = ()
) -> Any:
    """What a function ``module:name`` returns, as JSON, when a process that remembers nothing calls it with what is
    ``given``, as JSON, and an existing ``folder`` for anything else. ``imports`` are the modules that cost time.

    The process is a new interpreter where none can be forked: beyond Linux, under ``PARITY_FORK=0``, or where what is
    imported starts threads. ``RuntimeError`` where it fails as a whole, ``TimeoutError`` where it takes more than
    ``timeout`` seconds, imports included.
    """
    asked = {"function": function, "given": given, "path": sys.path}
    (folder / "request.json").write_text(json.dumps(asked), "utf-8")
    until = time.monotonic() + timeout
    status = _SERVERS.status(folder, imports, until) if _can_fork() else None
    if status is None:
        status = _status_of_interpreter(folder, until)
    answered = folder / "answer.json"
    # A process that ends in the middle of its work may do so with status 0.
    if status or not answered.is_file():
        said = (folder / "errors.txt").read_text("utf-8", "replace")
        raise RuntimeError(f"a fresh process failed: {' '.join(said.split())[-_LAST_WORDS:]}")
    return json.loads(answered.read_text("utf-8"))


def modules_of(classes: Iterable[type]) -> list[str]:
    """The modules that classes and their bases are written in, which a process imports to have them."""
    names = dict.fromkeys(base.__module__ for cls in classes for base in cls.__mro__)
    return [name for name in names if name not in ("builtins", "__main__")]


def close_servers() -> None:
    """Ends the processes that are kept to be forked."""
    _SERVERS.close()


def _can_fork() -> bool:
    return hasattr(os, "pidfd_open") and os.environ.get("PARITY_FORK") != "0"


def _environment() -> dict[str, str]:
    """What a module may read of the environment while it is imported; which test runs, and what frameworks note there
    for themselves, is none of that.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    started_with = _started_with()
    for name in _SET_BY_FRAMEWORKS:
        environment.pop(name, None)
        if name in started_with:
            environment[name] = started_with[name]
    return environment


@cache
def _started_with() -> dict[str, str]:
    """The environment in which this process began, where the system tells."""
    told = Path("/proc/self/environ")
    if not told.exists():
        return {}
    pairs = (os.fsdecode(one).partition("=") for one in told.read_bytes().split(b"\0") if one)
    return {name: value for name, _, value in pairs}


def _status_of_interpreter(folder: Path, until: float) -> int:
    with (folder / "errors.txt").open("wb") as errors:
        command, environment = [*_COMMAND, str(folder)], _environment()
        process = Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=errors, env=environment, start_new_session=True)
    try:
        return process.wait(max(0.0, until - time.monotonic()))
    except TimeoutExpired:
        raise TimeoutError("a fresh process took too long") from None
    finally:
        _end(process)


def _end(process: Popen[bytes]) -> None:
    """Ends a process that may have ended, and those that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Server:
    """A process that has imported some modules, to be forked; ``fit`` says whether it can be, once it was asked."""

    def __init__(self, imports: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = Popen(
            _COMMAND, bufsize=0, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
        )
        self.fit: bool | None = None
        self._send(json.dumps({"path": sys.path, "imports": imports}))

    def status(self, folder: Path, until: float) -> int | None:
        """The exit status of a process that was forked to answer a folder; None where none could be, or it is gone."""
        if self.fit is None:
            self.fit = self._reply(until) == READY
        if not self.fit:
            return None
        self._send(str(folder))
        reply = self._reply(until)
        return int(reply) if reply else None

    def close(self) -> None:
        """Ends the process, and the one that it may have forked."""
        _end(self._process)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        # Where it is gone, its reply is empty.
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())

    def _reply(self, until: float) -> str:
        assert self._process.stdout is not None
        if not select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError("a fresh process took too long")
        return self._process.stdout.readline().decode().strip()


class _Servers:
    """The servers asked last, by what they have imported and under which environment, path and directory."""

    def __init__(self) -> None:
        self._kept: dict[Any, _Server] = {}

    def status(self, folder: Path, imports: Sequence[str], until: float) -> int | None:
        """The exit status of a forked process that answered a folder; None where none could be forked."""
        environment = _environment()
        # setuptools, which a compiler may import, adds what it brings along.
        path = tuple(one for one in sys.path if Path(one).parts[-2:] != ("setuptools", "_vendor"))
        key = tuple(imports), path, Path.cwd(), frozenset(environment.items())
        server = self._kept.pop(key, None) or _Server(imports, environment)
        try:
            status = server.status(folder.resolve(), until)
        except BaseException:
            # Also where the user interrupts: a late reply would be taken for the next one.
            server.close()
            raise
        if server.fit and status is None:
            server.close()
        else:
            self._kept[key] = server
        for old in list(self._kept)[:-_MOST_SERVERS]:
            self._kept.pop(old).close()
        return status

    def close(self) -> None:
        """Ends them all."""
        while self._kept:
            self._kept.popitem()[1].close()


_SERVERS: Final = _Servers()
atexit.register(_SERVERS.close)
