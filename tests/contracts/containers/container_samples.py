"""A small contract for each kind of container."""

from __future__ import annotations

import struct

from parity_suite.contracts import Contract
from parity_suite.contracts.load import parse_contract

HEAD = """
name = "scan"
version = 1
container = "{container}"
doc = "a scan"
[dims.M]
doc = "positions"
[fields."{field}"]
doc = "position"
units = "pixel"
dtypes = ["{dtype}"]
shapes = ["M"]
rules = ["finite"]
"""


def contract_for(container: str, more: str = "", dtype: str = "float64") -> Contract:
    """One field ``x (M,)``, finite; ``container`` may be followed by another name for it."""
    kind, _, field = container.partition(" ")
    return parse_contract((HEAD.format(container=kind, field=field or "x", dtype=dtype) + more).encode(), "inline")


def header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    """The bytes of an array's header in an NPY file with this dictionary."""
    body = text.encode() + b"\n"
    size = struct.pack("<H" if version == (1, 0) else "<I", len(body))
    return b"\x93NUMPY" + bytes(version) + size + body
