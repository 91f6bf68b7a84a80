"""The checks of a run: which backends they ask, and where these find datasets and baselines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from parity_suite.plugin.given import know_packs, load_files, take_pack_options

if TYPE_CHECKING:
    from parity_suite.core.backend_spec import BackendSpec
    from parity_suite.core.check import Check
    from parity_suite.plugin.session import ParitySession


def enumerated(session: ParitySession, listed: Sequence[str]) -> tuple[Check, ...]:
    """All checks for the backends named for this run, else those of a decorator, else those of the settings.

    ``pytest.Collector.CollectError`` where the list cannot be used.
    """
    from parity_suite.cases.reference import Listed
    from parity_suite.engine.checks import enumerate_checks

    specs = resolved(session, listed)
    for spec in specs:
        if session.specs.setdefault(spec.name, spec) != spec:
            raise pytest.Collector.CollectError(
                f"two backends are called {spec.name!r}: tell them apart as other_name=module:Class"
            )
    session.use_folders()
    session.context.part(Listed).specs = list(session.specs.values())
    checks = enumerate_checks(specs, load_files(session), session.settings.pairs)
    session.collected.update(check.id for check in checks)
    session.listed.update(check.id for check in checks if check.lists)
    return checks


def resolved(session: ParitySession, listed: Sequence[str]) -> tuple[BackendSpec, ...]:
    """The backends of a decorator as :func:`enumerated` takes them."""
    from parity_suite.backends.registry import resolve
    from parity_suite.engine.environment import share_threads

    settings = session.settings
    try:
        know_packs(session)
        take_pack_options(session)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    share_threads(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    try:
        specs = resolve(settings.backends if settings.asked else tuple(listed) or settings.backends)
    except ValueError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    if not specs:
        raise pytest.Collector.CollectError(
            "no backend: list one in parity_checks, --parity-backend or parity_backends"
        )
    return specs
