"""What passes between xdist's workers and the controller, and how checks are spread."""

from __future__ import annotations

from typing import Any

import pytest

from parity_suite.session import ParitySession

_OUTPUT = "parity_worker"


class Distribution:
    """Registered only where xdist is."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session
        option = session.config.option
        explicit = any(str(part).startswith("--dist") for part in session.config.invocation_params.args)
        # xdist's own default scatters the checks, so that every worker would import every framework.
        if getattr(option, "dist", "no") == "load" and not explicit and "parity" in (option.markexpr or ""):
            option.dist = "loadgroup"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is None or not self._session.collected:
            return
        from parity_suite.conclusion import environment

        output[_OUTPUT] = {
            "collected": sorted(self._session.collected),
            "listed": sorted(self._session.listed),
            "specs": {name: [spec.module, spec.member] for name, spec in self._session.specs.items()},
            "environment": environment(self._session),
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        sent = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if not sent:
            return
        from parity_suite.backends.registry import BackendSpec

        self._session.collected.update(sent["collected"])
        self._session.listed.update(sent["listed"])
        for name, (module, member) in sent["specs"].items():
            self._session.specs[name] = BackendSpec(name, module, member)
        merged = self._session.environment
        merged.setdefault("machine", sent["environment"]["machine"])
        merged.setdefault("backends", {}).update(sent["environment"]["backends"])
