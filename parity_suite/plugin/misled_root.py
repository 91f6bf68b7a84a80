"""A path after an option and a space, which pytest takes for a place of tests when it looks for its root."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest


def refuse_misled_root(config: pytest.Config) -> None:
    """``pytest.UsageError`` where the value of an option of the suite led pytest away from the ini file of its folder,
    and a warning where tests were named that it finds all the same.

    Options of plugins are not known yet when pytest looks for its root: what stands after them and exists is to it a
    path as any other. Without that root there are no markers, no backends and no snapshots.
    """
    start = config.invocation_params.dir
    chosen = config.option.inifilename or config.option.rootdir
    found = config.inipath is not None and config.inipath.parent in (start, *start.parents)
    if chosen or found or config.rootpath == start:
        return
    for option, value in _apart(config):
        if start not in (path := (start / value).resolve()).parents and path.exists():
            said = f"pytest took this path for one of tests, and so {config.rootpath} for its root"
            said = f"{option} {value}: {said}; write {option}={value}"
            if config.args_source is not pytest.Config.ArgsSource.ARGS:
                raise pytest.UsageError(said)
            config.issue_config_time_warning(pytest.PytestConfigWarning(said), stacklevel=2)


def _apart(config: pytest.Config) -> Iterator[tuple[str, str]]:
    """Options of the suite with their values, where no ``=`` joins them."""
    for option, value in pairwise(map(str, config.invocation_params.args)):
        if option.startswith("--parity-") and "=" not in option and not value.startswith("-"):
            yield option, value
