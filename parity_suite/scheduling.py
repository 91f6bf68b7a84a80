"""How xdist spreads checks over its workers."""

from __future__ import annotations

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

#: The law, the subject and the precision in a node id that ends with a check's id.
_CHECK: Final = re.compile(r"\.(\w+)\[[^\[\]]*-([a-z0-9_+]+)-[a-z]+-([a-z0-9]+)\]\]$")

#: Laws that compile, or wait for a fresh process.
_LONG: Final = frozenset({"mode", "compiled", "compilations", "inheritance"})


class SubjectScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps checks that share a framework and its inputs in one worker, and all pairs in one; other tests go anywhere.

    The two precisions of a subject are groups of their own, since each has its own answers of the oracle, and so are
    the laws that compile or wait for other processes, which take long: the worker that is free first takes the next.

    The subject is read from the check's id: ``--dist loadgroup`` needs test ids that a plugin can change, which
    pytest 9.2 no longer allows (https://github.com/pytest-dev/pytest-xdist/issues/1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        found = _CHECK.search(nodeid)
        if not found:
            return nodeid
        law, subject, precision = found.groups()
        if "+" in subject:
            return "pairs"
        return f"{subject} modes" if law in _LONG else f"{subject} {precision}"
