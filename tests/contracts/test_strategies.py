"""Strategies give what they say: data that keeps a contract in many ways, and bytes that were damaged in four."""

from __future__ import annotations

from typing import Any

import pytest
from damaged_bytes import damaged, edited
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_suite.contracts.load import load_contract
from parity_suite.contracts.strategies import contents
from parity_suite.contracts.validation import validate

COUNTS = load_contract("counts")
HELD = bytes(range(65, 91))


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many values, the same ones every time."""
    values: list[Any] = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True)
    @given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


def test_contents_keep_their_contract_with_and_without_what_is_optional() -> None:
    found = drawn(contents(COUNTS), 40)
    assert [list(validate(values, COUNTS)) for values in found] == [[]] * len(found)
    optional = {name for name, field in COUNTS.fields.items() if not field.required and field.required_when is None}
    counts = sorted(len(optional & set(values)) for values in found)
    # One of two that need each other is always there.
    assert (counts[0], counts[-1]) == (1, len(optional))
    assert len(set(counts)) > 3


def test_contents_of_many_seeds() -> None:
    found = drawn(contents(COUNTS), 40)
    assert len({values["xcoords"].tobytes() for values in found}) > 10


@pytest.mark.parametrize(
    ("edits", "made"),
    [
        ([("overwrite", 2, b"xy")], b"ABxyEFGH"),
        ([("overwrite", 7, b"xy")], b"ABCDEFGxy"),
        ([("cut", 1, b"xyz")], b"AEFGH"),
        ([("double", 3, b"xy")], b"ABCDEDEFGH"),
        ([("lose", 3, b"x")], b"ABC"),
        ([("cut", 0, b"x"), ("overwrite", 0, b"z")], b"zCDEFGH"),
        ([("lose", 3, b"x"), ("double", 0, b"xy")], b"ABABC"),
    ],
)
def test_an_edit(edits: list[tuple[str, int, bytes]], made: bytes) -> None:
    assert edited(b"ABCDEFGH", edits) == made


def test_damage_of_every_kind_is_drawn() -> None:
    found = drawn(damaged(HELD), 400)
    assert any(len(one) > len(HELD) for one in found)
    assert any(len(one) == len(HELD) != one for one in found)
    assert {one for one in found if 0 < len(one) < len(HELD) and HELD.startswith(one)}
    assert any(one and one[0] != HELD[0] for one in found)
    assert any(len(one) >= len(HELD) and one[25:26] != HELD[25:] for one in found)
    assert any(isinstance(one, bytes) for one in drawn(damaged(b""), 5))
