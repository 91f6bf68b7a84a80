"""What passes between xdist's workers and the controller, and how checks are spread."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import pytest

from parity_suite.engine.environment import share_threads
from parity_suite.plugin.session import RUN_NAME, SUSPECTS, ParitySession

_OUTPUT: Final = "parity_worker"


class Distribution:
    """Registered only where xdist is."""

    def __init__(self, session: ParitySession) -> None:
        self._session = session
        #: the tests that each worker selected
        self._ids: dict[Any, Sequence[str]] = {}
        workers = os.environ.get("PYTEST_XDIST_WORKER_COUNT")
        if workers and self._about_parity:
            # Before anything is collected: a framework reads these variables when it is imported.
            share_threads(int(workers))

    @property
    def _about_parity(self) -> bool:
        """Whether this run is meant to have parity checks, which xdist must know before it collects any."""
        markers = self._session.config.option.markexpr or ""
        return "parity" in markers or bool(self._session.settings.backends)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """xdist's own lose tests or repeat them where a worker dies, and its default scatters the checks, so that every
        worker would import every framework.
        """
        if not self._about_parity:
            return None
        from parity_suite.plugin.scheduling import LASTING, SubjectScheduling

        asked = config.option.dist
        typed = any(str(part).startswith("--dist") for part in config.invocation_params.args)
        chosen = SubjectScheduling if asked == "load" and not typed else LASTING.get(asked)
        return chosen(config, log) if chosen else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[SUSPECTS] = self._session.suspects
        node.workerinput[RUN_NAME] = self._session.run_name

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        had = self._session.collected or self._session.unlisted_tests or self._session.selftests.gathered
        if output is None or not had:
            return
        from parity_suite.core.packs import named_packs
        from parity_suite.plugin.run_summary import environment

        output[_OUTPUT] = {
            "packs": named_packs(),
            "path": sys.path,
            "collected": sorted(self._session.collected),
            "listed": sorted(self._session.listed),
            "unlisted_tests": sorted(self._session.unlisted_tests),
            "selections": [selection.to_json() for selection in self._session.selections],
            "specs": {name: [spec.module, spec.member] for name, spec in self._session.specs.items()},
            "environment": environment(self._session),
            "refusal": self._session.refusal,
            "unwritten": self._session.unwritten,
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        self._ids[node] = ids

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            self._session.selection.worker_died(self._ids.get(node, ()))
        sent = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if not sent:
            return
        from parity_suite.core.backend_spec import BackendSpec
        from parity_suite.core.duplicates import machine_words
        from parity_suite.core.packs import name_pack

        # The summary names stages, and the workers alone have collected any. A pack may lie beside a test file, in a
        # folder that pytest put on their path.
        sys.path += [folder for folder in sent["path"] if folder not in sys.path]
        for text in sent["packs"]:
            name_pack(text)
        self._session.collected.update(sent["collected"])
        self._session.listed.update(sent["listed"])
        self._session.unlisted_tests.update(sent["unlisted_tests"])
        for selection, said in zip(self._session.selections, sent["selections"], strict=True):
            selection.add(said)
            if node.config.option.dist == "each":
                heard = self._session.reported.by_worker.get(node.gateway.id, set())
                selection.heard_of_one(node.gateway.id, said["selected"], heard)
        self._session.reported.add_machine(node.gateway.id, machine_words(sent["environment"]["machine"]))
        self._session.refusal = sent["refusal"]
        self._session.unwritten += sent["unwritten"]
        for name, (module, member) in sent["specs"].items():
            self._session.specs[name] = BackendSpec(name, module, member)
        merged = self._session.environment
        merged.setdefault("machine", sent["environment"]["machine"])
        merged.setdefault("run", sent["environment"]["run"])
        merged.setdefault("backends", {}).update(sent["environment"]["backends"])
