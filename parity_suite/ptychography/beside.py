"""What ships with this pack in the repository's own folders, and in the wheel beside the package."""

from __future__ import annotations

from pathlib import Path

from parity_suite.contracts.resources import resource_folder


def contracts() -> Path:
    """The folder of its contracts, in which those of the suite itself lie as well."""
    return resource_folder("contracts")
