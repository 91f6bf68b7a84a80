"""How a subcommand ends, and what it says when it cannot begin: 0 all is well, 1 something is found, 2 it could not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final

import typer

FOUND: Final = 1
COULD_NOT: Final = 2


def ending(command: Callable[..., int]) -> Callable[..., None]:
    """A function that gives an exit code, as typer wants a command."""

    @wraps(command)
    def run(*arguments: object, **options: object) -> None:
        raise typer.Exit(command(*arguments, **options))

    return run


def refused(text: str) -> int:
    """Says on stderr why a command could not do what it was told; its exit code."""
    print(text, file=sys.stderr)
    return COULD_NOT


def bytes_of(text: str) -> int:
    """A number of bytes, such as ``10G``, of the command line."""
    from parity_suite.core.byte_size import size_of

    try:
        return size_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
