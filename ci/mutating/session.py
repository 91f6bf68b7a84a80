"""A pytest plugin of the mutation run: no answer outlives what it was computed with.

The tool forks a process for each mutant from one that has run all tests, and what that one remembered was computed
without the mutant. While it learns which test runs what, every test begins with nothing remembered.
"""

from __future__ import annotations

import os
import sys

#: Modules whose caches are quick to fill.
_QUICK = ("parity_suite.compare", "parity_suite.contracts", "parity_suite.laws", "parity_suite.ptychography.laws")

#: Constants of tests that say how often something is tried: thousands of times in a run, a few for each mutant.
_FEWER = {"test_mutations.VALID_EACH": 20, "test_mutations.BYTES_EACH": 60}


def pytest_sessionstart() -> None:
    _forget(("parity_suite", "tests"))


def pytest_collection_finish() -> None:
    for name, few in _FEWER.items():
        module, _, constant = name.partition(".")
        if module in sys.modules:
            setattr(sys.modules[module], constant, few)


def pytest_runtest_setup() -> None:
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        _forget(_QUICK)


def _forget(modules: tuple[str, ...]) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(modules):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
