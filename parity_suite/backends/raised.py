"""Where in the user's code an exception was raised: not in a law that called it, nor in a library that it called."""

from __future__ import annotations

import sys
import sysconfig
import traceback
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from types import FrameType

from parity_suite.core.way import Raised

#: The longest message that is kept, without its line ends.
_LONGEST = 300
_SUITE = __name__.partition(".")[0]

#: A frame, and the line that it is at.
_Line = tuple[FrameType, int]


def one_line(error: BaseException) -> str:
    """The message of an exception, cut to one line of a bearable length."""
    return " ".join(str(error).split())[:_LONGEST]


def raised_by(error: BaseException, classes: Iterable[type], laws: Collection[str], *, library: bool = True) -> Raised:
    """The exception with the innermost line of the user's code; of an exception that came through no class of theirs,
    with the innermost line that is not a library's, or of all, if that of a ``library`` tells anything. ``laws`` are
    the names of the modules of laws.
    """
    every = list(traceback.walk_tb(error.__traceback__))
    lines = lines_of_user(error, classes, laws) or [one for one in every if not _of_library(one[0])]
    lines = lines or (every if library else [])
    if not lines:
        return Raised(type(error).__name__, one_line(error))
    frame, line = lines[-1]
    code = frame.f_code
    return Raised(type(error).__name__, one_line(error), importable(code.co_filename), line, code.co_qualname)


def lines_of_user(error: BaseException, classes: Iterable[type], laws: Collection[str]) -> list[_Line]:
    """The lines of the traceback, outermost first, that lie in the code of one of these ``classes``: below the last
    line of a law, from the first one in a class's own package on, those of libraries left out.
    """
    lines = list(traceback.walk_tb(error.__traceback__))
    of_laws = [k for k, (frame, _) in enumerate(lines) if _module(frame) in laws]
    inner = lines[of_laws[-1] + 1 :] if of_laws else lines
    homes = {home for cls in classes for home in _homes(cls)}
    own = [k for k, (frame, _) in enumerate(inner) if _within(_module(frame), homes)]
    if not own:
        return []
    return [one for one in inner[own[0] :] if _within(_module(one[0]), homes) or not _of_library(one[0])]


def installed_folders() -> list[Path]:
    """Where Python's own library and installed packages lie."""
    return [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")]


def is_installed(path: Path) -> bool:
    return any(path.resolve().is_relative_to(folder) for folder in _folders())


@cache
def _folders() -> tuple[Path, ...]:
    return tuple(installed_folders())


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _within(module: str, homes: Collection[str]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


def _homes(cls: type) -> Iterable[str]:
    """The packages that a class is written in: its own, and those of what it inherits from and is not a library's."""
    for one in cls.__mro__:
        file = getattr(sys.modules.get(one.__module__), "__file__", None)
        if _within(one.__module__, (__package__,)):
            # The engine's, such as an adapter.
            continue
        if one is cls or (file is not None and (not is_installed(Path(file)) or _within(one.__module__, (_SUITE,)))):
            yield _home(one.__module__)


def _home(module: str) -> str:
    """The outermost package of a module. In a pack that is a part of this suite each implementation has a package or a
    module to itself, which is what holds nothing else.
    """
    if not _within(module, (_SUITE,)):
        return module.partition(".")[0]
    package = module.rpartition(".")[0]
    return module if package.count(".") == 1 else package


def _of_library(frame: FrameType) -> bool:
    module = _module(frame)
    own = _within(module, (_SUITE,)) or module.partition(".")[0] in sys.stdlib_module_names
    return own or is_installed(Path(frame.f_code.co_filename))


def importable(path: str) -> str:
    """A file as seen from the entry of the import path that it lies below, which is the same on every machine."""
    whole = Path(path).resolve()
    above = [entry for entry in map(Path.resolve, map(Path, filter(None, sys.path))) if whole.is_relative_to(entry)]
    return whole.relative_to(max(above, key=lambda one: len(one.parts))).as_posix() if above else whole.name
