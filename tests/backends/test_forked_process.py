"""What is asked of a process that remembers nothing, be it forked or a new interpreter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import gone, is_running

from parity_suite.backends.forked_process import ask_forked_process, close_servers, modules_of
from parity_suite.plugin import run as plugin

LONG = 120.0
BOTH = pytest.mark.parametrize("fork", ["1", "0"], ids=["forked", "interpreter"])
#: Of a process that was forked the parent is a server.
THREADED = """
import os, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()

def parent(given, folder):
    return os.getppid()
"""
needs_fork = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are forked on Linux alone")


@pytest.fixture(autouse=True)
def no_server() -> Iterator[None]:
    close_servers()
    yield
    close_servers()


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    def ask(name: str, timeout: float = LONG, imports: tuple[str, ...] = ("asked_elsewhere",), **given: Any) -> Any:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return ask_forked_process(f"asked_elsewhere:{name}", given, folder, timeout, imports)

    return ask


@BOTH
def test_each_question_finds_a_process_that_was_asked_nothing(
    ask: Any, fork: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_FORK", fork)
    answers = [ask("state", number=number, text="\N{GREEK SMALL LETTER MU}") for number in (1, 2.5)]
    assert [one["given"] for one in answers] == [{"number": n, "text": "\N{GREEK SMALL LETTER MU}"} for n in (1, 2.5)]
    assert [one["asked"] for one in answers] == [1, 1]
    assert len({one["process"] for one in answers} | {os.getpid()}) == 3
    assert {one["path"] == sys.path for one in answers} == {True}
    assert {one["directory"] for one in answers} == {str(Path.cwd())}
    assert {one["input"] for one in answers} == {""}
    for first, second in zip(*(one["random"] for one in answers), strict=True):
        assert first != second
    parents = {one["parent"] for one in answers}
    assert (parents == {os.getpid()}) is (fork == "0")


@needs_fork
def test_one_server_is_forked_for_every_question(ask: Any) -> None:
    first, second = ask("state"), ask("state")
    assert first["parent"] == second["parent"]
    assert is_running(first["parent"])
    close_servers()
    assert not is_running(first["parent"])
    assert ask("state")["parent"] not in (first["parent"], os.getpid())


@needs_fork
def test_the_server_and_no_forked_process_imports_what_is_asked(ask: Any) -> None:
    for answer in (ask("state", imports=()), ask("state", imports=())):
        assert answer["imported in"] == answer["parent"] != os.getpid()
        assert answer["asked"] == 1


@needs_fork
def test_a_function_whose_module_starts_a_thread_is_asked_in_an_interpreter(tmp_path: Path) -> None:
    (tmp_path / "threaded.py").write_text(THREADED, "utf-8")
    folder = tmp_path / "asked"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        assert ask_forked_process("threaded:parent", {}, folder, LONG) == os.getpid()


@needs_fork
def test_a_run_of_pytest_ends_its_servers(ask: Any) -> None:
    server = ask("state")["parent"]
    plugin.pytest_unconfigure()
    assert not is_running(server)


@BOTH
def test_what_is_read_while_importing_is_read_under_the_environment_of_the_asker(
    ask: Any, fork: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_FORK", fork)
    for value in ("one", "two", "one"):
        monkeypatch.setenv("PARITY_TEST_SWITCH", value)
        answer = ask("state")
        assert (answer["switch"], answer["imported under"]) == (value, value)


@needs_fork
def test_what_a_framework_notes_in_the_environment_makes_no_other_server(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os; from parity_suite.backends.forked_process import _environment; os.environ.update(TF2_BEHAVIOR='1');"
        "print(_environment().get('TF2_BEHAVIOR'))"
    )
    monkeypatch.delenv("TF2_BEHAVIOR", raising=False)
    for given, told in ({}, "None"), ({"TF2_BEHAVIOR": "0"}, "0"):
        environment = {**os.environ, **given}
        said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert said.stdout.strip() == told, "a process that imports anew is given what this one was started with"
    before = ask("state")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "set while torch compiled")
    assert ask("state")["parent"] == before["parent"]


@needs_fork
def test_what_setuptools_adds_to_the_path_makes_no_other_server(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask("state")
    added = [*sys.path, "/anywhere/site-packages/setuptools/_vendor"]
    monkeypatch.setattr(sys, "path", added)
    after = ask("state")
    assert (after["parent"], after["path"]) == (before["parent"], added)


@needs_fork
def test_another_directory_or_path_is_another_server(ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ask("state")
    monkeypatch.syspath_prepend(tmp_path)
    there = ask("state")
    assert there["path"][0] == str(tmp_path)
    monkeypatch.chdir(tmp_path)
    elsewhere = ask("state")
    assert elsewhere["directory"] == str(tmp_path)
    assert len({one["parent"] for one in (here, there, elsewhere)}) == 3
    assert gone(here["parent"]), "of three servers the one asked last of all is ended"
    assert is_running(there["parent"])


@BOTH
def test_how_a_function_fails_is_said(ask: Any, fork: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_FORK", fork)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^a fresh process failed: .*LookupError: nothing under x$"):
            ask("fail", key="x")
    with pytest.raises(RuntimeError, match=r"has no attribute 'unknown'"):
        ask("unknown")
    with pytest.raises(RuntimeError, match=r"^a fresh process failed: not today$"):
        ask("leave", status="not today")
    for status in (0, 3):
        with pytest.raises(RuntimeError, match=r"^a fresh process failed: out of luck$"):
            ask("die", status=status)
    assert ask("state")["asked"] == 1


@pytest.mark.parametrize("fork", ["1", pytest.param("0", marks=pytest.mark.long)], ids=["forked", "interpreter"])
def test_what_takes_too_long_is_ended_with_what_it_started(
    ask: Any, fork: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_FORK", fork)
    ask("state")
    with pytest.raises(TimeoutError):
        # Long enough to have started, on any machine: it would take ten minutes.
        ask("linger", timeout=8)
    (said,) = tmp_path.rglob("lingering")
    assert gone(*map(int, said.read_text().split()))
    assert ask("state")["asked"] == 1


@needs_fork
def test_a_server_that_ends_is_followed_by_another(ask: Any) -> None:
    first = ask("state")
    os.kill(first["parent"], signal.SIGKILL)
    assert gone(first["parent"])
    assert ask("state")["parent"] == os.getpid(), "what was asked meanwhile is answered by an interpreter"
    again = ask("state")
    assert again["parent"] not in (first["parent"], os.getpid())
    assert ask("end_server", server=again["parent"]) == "answered by another"


@needs_fork
@pytest.mark.parametrize("module", ["starts_thread", "no_such_module"])
def test_an_import_that_starts_a_thread_or_fails_is_not_forked(ask: Any, module: str) -> None:
    for _ in range(2):
        answer = ask("state", imports=("asked_elsewhere", module))
        assert (answer["parent"], answer["asked"]) == (os.getpid(), 1)


_ASKS = """
import signal, sys, time
from pathlib import Path
from parity_suite.backends.forked_process import ask_forked_process
# What a shell runs in the background ignores Ctrl-C, and so does what that starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {here!r})
place = Path({place!r})
print(ask_forked_process("asked_elsewhere:state", {{}}, place, 120, ["asked_elsewhere"])["parent"], flush=True)
{then}
"""


@needs_fork
@pytest.mark.parametrize("then", ["", "raise SystemExit(1)", "import os; os._exit(0)", "time.sleep(600)"])
def test_no_server_outlives_the_process_that_asks(tmp_path: Path, then: str) -> None:
    code = _ASKS.format(here=str(Path(__file__).parent), place=str(tmp_path), then=then)
    asker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None
    server = int(asker.stdout.readline())
    assert server != asker.pid
    if "sleep" in then:
        assert is_running(server)
        asker.kill()
    asker.wait()
    assert gone(server)
    # The server would keep this pipe open.
    assert asker.stdout.read() == ""


@needs_fork
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_nobody_goes_on_for_an_asker_that_is_gone(tmp_path: Path, sent: signal.Signals) -> None:
    then = 'ask_forked_process("asked_elsewhere:linger", {}, place, 120, ["asked_elsewhere"])'
    code = textwrap.dedent(_ASKS).format(here=str(Path(__file__).parent), place=str(tmp_path), then=then)
    asker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert asker.stdout is not None
    server = int(asker.stdout.readline())
    said = tmp_path / "lingering"
    until = time.monotonic() + 60
    while not (said.is_file() and " " in said.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    asker.send_signal(sent)
    assert asker.wait(30)
    assert gone(server, *map(int, said.read_text().split()))


def test_the_modules_of_a_class_are_those_of_its_bases() -> None:
    class Own(subprocess.CalledProcessError):
        pass

    assert modules_of([Own, int]) == [__name__, "subprocess"]
