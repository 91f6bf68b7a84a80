"""How xdist spreads checks over its workers."""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from parity_suite.check_id import CheckId

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
        check = CheckId.at_end(nodeid.removesuffix("]"))
        if check is None:
            return nodeid
        if len(check.sides) > 1:
            return "pairs"
        return f"{check.subject} modes" if check.law in _LONG else f"{check.subject} {check.precision}"
