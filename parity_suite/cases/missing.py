"""What a check lacks, so that it is not run."""

from __future__ import annotations

from parity_suite.core.cause import Cause


class Missing(Exception):
    """What a check needs is not there, such as an array of the dataset, or there is no such question to ask."""

    def __init__(self, what: str, cause: Cause = Cause.MISSING_DATA) -> None:
        super().__init__(what)
        self.cause = cause
