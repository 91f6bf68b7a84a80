"""The hooks of every run: thin, and all that a run without parity tests pays for.

What a run needs once it has to do with parity is in :mod:`parity_suite.plugin.run`, imported by :func:`run_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parity_suite.plugin.earlier_record import put_earlier_aside
from parity_suite.plugin.options import add_options, concerns
from parity_suite.plugin.places import personal_folder, writable

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession

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
    if concerns(config):
        run_of(config)


def run_of(config: pytest.Config) -> ParitySession:
    """The session of a run that has to do with parity, begun where it has not been."""
    from parity_suite.plugin import run

    return run.begin(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    faults = metafunc.definition.get_closest_marker("parity_selftest")
    _need_argument(metafunc, faults, "fault")
    if faults is not None and "fault" in metafunc.fixturenames:
        from parity_suite.plugin import selftest_items

        found = selftest_items.parameters(run_of(metafunc.config), faults.kwargs.get("backends", ()))
        metafunc.parametrize("fault", list(found))
    marker = metafunc.definition.get_closest_marker("parity")
    _need_argument(metafunc, marker, "check")
    if marker is None or "check" not in metafunc.fixturenames:
        return
    from parity_suite.plugin.collection import parameters

    session = run_of(metafunc.config)
    metafunc.parametrize("check", parameters(session, marker.kwargs.get("backends", ())))


def _need_argument(metafunc: pytest.Metafunc, marker: pytest.Mark | None, argument: str) -> None:
    """Refuses a test that one of our decorators stands above and that asks for nothing: it would pass."""
    if marker is not None and "backends" in marker.kwargs and argument not in metafunc.fixturenames:
        name = f"{metafunc.definition.nodeid}({argument})"
        raise pytest.Collector.CollectError(f"{name}: the argument {argument!r} is missing, so nothing would be asked")


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    marked = any(item.get_closest_marker(name) for name in ("parity", "parity_selftest"))
    if marked or "parity_baseline" in getattr(item, "fixturenames", ()):
        from parity_suite.plugin import run

        run.note(run_of(item.config), item)


def pytest_report_header(config: pytest.Config) -> str | None:
    root = config.rootpath
    if writable(root):
        return None
    where = personal_folder(root) or "nowhere"
    return f"parity: {root} cannot be written to: failures and synthetic datasets go to {where}"


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

    return Baseline(request.node, run_of(request.config))


@pytest.fixture
def parity_arrays(request: pytest.FixtureRequest) -> Any:
    """Synthetic data for tests of your own: ``parity_arrays(recipe, device="cpu", backend="", precision="float32")``.

    ``backend`` is ``module:Class`` and gives its tensors, already on the device; without it they are NumPy arrays.
    See :func:`parity_suite.plugin.arrays.arrays` for names, shapes and errors.
    """
    from parity_suite.backends.registry import parse_spec
    from parity_suite.plugin.arrays import arrays

    session = run_of(request.config)
    session.use_folders()

    def make(recipe: str, device: str = "cpu", backend: str = "", precision: str = "float32") -> dict[str, Any]:
        return arrays(session.context, recipe, parse_spec(backend) if backend else None, device, precision)

    return make
