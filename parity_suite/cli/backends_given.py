"""The backends and packs that a subcommand is about."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parity_suite.cli.ending import refused
from parity_suite.cli.ini_file import listed

if TYPE_CHECKING:
    from parity_suite.core.backend_spec import BackendSpec
    from parity_suite.core.check import Check
    from parity_suite.core.pack import Pack

BackendOption = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        metavar="module:Class",
        help="repeatable; name=module:Class names it (default: those of the ini file, else the installed ones)",
    ),
]
PackOption = Annotated[
    list[str] | None, typer.Option("--pack", metavar="module:NAME", help="a pack of another field; repeatable")
]


def begin(packs: Sequence[str] | None, *, here: bool = True) -> None:
    """Finds what lies where the command is called, as `python -m pytest` does, unless ``here`` is False, and makes
    packs known; exit code 2 where one cannot be had.
    """
    for folder in (Path.cwd(), *(Path.cwd() / one for one in listed(Path(), "pythonpath"))) if here else ():
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    from parity_suite.core.packs import name_pack
    from parity_suite.core.packs import packs as known

    text = "PARITY_PACK"
    try:
        known()
        for text in packs or ():
            name_pack(text)
    except Exception as error:
        said = " ".join(str(error).split())
        raise typer.Exit(refused(f"parity: pack {text!r}: {type(error).__name__}: {said}")) from None


def known_packs() -> tuple[Pack, ...]:
    """The packs of a subcommand that takes no option for them; exit code 2 where one cannot be had.

    Nothing is found where the command is called unless the environment names a pack: a folder of data may be a
    stranger's.
    """
    from parity_suite.core.packs import named_packs, packs

    begin((), here=bool(named_packs()))
    return packs()


def checks_of(backends: Sequence[str] | None) -> Sequence[Check]:
    """The checks of the backends that are named, and of the pairs of implementations that the ini file asks for."""
    from parity_suite.engine.checks import enumerate_checks

    return enumerate_checks(specs_of(backends), pairs=listed(Path(), "parity_pairs"))


def specs_of(backends: Sequence[str] | None) -> tuple[BackendSpec, ...]:
    """The backends that are named, else those of the ini file, else the installed ones; exit code 2 where there is
    none.
    """
    from parity_suite.backends.registry import resolve

    try:
        specs = resolve(backends or listed(Path(), "parity_backends"))
    except ValueError as error:
        raise typer.Exit(refused(f"parity: {error}")) from None
    if not specs:
        raise typer.Exit(refused("parity: no backend: --backend module:Class, or install a package that offers one"))
    return specs
