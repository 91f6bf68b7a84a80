"""Findings and runs as reports are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.measured import Measured
from parity_suite.core.run_facts import RunFacts
from parity_suite.ledger.runs import Run
from parity_suite.report.terminal import denominator


def held(
    law: str = "oracle", stage: str = "translate", subject: str = "mine", off: float = 0.5, **more: Any
) -> Finding:
    """A check that holds with so many budgets."""
    part = CheckId(stage, law, "n16.g2.b5", subject, "cpu", "float32")
    return replace(
        Finding(str(part), *vars(part).values(), Verdict.OK, measured=(measured(off),), seconds=0.25), **more
    )


def failed(law: str = "oracle", stage: str = "translate", subject: str = "mine", **more: Any) -> Finding:
    """A check that is wrong by a thousand budgets."""
    one = held(law, stage, subject, 1e3)
    told = {
        "verdict": Verdict.SEMANTIC,
        "blame": stage,
        "cause": Cause.OFF_BUDGET,
        "decided_by": "images",
        "reason": "off",
    }
    return replace(one, **told | more)


def idle(law: str = "oracle", reason: str = "no CUDA device here", **more: Any) -> Finding:
    """A check that did not run."""
    return replace(held(law), verdict=Verdict.NOT_RUN, cause=Cause.NO_DEVICE, reason=reason, measured=(), **more)


def measured(off: float, **more: Any) -> Measured:
    return replace(Measured("images", off * 1e-6, off * 1e-6, 1e-6, (0, 1, 2, 0), 1.0, 2.0), **more)


def run(findings: Iterable[Finding], **more: Any) -> Run:
    """A whole run of them; red where one of them is."""
    found = tuple(findings)
    facts = RunFacts(exit_status=int(any(one.red and not one.known for one in found)), **more.pop("facts", {}))
    about = {
        "commit": "",
        "time": "2026-01-01T12:00:00+00:00",
        "suite": "0.1.0",
        "denominator": denominator(found),
        "environment": {"machine": {"python": "3.11"}, "run": {"command": "pytest -m parity"}, "backends": {}},
    }
    return Run(found, facts=facts, **about | more)
