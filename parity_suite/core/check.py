"""A check: stage x law x case x subject x device x precision, with an id that is the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Verdict


@dataclass(frozen=True)
class Check:
    """One cell of the table. A pair has two specs."""

    stage: str
    law: str
    case: Case
    specs: tuple[BackendSpec, ...]
    device: str
    precision: str
    slow: bool = False

    @property
    def subject(self) -> str:
        return "+".join(spec.name for spec in self.specs)

    @cached_property
    def id(self) -> str:
        return str(CheckId(self.stage, self.law, self.case.name, self.subject, self.device, self.precision))

    def finding(self, verdict: Verdict, reason: str = "", **more: Any) -> Finding:
        """What came of it; ``more`` are further fields of a finding."""
        known = {"blame": self.stage, "dataset": self.case.source, **more}
        return Finding(
            self.id,
            self.stage,
            self.law,
            self.case.name,
            self.subject,
            self.device,
            self.precision,
            verdict,
            reason,
            **known,
        )

    @property
    def lists(self) -> bool:
        """Whether it belongs to the list of ids: every check but those on files given on the command line."""
        return self.case.kind != "file"
