"""pytest hooks: thin, and importing nothing heavy until a parity test is collected."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import signature
from typing import Any

import pytest

from parity_suite.plugin.earlier_record import put_earlier_aside
from parity_suite.plugin.pytest_lists import PytestLists
from parity_suite.plugin.reported import FINDING, attach, attach_sightings, begin
from parity_suite.plugin.session import open_session, parity_session
from parity_suite.plugin.settings import add_options
from parity_suite.plugin.time_limit import Watchdog

_MARKERS = (
    "parity(backends): checks of parity between implementations",
    "parity_gpu: checks that need a CUDA device",
    "parity_slow: checks of large inputs, left out of a quick run",
    "parity_selftest(backends): the checks of parity against backends made wrong on purpose",
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    add_options(parser)
    config = pluginmanager.get_plugin("pytestconfig")
    if config is not None:
        put_earlier_aside(config, parsed=False)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    put_earlier_aside(early_config, parsed=True)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    session = open_session(config)
    if session.settings.update_snapshots and session.settings.ci:
        raise pytest.UsageError("--update-snapshots is refused under CI: an update is a change that someone approves")
    session.known_backends()
    session.use_thresholds()
    session.use_budgets()
    session.load_ledger()
    if session.settings.datasets:
        session.load_files()
    config.pluginmanager.register(session, "parity_session")
    config.pluginmanager.register(Watchdog(session), "parity_watchdog")
    if not session.worker:
        config.pluginmanager.register(PytestLists(session), "parity_lists")
    if config.pluginmanager.hasplugin("xdist"):
        from parity_suite.plugin import distribution
        from parity_suite.plugin.last_words import LastWords

        config.pluginmanager.register(distribution.Distribution(session), "parity_distribution")
        if config.option.tx and not session.worker:
            config.pluginmanager.register(LastWords(session), "parity_last_words")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    faults = metafunc.definition.get_closest_marker("parity_selftest")
    _need_argument(metafunc, faults, "fault")
    if faults is not None and "fault" in metafunc.fixturenames:
        from parity_suite.plugin import selftest_items

        found = selftest_items.parameters(parity_session(metafunc.config), faults.kwargs.get("backends", ()))
        metafunc.parametrize("fault", list(found))
    marker = metafunc.definition.get_closest_marker("parity")
    _need_argument(metafunc, marker, "check")
    if marker is None or "check" not in metafunc.fixturenames:
        return
    from parity_suite.plugin.collection import parameters

    session = parity_session(metafunc.config)
    metafunc.parametrize("check", parameters(session, marker.kwargs.get("backends", ())))


def _need_argument(metafunc: pytest.Metafunc, marker: pytest.Mark | None, argument: str) -> None:
    """Refuses a test that one of our decorators stands above and that asks for nothing: it would pass."""
    if marker is not None and "backends" in marker.kwargs and argument not in metafunc.fixturenames:
        name = f"{metafunc.definition.nodeid}({argument})"
        raise pytest.Collector.CollectError(f"{name}: the argument {argument!r} is missing, so nothing would be asked")


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
    begin(item)
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


def pytest_report_header(config: pytest.Config) -> str | None:
    from parity_suite.plugin.places import personal_folder, writable

    root = parity_session(config).settings.root
    if writable(root):
        return None
    where = personal_folder(root) or "nowhere"
    return f"parity: {root} cannot be written to: failures and synthetic datasets go to {where}"


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


def pytest_itemcollected(item: pytest.Item) -> None:
    session = parity_session(item.config)
    if "parity_baseline" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.parity)
        session.unlisted_tests.add(item.nodeid)
        session.selection.gathered[item.nodeid] = ""
    if bound := _bound(item):
        session.selection.gathered[item.nodeid] = bound.id
    if _fault(item):
        session.selftests.gathered[item.nodeid] = ""


@pytest.fixture
def parity_baseline(request: pytest.FixtureRequest) -> Any:
    """Holds arrays of your own to stored statistics: ``parity_baseline(stage, values, backend=, case=, budget=)``.

    For what no oracle can say: a stage of your own, or the statistics of a trained network. A number further than
    ``budget`` from the stored one fails the test. Without a stored file the test is ``not-run: no baseline``, red under
    ``CI``; ``pytest --update-snapshots`` makes it, in ``<rootdir>/snapshots/baselines`` (ini key ``parity_snapshots``).
    The test is marked ``parity``, and fails where it takes the fixture and never calls it. See
    :class:`parity_suite.plugin.baselines.Baseline` for shapes and errors.
    """
    from parity_suite.plugin.baselines import Baseline

    return Baseline(request.node, parity_session(request.config))


@pytest.fixture
def parity_arrays(request: pytest.FixtureRequest) -> Any:
    """Synthetic data for tests of your own: ``parity_arrays(recipe, device="cpu", backend="", precision="float32")``.

    ``backend`` is ``module:Class`` and gives its tensors, already on the device; without it they are NumPy arrays.
    See :func:`parity_suite.plugin.arrays.arrays` for names, shapes and errors.
    """
    from parity_suite.backends.registry import parse_spec
    from parity_suite.plugin.arrays import arrays

    session = parity_session(request.config)
    session.use_folders()

    def make(recipe: str, device: str = "cpu", backend: str = "", precision: str = "float32") -> dict[str, Any]:
        return arrays(session.context, recipe, parse_spec(backend) if backend else None, device, precision)

    return make
