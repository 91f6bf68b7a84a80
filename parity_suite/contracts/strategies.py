"""Hypothesis strategies: valid data, and files damaged in their bytes, of any contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from numpy.typing import NDArray

from parity_suite.contracts.model import Contract
from parity_suite.contracts.sample import sample


def contents(contract: Contract) -> st.SearchStrategy[Mapping[str, NDArray[Any]]]:
    """Arrays by field name that keep ``contract``, with any of its optional fields; see :func:`sample`."""
    return st.builds(
        lambda seed, optional: sample(contract, seed, optional=optional),
        seed=st.integers(0, 2**32 - 1),
        optional=st.sampled_from((0.0, 0.5, 1.0)),
    )


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """The bytes of a file with one to four edits: a range overwritten, cut out, doubled, or all that follows lost."""
    place = st.integers(0, max(len(content) - 1, 0))
    edit = st.tuples(st.sampled_from(("overwrite", "cut", "double", "lose")), place, st.binary(min_size=1, max_size=16))
    return st.lists(edit, min_size=1, max_size=4).map(lambda edits: _edited(content, edits))


def _edited(content: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    for kind, place, other in edits:
        stop = place + len(other)
        middle = {"overwrite": other, "cut": b"", "double": content[place:stop] * 2, "lose": b""}[kind]
        content = content[:place] + middle + (b"" if kind == "lose" else content[stop:])
    return content
