"""A hypothesis strategy of data that keep a contract."""

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
