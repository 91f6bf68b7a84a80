"""Every change of the table is said in the words of `differences_in_words.txt`, read by a person before it was kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_difference
from test_difference import ITEM, KIND, ROOT, WAVE, contract

from parity_suite.contracts.difference import differences
from parity_suite.contracts.field_changes import NEVER, condition_text
from parity_suite.contracts.model import Dim, Part

WORDS = Path(__file__).with_name("differences_in_words.txt")
#: key, before, after of every change in the table of effects
TABLE: list[Any] = test_difference.test_a_change_of_one_attribute.pytestmark[0].args[1]  # type: ignore[attr-defined]


def said() -> Iterator[str]:
    """Of every change of the table and of its way back, what is said."""
    for key, before, after, *_ in TABLE:
        one, other = (
            contract(dataclasses.replace(WAVE, **{key: value}), KIND, ROOT, ITEM) for value in (before, after)
        )
        for old, new in ((one, other), (other, one)):
            yield from (str(change) for change in differences(old, new))


def test_changes_of_an_attribute() -> None:
    assert list(said()) == WORDS.read_text("utf-8").splitlines()


def test_the_heading() -> None:
    old = contract()
    new = dataclasses.replace(old, name="other", version=2, container="hdf5", closed=True)
    assert [str(change) for change in differences(old, new)] == [
        "other name: 'wave' became 'other': breaks both, what names the contract names another one",
        "other version: 1 became 2: compatible, a version says that something changed, and binds nobody",
        "other container: 'npz' became 'hdf5': breaks both, neither side can open the other's files",
        "other closed: names that are not listed are now refused: breaks writers, "
        "what an old writer writes may no longer be valid",
    ]
    (back,) = differences(dataclasses.replace(old, closed=True), old)
    assert str(back) == (
        "wave closed: names that are not listed are now let by: breaks readers, "
        "new files may hold what an old reader does not expect"
    )


def test_files_of_a_folder() -> None:
    def folder(*parts: Part) -> Any:
        return dataclasses.replace(contract(), container="folder", fields={}, files={one.name: one for one in parts})

    one = Part("a.json", "", "ledger", True)
    for other, lines in (
        (dataclasses.replace(one, contract="record"), ["files.a.json.contract: 'ledger' became 'record'"]),
        (dataclasses.replace(one, contract=None), ["files.a.json.contract: 'ledger' became nothing"]),
        (dataclasses.replace(one, required=False), ["files.a.json.required: no longer required"]),
        (dataclasses.replace(one, name="b.json"), ["files.a.json: file dropped", "files.b.json: file added"]),
        (
            dataclasses.replace(one, name="*.json", required=False),
            [
                "files.a.json: file dropped, whose name may be one of '*.json' too",
                "files.*.json: optional file added, whose name may be one of 'a.json' too",
            ],
        ),
    ):
        found = [str(change).removeprefix("wave ") for change in differences(folder(one), folder(other))]
        assert [line.partition(": breaks")[0].partition(": compatible")[0] for line in found] == lines


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"minimum": 1}, {"minimum": 2, "maximum": 5}, "M of at least 1 became M of at least 2 and at most 5"),
        ({"one_of": (2, 3)}, {}, "M of at least 0, one of 2, 3 became M of at least 0"),
        ({"minimum": 1}, {"minimum": 1, "one_of": (4,)}, "M of at least 1 became M of at least 1, one of 4"),
    ],
)
def test_the_sizes_of_a_symbol(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    old, new = (dataclasses.replace(contract(), dims={"M": Dim("M", "", **sizes)}) for sizes in (before, after))
    (found,) = (str(change) for change in differences(old, new) if change.place == "dims.M")
    assert found.startswith(f"wave dims.M: {words}: breaks ")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({}, "always"),
        (NEVER, "never"),
        ({"kind": ("x",)}, "when kind is 'x'"),
        ({"kind": ("x", "y"), "other": ("1",)}, "when kind is 'x' or 'y' and other is '1'"),
    ],
)
def test_a_condition(condition: Any, words: str) -> None:
    assert condition_text(condition) == words
