"""A pytest plugin of the mutation run: each process starts with empty caches.

The tool forks a process for each mutant from one that has run all tests. What that one remembered was computed without
the mutant.
"""

from __future__ import annotations

import sys
from typing import Any


def pytest_sessionstart() -> None:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("parity_suite", "tests"):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
    subject: Any = sys.modules.get("parity_suite.backends.subject")
    if subject is not None:
        subject._made.clear()
