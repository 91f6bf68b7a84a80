"""An earlier record is put aside before anything else happens, be the options of the run good or not."""

from __future__ import annotations

import os
import shlex
from itertools import pairwise
from typing import Any

import pytest


def put_earlier_aside(config: pytest.Config, *, parsed: bool) -> None:
    """Gives an earlier record another name before the options of a run are known to be good; not where no test runs,
    nor in a worker.

    A folder that is set for all runs is left alone by one of named files. Before the options are ``parsed``, which may
    refuse one, whatever is there by its name is taken for a named file.
    """
    given: Any = getattr(config, "known_args_namespace", None)
    start = config.invocation_params.dir
    typed = _typed_folder(config)
    known = typed or os.environ.get("PARITY_REPORT") or config.getini("parity_report")
    if not known or given is None or given.help or given.version or "PYTEST_XDIST_WORKER" in os.environ:
        return
    named = [one for one in given.file_or_dir if parsed or (start / str(one).partition("::")[0]).exists()]
    if not typed and named:
        return
    # Few runs are given a folder, and every run of pytest comes by here.
    from parity_suite.core.journal import RECORD, put_aside
    from parity_suite.core.writing import NotWritten

    folder = start / str(known)
    try:
        put_aside(folder / RECORD, folder if typed or os.environ.get("PARITY_REPORT") else config.rootpath)
    except (NotWritten, OSError):
        # What cannot be moved cannot be written either, which the end of the run says.
        return


def _typed_folder(config: pytest.Config) -> str:
    """What follows the option, be the other ones good or not."""
    typed = map(str, config.invocation_params.args)
    arguments = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.getini("addopts"), *typed]
    folder = ""
    for here, following in pairwise([*arguments, ""]):
        option, equals, value = here.partition("=")
        if option == "--parity-report":
            folder = value if equals else following
    return folder
