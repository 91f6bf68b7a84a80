"""At which stages an oracle is held to its own anchors."""

from __future__ import annotations

import pytest

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.engine.checks import enumerate_checks
from parity_suite.ptychography.oracle import Oracle


class TwoStages:
    illuminate = Oracle.illuminate
    diffract = Oracle.diffract


class More(TwoStages):
    network = Oracle.network
    scale = "one"
    objective = Oracle.objective


def _stages(*specs: BackendSpec) -> set[str]:
    return {check.stage for check in enumerate_checks(specs) if check.subject == "oracle"}


def test_at_those_of_which_it_judges_a_backend() -> None:
    two = BackendSpec("two", __name__, "TwoStages")
    assert _stages(two) == {"illuminate", "diffract"}
    more = BackendSpec("more", __name__, "More")
    assert _stages(two, more) == {"illuminate", "diffract", "network", "objective"}


@pytest.mark.parametrize("more", [(), (BackendSpec("gone", "no_such_module", "Any"),)])
def test_at_all_where_nobody_is_known(more: tuple[BackendSpec, ...]) -> None:
    everything = _stages()
    assert {"illuminate", "network", "objective", "reassemble"} < everything
    assert _stages(*more) == everything
    two = BackendSpec("two", __name__, "TwoStages")
    assert _stages(two, *more) == (everything if more else {"illuminate", "diffract"})
