"""What a budget leans on is said by laws, which the room of comparing does not import."""

from __future__ import annotations

import parity_suite.laws.registry  # noqa: F401
