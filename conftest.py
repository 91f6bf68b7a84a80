"""The repository's own configuration of pytest; the suite itself needs none."""

from __future__ import annotations

pytest_plugins = ["pytester"]
