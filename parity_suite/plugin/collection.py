"""From checks to test parameters: ids, marks, and the xdist group that keeps a framework in one worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from parity_suite.core.check import Check
from parity_suite.plugin.bound_check import BoundCheck
from parity_suite.plugin.enumerated import enumerated
from parity_suite.plugin.session import ParitySession

#: Options by which pytest-split and pytest-test-groups take tests out of a run, and say so, as ``-k`` does.
_SPLITTING: Final = ("--splits", "--test-group-count")


def parameters(session: ParitySession, backends: Sequence[str]) -> list[Any]:
    """One ``pytest.param`` for each check."""
    return [
        pytest.param(bound, id=bound.id, marks=list(_marks(session, bound.check)))
        for bound in (BoundCheck(check, session) for check in enumerated(session, backends))
    ]


def _marks(session: ParitySession, check: Check) -> Iterator[pytest.MarkDecorator]:
    if check.device == "cuda":
        yield pytest.mark.parity_gpu
    if check.slow:
        yield pytest.mark.parity_slow
    if session.config.pluginmanager.hasplugin("xdist"):
        # A backend and its implementations run on one framework.
        yield pytest.mark.xdist_group("pairs" if len(check.specs) > 1 else check.specs[0].name.partition(".")[0])


def take_shard(session: ParitySession, items: list[pytest.Item]) -> None:
    """Deselects the parity tests of other shards, unless another plugin has spread the tests by itself."""
    assert session.settings.shard is not None
    number, count = session.settings.shard
    if any(session.config.getoption(option, None) for option in _SPLITTING):
        return
    mine = [item for item in items if item.nodeid in session.selection.gathered]
    if len(mine) + len(session.selection.deselected) < len(session.selection.gathered):
        return
    kept = {item.nodeid for item in mine[number - 1 :: count]}
    left = [item for item in mine if item.nodeid not in kept]
    session.config.hook.pytest_deselected(items=left)
    gone = {item.nodeid for item in left}
    items[:] = [item for item in items if item.nodeid not in gone]


def refuse_shared_entries(session: ParitySession, items: list[pytest.Item], selected: list[pytest.Item]) -> None:
    """A check has one entry in the ledger: two that are about the same are refused."""
    shared = session.ledger.shared(session.collected) if session.ledger else []
    if shared:
        _refuse(session, items, selected, "\n  ".join([f"parity_ledger: {session.settings.ledger}:", *shared]))


def refuse_partial_update(session: ParitySession, items: list[pytest.Item], selected: list[pytest.Item]) -> None:
    """An update of some checks would leave the rest as they were: refused, on a shard too.

    ``selected`` are the tests of checks, and ``items`` all tests that are to run, those of baselines among them.
    """
    if parts := [one for one in session.config.args if "::" in one and one.endswith("]")]:
        _refuse(session, items, selected, f"--update-snapshots is refused: {parts[0]} is a part of its test")
        return
    baselines = session.unlisted_tests - {item.nodeid for item in items}
    # Two modules may have the same checks, of which one is enough.
    missing = len(session.collected - {_check_of(item).id for item in selected}) + len(baselines)
    if not missing:
        return
    _refuse(session, items, selected, f"--update-snapshots is refused: {missing} parity checks are deselected")


def _refuse(session: ParitySession, items: list[pytest.Item], selected: list[pytest.Item], why: str) -> None:
    session.refusal = why
    if not session.worker:
        raise pytest.UsageError(why)
    # A worker cannot end the run: it says so through one test that fails.
    items[:] = (selected or [item for item in items if item.nodeid in session.unlisted_tests])[:1]


def _check_of(item: pytest.Item) -> Check:
    bound: BoundCheck = item.callspec.params["check"]  # type: ignore[attr-defined]
    return bound.check
