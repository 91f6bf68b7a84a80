"""The ``parity`` command: what can be done by hand with what the pytest plugin does in a run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from parity_suite.cli import calibrate, check, contracts, convert, gate, ledger, replay, report, selftest, snapshots


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand; 0 where all is well, 1 where something is found, 2 where the command itself is wrong."""
    parser = argparse.ArgumentParser(
        prog="parity",
        description="What a run of the checks does, by hand.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (check, contracts, convert, calibrate, ledger, gate, report, replay, selftest, snapshots):
        command.add_to(commands)
    given = parser.parse_args(arguments)
    # The frameworks' profilers otherwise write lines whenever they are asked what ran.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return int(given.run(given))
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain about it once more at its end.
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
