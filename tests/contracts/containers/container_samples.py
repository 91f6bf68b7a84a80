"""A small contract for each kind of container."""

from __future__ import annotations

from parity_suite.contracts import Contract
from parity_suite.contracts.load import parse_contract

HEAD = """
name = "scan"
version = 1
container = "{container}"
doc = "a scan"
[dims.M]
doc = "positions"
[fields.x]
doc = "position"
units = "pixel"
dtypes = ["float64"]
shapes = ["M"]
rules = ["finite"]
"""


def contract_for(container: str, more: str = "") -> Contract:
    """One field ``x (M,)`` float64, finite."""
    return parse_contract((HEAD.format(container=container) + more).encode(), "inline")
