"""A subcommand of ``parity``: what it is called and does, and where it is found once it is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A subcommand that is imported when it is called, so that no other one pays for it.

    ``target`` is ``module:NAME``: a function that gives the exit code, with parameters as typer takes them, or a
    ``typer.Typer`` with several such. ``help`` is the line that the list of subcommands has of it.
    """

    name: str
    target: str
    help: str
