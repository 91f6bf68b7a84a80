"""The repository's own run goes through the same door as a stranger's."""

from __future__ import annotations

from typing import Any

from parity_suite import parity_checks


@parity_checks()
def test_parity(check: Any) -> None:
    check.run()
