"""How xdist spreads checks over its workers, and what becomes of those of a worker that dies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from xdist.dsession import get_default_max_worker_restart  # type: ignore[import-untyped]
from xdist.scheduler import (  # type: ignore[import-untyped]
    LoadFileScheduling,
    LoadGroupScheduling,
    LoadScopeScheduling,
)

from parity_suite.core.check_id import CheckId

if TYPE_CHECKING:
    from parity_suite.core.law_traits import Traits

#: Tests that a worker has ahead of it, at least: it begins none before it knows the next one.
_AHEAD: Final = 3


class LastingScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Loses no test to a worker that dies, and repeats none.

    xdist's own repeat the test in which a worker died, and send workers home while others have work left, which is
    then lost if one of those dies and is not replaced. Here every worker stays until each has come to its last test,
    on which dsession ends them all.
    """

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        self.collection: list[str] | None
        #: workers that may still die and be replaced; None for any number
        self._replaced: int | None = get_default_max_worker_restart(config)

    def schedule(self) -> None:
        """Called when all workers have collected, and again for each that takes the place of one that died."""
        if self.collection is None and self._check_nodes_have_same_collection():
            self.collection = collected = list(next(iter(self.registered_collections.values())))
            units: dict[str, dict[str, bool]] = {}
            for test in collected:
                units.setdefault(self._split_scope(test), {})[test] = False
            largest_first = self.config.option.loadscopereorder
            self.workqueue.update(sorted(units.items(), key=lambda unit: -len(unit[1]) if largest_first else 0))
        self._hand_out()

    def remove_node(self, node: Any) -> str | None:
        """Takes a worker out that has ended; of one that died, the test that it was in, which is not asked again, while
        the rest of its tests goes to the others.
        """
        if self._replaced is not None:
            self._replaced -= 1
        units: dict[str, dict[str, bool]] = self.assigned_work.pop(node)
        left = {scope: {test: False for test, done in unit.items() if not done} for scope, unit in units.items()}
        crashed = next((test for unit in left.values() for test in unit), None)
        for scope, unit in left.items():
            if unfinished := {test: done for test, done in unit.items() if test != crashed}:
                self.workqueue[scope] = unfinished
        self._hand_out()
        return crashed

    def _reschedule(self, node: Any) -> None:
        self._hand_out()

    def _hand_out(self) -> None:
        """Gives work to whoever has least of it. Where no worker will be replaced any more, the next one that dies ends
        the run for all: then nothing is held back.
        """
        last = self._replaced is not None and self._replaced < 0
        while self.workqueue:
            ready = [one for one in self.nodes if one in self.registered_collections and not one.shutting_down]
            least = min(ready, key=self._ahead, default=None)
            if least is None or (self._ahead(least) >= _AHEAD and not last):
                return
            self._assign_work_unit(least)

    def _ahead(self, node: Any) -> int:
        count: int = self._pending_of(self.assigned_work[node])
        return count


class SubjectScheduling(LastingScheduling):
    """Keeps checks that share a framework and its inputs in one worker, those of a backend and of its implementations,
    and all pairs in one; other tests go anywhere.

    The two precisions of a subject are groups of their own, since each has its own answers of the oracle, and so are
    the laws that compile, which take long, and those that ask other processes: the worker that is free first takes the
    next.

    The subject is read from the check's id: ``--dist loadgroup`` needs test ids that a plugin can change, which
    pytest from 9.2 on does not allow (https://github.com/pytest-dev/pytest-xdist/issues/1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        check = CheckId.at_end(nodeid.removesuffix("]"))
        if check is None:
            return nodeid
        if len(check.sides) > 1:
            return "pairs"
        law = self._laws.get(check.law)
        if law is not None and law.starts_processes:
            # In one worker all share those that are forked, one for each framework.
            return "processes"
        backend = check.sides[0].backend
        return f"{backend} modes" if law and law.compiles else f"{backend} {check.precision}"

    @cached_property
    def _laws(self) -> Traits:
        # Imported where there are checks to spread alone.
        from parity_suite.laws.registry import law_traits

        return law_traits()


class _EachByItself(LastingScheduling):
    """Tests go anywhere."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid


class _ByFile(LastingScheduling, LoadFileScheduling):  # type: ignore[misc]
    """Tests of a file stay together."""


class _ByGroup(LastingScheduling, LoadGroupScheduling):  # type: ignore[misc]
    """Tests that are marked for one group stay together."""


#: By the ``--dist`` that is asked for. A worker that is free takes the next test, and has none to steal; ``each`` has
#: no test that another worker could take.
LASTING: Final[Mapping[str, type[LastingScheduling]]] = {
    "load": _EachByItself,
    "worksteal": _EachByItself,
    "loadscope": LastingScheduling,
    "loadfile": _ByFile,
    "loadgroup": _ByGroup,
}
