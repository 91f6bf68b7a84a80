"""The tests that a run set out to make, and which of them never came to a report."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING, Any

from parity_suite.core.check_id import CheckId

if TYPE_CHECKING:
    from parity_suite.plugin.reported import Reported


class Selection:
    """Tests by node id, each with the id of its check, empty for one that holds baselines of its own or a fault."""

    def __init__(self) -> None:
        #: what pytest collected in this process
        self.gathered: dict[str, str] = {}
        #: what was left when collection had ended
        self.selected: dict[str, str] = {}
        #: what was taken out and said so, as by ``-k`` and ``-m``
        self.deselected: set[str] = set()
        #: what was taken out without a word
        self.cut: dict[str, str] = {}
        self._of_dead_workers: list[str] = []
        #: what each of several workers was to run and did not report, where each runs all
        self._of_one_worker: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.gathered or self.selected or self.cut)

    def finish(self, left: Iterable[str]) -> None:
        """Collection has ended, and these tests of all are left."""
        names = set(left)
        for test, check in self.gathered.items():
            if test in names:
                self.selected[test] = check
            elif test not in self.deselected:
                self.cut[test] = check

    def to_json(self) -> dict[str, Any]:
        """What a worker says to the controller."""
        return {"selected": self.selected, "deselected": sorted(self.deselected), "cut": self.cut}

    def add(self, sent: dict[str, Any]) -> None:
        """What a worker said."""
        self.selected |= sent["selected"]
        self.deselected.update(sent["deselected"])
        self.cut |= sent["cut"]

    def heard_of_one(self, worker: str, selected: Iterable[str], heard: Set[str]) -> None:
        """One of several workers that each run all has ended, having reported these."""
        self._of_one_worker |= {f"{test} by {worker}": "" for test in selected if test not in heard}

    def worker_died(self, tests: Iterable[str]) -> None:
        """A worker that selected these will say nothing."""
        self._of_dead_workers.extend(tests)

    def settle(self) -> set[str]:
        """The checks of this run by the names of their tests, where no worker lived to say what they are."""
        if self.selected:
            return set()
        named = {test: CheckId.within(test) for test in self._of_dead_workers}
        self.selected = {test: str(check) for test, check in named.items() if check}
        return set(self.selected.values())

    def silent(self, reported: Reported) -> dict[str, str]:
        """The selected tests that came to no report or, of a check, to one that neither failed nor found anything."""
        answered = reported.finders | reported.failed
        return self._of_one_worker | {
            test: check
            for test, check in self.selected.items()
            if test not in answered and (check or test not in reported.tests)
        }
