"""The ``parity`` command: what can be done by hand with what the pytest plugin does in a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Final

import typer

from parity_suite.cli import contracts, convert, ledger, listing, snapshots
from parity_suite.cli.calibrate import calibrate
from parity_suite.cli.causes import causes, failures
from parity_suite.cli.check import check
from parity_suite.cli.check_backend import check_backend
from parity_suite.cli.compare import compare
from parity_suite.cli.doctor import doctor
from parity_suite.cli.ending import ending
from parity_suite.cli.explain import explain
from parity_suite.cli.gate import gate
from parity_suite.cli.init import init
from parity_suite.cli.replay import replay
from parity_suite.cli.report import report
from parity_suite.cli.selftest import selftest

app = typer.Typer(
    name="parity",
    help="What a run of the checks does, by hand. Exit code 0: all is well; 1: something is found; 2: it could not.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
COMMANDS: Final = (
    init,
    check_backend,
    doctor,
    explain,
    gate,
    report,
    compare,
    causes,
    failures,
    replay,
    selftest,
    check,
    calibrate,
)
GROUPS: Final = {
    "list": listing,
    "snapshots": snapshots,
    "ledger": ledger,
    "contracts": contracts,
    "convert": convert,
}
for _command in COMMANDS:
    app.command()(ending(_command))
for _name, _group in GROUPS.items():
    app.add_typer(_group.app, name=_name)


def _print_version(asked: bool) -> None:
    if asked:
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
