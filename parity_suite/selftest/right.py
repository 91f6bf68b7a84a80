"""Whether checks are green on the right backend, on which they must be for their red to prove anything."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from functools import lru_cache

from parity_suite.checks import Check
from parity_suite.compare.finding import Verdict
from parity_suite.selftest.sieve import Sieve, no_shrinking


class Right:
    """Asks a check when its answer is wanted, once a process."""

    def expect(self, check: Check) -> None:
        """Says that the answer may be wanted soon."""

    def forget(self, check: Check) -> None:
        """Says that it is not."""

    def holds(self, check: Check) -> bool:
        """Whether the check is green."""
        return _holds(check)


class RightAhead(Right):
    """Asks a check in another process as soon as its answer may be wanted: the copy is asked the same meanwhile."""

    def __init__(self, other: Executor) -> None:
        self._other = other
        self._asked: dict[Check, Future[bool]] = {}

    def expect(self, check: Check) -> None:
        if check not in self._asked:
            self._asked[check] = self._other.submit(_holds, check)

    def forget(self, check: Check) -> None:
        if self._asked[check].cancel():
            del self._asked[check]

    def holds(self, check: Check) -> bool:
        return self._asked[check].result()


@lru_cache(maxsize=4096)
def _holds(check: Check) -> bool:
    with no_shrinking():
        return Sieve().run(check).verdict is Verdict.OK
