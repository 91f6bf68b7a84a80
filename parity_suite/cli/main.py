"""The ``parity`` command: what can be done by hand with what the pytest plugin does in a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from parity_suite.cli.subcommands import Subcommands

app = typer.Typer(
    name="parity",
    cls=Subcommands,
    help="What a run of the checks does, by hand. Exit code 0: all is well; 1: something is found; 2: it could not.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"parity-suite {version('parity-suite')}")
        raise typer.Exit


@app.callback()
def parity(
    asked: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    # The frameworks' profilers otherwise write lines whenever they are asked what ran.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand; its exit code."""
    try:
        app(None if arguments is None else list(arguments), prog_name="parity")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
