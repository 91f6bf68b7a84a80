"""Which tests are watched, and for how long they may run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import pytest

from parity_suite.plugin.session import ParitySession

if TYPE_CHECKING:
    from parity_suite.core.check_id import CheckId
    from parity_suite.engine.watchdog.watch import Watch

#: Seconds that a check may take; the slowest takes some 20 on a machine of two cores.
DEFAULT: Final = 300.0

#: Under which a worker of xdist is given the path of the file that is left where it is ended.
WORD: Final = "parity_word"


class Watchdog:
    """Registered in every run; another process is started only for a first parity test."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session
        self._watch: Watch | None = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        with self._watching(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        """A fixture that was stopped is not begun again by each test that takes it.

        pytest itself keeps what a fixture of a session raised only of an ``Exception``.
        """
        from parity_suite.engine.watchdog.watch import TimeLimit

        try:
            return (yield)
        except TimeLimit as limit:
            fixturedef.cached_result = (None, fixturedef.cache_key(request), (limit, limit.__traceback__))
            raise

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[None]:
        with self._watching(pyfuncitem):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        with self._watching(item):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_enter_pdb(self) -> None:
        if self._watch:
            self._watch.pause()

    def pytest_unconfigure(self) -> None:
        if self._watch:
            self._watch.close()

    def _watching(self, item: pytest.Item) -> AbstractContextManager[None]:
        """What watches one phase of a test, be it in a fixture or in the test itself."""
        limit = self._limit(item) if _is_ours(item) else math.inf
        return nullcontext() if limit == math.inf else self._of(item.session).watching(item.nodeid, limit)

    def _limit(self, item: pytest.Item) -> float:
        from parity_suite.core.check_id import CheckId
        from parity_suite.engine.watchdog.watch import debugged

        if debugged(item.config):
            return math.inf
        if self._session.settings.timeout is not None:
            return self._session.settings.timeout
        check = CheckId.within(item.nodeid)
        return limit_of(check) if check else DEFAULT

    def _of(self, run: pytest.Session) -> Watch:
        if self._watch is None:
            from parity_suite.engine.watchdog.watch import Watch

            config = run.config
            # A worker begins what others do not: what does not run for it is the controller's to say.
            selected = [] if self._session.worker else [item.nodeid for item in run.items if _is_ours(item)]
            self._watch = Watch(config, selected, getattr(config, "workerinput", {}).get(WORD, ""))
        return self._watch


def _is_ours(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("parity", "parity_selftest"))


def limit_of(check: CheckId) -> float:
    """Seconds that a check may take where nobody says: a search that tries more inputs has more of them."""
    import parity_suite.engine.checks  # noqa: F401  (registers the laws)
    from parity_suite.laws.registry import all_laws
    from parity_suite.laws.search import effort

    searches = any(law.searches and law.name == check.law and law.holds(check.stage) for law in all_laws())
    return DEFAULT * max(1.0, effort()) if searches else DEFAULT
