"""The scan that the files of other programs hold."""

from __future__ import annotations

import pytest
from layouts import Truth


@pytest.fixture(scope="session")
def truth() -> Truth:
    return Truth()
