"""The one line that refuses a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from container_samples import contract_for

from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits


@pytest.fixture
def refused() -> Callable[..., str]:
    """The one line that says what is wrong with a file."""

    def line(path: Path, container: str, limits: Limits | None = None) -> str:
        checked = check_file(path, contract_for(container), limits=limits)
        assert len(checked.violations) == 1, checked.violations
        return str(checked.violations[0])

    return line
