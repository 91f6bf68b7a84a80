"""The hooks of a run that has to do with parity, registered once that is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import signature
from typing import Any, Final

import pytest

from parity_suite.plugin.given import take_given
from parity_suite.plugin.long_checks import LongChecks
from parity_suite.plugin.misled_root import refuse_misled_root
from parity_suite.plugin.pytest_lists import PytestLists
from parity_suite.plugin.reported import FINDING, attach, attach_sightings
from parity_suite.plugin.reported import begin as begin_report
from parity_suite.plugin.session import ParitySession, open_session, parity_session
from parity_suite.plugin.time_limit import Watchdog

_NAME: Final = "parity_run"


def begin(config: pytest.Config) -> ParitySession:
    """The session of a run; where there is none yet, it is made and these hooks are registered."""
    if config.pluginmanager.hasplugin(_NAME):
        return parity_session(config)
    refuse_misled_root(config)
    session = open_session(config)
    if session.settings.update_snapshots and session.settings.ci:
        raise pytest.UsageError("--update-snapshots is refused under CI: an update is a change that someone approves")
    take_given(session)
    _register(config, session)
    return session


def _register(config: pytest.Config, session: ParitySession) -> None:
    manager = config.pluginmanager
    manager.register(sys.modules[__name__], _NAME)
    manager.register(session, "parity_session")
    manager.register(Watchdog(session), "parity_watchdog")
    if not session.worker:
        manager.register(PytestLists(session), "parity_lists")
        if config.get_verbosity() >= 0:
            manager.register(LongChecks(config), "parity_long_checks")
    if manager.hasplugin("xdist"):
        from parity_suite.plugin import distribution
        from parity_suite.plugin.last_words import LastWords

        manager.register(distribution.Distribution(session), "parity_distribution")
        if config.option.tx and not session.worker:
            manager.register(LastWords(session), "parity_last_words")


def note(session: ParitySession, item: pytest.Item) -> None:
    """Takes down what a collected test stands for, and marks one that holds baselines of its own."""
    if "parity_baseline" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.parity)
        session.unlisted_tests.add(item.nodeid)
        session.selection.gathered[item.nodeid] = ""
    if bound := _bound(item):
        session.selection.gathered[item.nodeid] = bound.id
    if _fault(item):
        session.selftests.gathered[item.nodeid] = ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    session = parity_session(config)
    if not (session.collected or session.unlisted_tests):
        return
    if session.settings.shard:
        from parity_suite.plugin.collection import take_shard

        take_shard(session, items)
    if not (session.settings.update_snapshots or session.ledger):
        return
    from parity_suite.plugin.collection import refuse_partial_update, refuse_shared_entries

    refuse_shared_entries(session, items, [item for item in items if _bound(item)])
    if session.settings.update_snapshots:
        refuse_partial_update(session, items, [item for item in items if _bound(item)])


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        for selection in parity_session(item.config).selections:
            if item.nodeid in selection.gathered:
                selection.deselected.add(item.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    for selection in parity_session(session.config).selections:
        selection.finish(item.nodeid for item in session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    # A wrapper, since what another plugin does in the place of the loop would leave a plain hook out.
    parity_session(session.config).begun = True
    return (yield)


def _bound(item: pytest.Item) -> Any:
    """The check of a parity test, None for any other test."""
    if item.get_closest_marker("parity") is None:
        return None
    return getattr(getattr(item, "callspec", None), "params", {}).get("check")


def _fault(item: pytest.Item) -> Any:
    """The fault of a test of the selftest, None for any other test."""
    if item.get_closest_marker("parity_selftest") is None:
        return None
    return getattr(getattr(item, "callspec", None), "params", {}).get("fault")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    begin_report(item)
    if bound := _bound(item):
        bound.finding, bound.changes = None, []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    bound, fault = _bound(item), _fault(item)
    if fault is not None:
        try:
            yield
            if not fault.sightings:
                pytest.fail(f"{fault} was never put in: the test must call fault.run()", pytrace=False)
        finally:
            attach_sightings(item, fault.sightings)
        return
    if bound is None:
        yield
        _need_baseline(item)
        return
    bound.item = item
    try:
        yield
        if bound.finding is None:
            pytest.fail(f"{bound} was never run: the test must call check.run()", pytrace=False)
    finally:
        attach(item, bound.finding, bound.changes)


def _need_baseline(item: pytest.Item) -> None:
    """Fails a test that takes the fixture itself and holds nothing to it; what other fixtures make of it is theirs."""
    if not isinstance(item, pytest.Function) or "parity_baseline" not in signature(item.function).parameters:
        return
    if not getattr(item.funcargs.get("parity_baseline"), "called", True):
        said = "held nothing: the test must call parity_baseline(stage, values, ...)"
        pytest.fail(f"{item.nodeid} {said}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A check whose test was skipped, or failed, before it was asked did not run: it is no check that there was not."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    bound = _bound(item)
    early = report.when == "setup" and not report.passed
    if bound is not None and bound.finding is None and (early or report.when == "call"):
        from parity_suite.plugin.test_outcome import unasked

        report.user_properties.append((FINDING, unasked(bound.check, report).to_json()))
    return report  # type: ignore[return-value]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    parity = parity_session(session.config)
    parity.collected |= parity.selection.settle()
    if parity.concerned:
        from parity_suite.plugin.run_summary import conclude

        conclude(parity, session)
    if parity.reported.selftested and not parity.worker:
        from parity_suite.selftest.matrix import rows_of
        from parity_suite.selftest.text import unproved

        rows = rows_of(parity.reported.sightings)
        red = any(row.failed for row in rows) or any(unproved(rows))
        if red and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    if asked := sys.modules.get("parity_suite.backends.forked_process"):
        asked.close_servers()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    parity = parity_session(config)
    if parity.concerned:
        from parity_suite.plugin.run_summary import summarise

        summarise(parity, terminalreporter)
        lists: Any = config.pluginmanager.get_plugin("parity_lists")
        lists.list_one_a_cause(terminalreporter)
    if parity.reported.selftested:
        from parity_suite.plugin import selftest_items

        selftest_items.summarise(parity.reported.sightings, terminalreporter)
