"""Rules between a number and the arrays beside it, in a document: what a user's log of refined positions needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parity_suite.contracts import Contract, check_file, contents, validate
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.sample_file import write_sample

LOG = """
name = "log"
version = 1
container = "json"
closed = true
doc = "a log of refined positions"
[dims.P]
doc = "positions"
equals = "number"
[fields.number]
doc = "of positions"
units = "1"
dtypes = ["int64"]
shapes = [""]
min = 1
[fields.most]
doc = "the greatest shift allowed"
units = "pixel"
dtypes = ["float64"]
shapes = [""]
[fields."positions[].shift"]
doc = "[x, y]"
units = "pixel"
dtypes = ["float64"]
shapes = ["P 2"]
[fields."positions[].first"]
doc = "[x, y] of the first step"
units = "pixel"
dtypes = ["float64"]
shapes = ["P 2", "P 3"]
required = false
[[relations]]
rule = "ordered"
doc = "no shift is greater than allowed"
fields = ["positions[].shift", "most"]
"""
SOUND = {"number": 2, "most": 2.5, "positions": [{"shift": [1.0, -2.0]}, {"shift": [0.5, 2.5]}]}


def said(tmp_path: Path, contract: Contract, **changes: Any) -> list[str]:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**SOUND, **changes}), "utf-8")
    return [str(violation) for violation in check_file(path, contract).violations]


def test_a_size_that_equals_a_number_of_the_document(tmp_path: Path) -> None:
    contract = parse_contract(LOG.encode(), "inline")
    assert said(tmp_path, contract) == []
    assert said(tmp_path, contract, number=3) == [
        "positions[].shift: shape: found P = 2 on axis 0, wanted P = 3 = number"
    ]


def test_an_array_is_held_against_a_scalar(tmp_path: Path) -> None:
    contract = parse_contract(LOG.encode(), "inline")
    assert said(tmp_path, contract, most=2.0) == [
        "positions[].shift: ordered: found 2.5 at [1, 1], wanted at most most = 2"
    ]


@pytest.mark.parametrize("rule", ["ordered", "equal", "square"])
def test_a_relation_that_cannot_be_asked_does_not_hold(tmp_path: Path, rule: str) -> None:
    names = ("positions[].first", "positions[].shift")
    given = {
        "ordered": f"fields = {list(names)}",
        "equal": f"fields = {list(names)}\nrtol = 0",
        "square": f'field = "{names[1]}"\nroot = "{names[0]}"\nrtol = 0.1',
    }
    text = f'{LOG}[[relations]]\nrule = "{rule}"\ndoc = "of one shape"\n{given[rule]}\n'
    positions = [{**one, "first": [0.0, 0.0, 0.0]} for one in SOUND["positions"]]  # type: ignore[attr-defined, dict-item]
    (line,) = said(tmp_path, parse_contract(text.encode(), "inline"), positions=positions)
    assert f": {rule}: found shape (2, " in line
    assert "wanted that of positions[]." in line


def test_the_samples_of_the_log_keep_it(tmp_path: Path) -> None:
    contract = parse_contract(LOG.encode(), "inline")
    for seed in range(20):
        path = tmp_path / f"{seed}.json"
        write_sample(path, contract, seed)
        assert check_file(path, contract, role="writer").violations == ()


def test_an_unknown_name_is_told_the_known_ones_once(tmp_path: Path) -> None:
    contract = parse_contract(LOG.encode(), "inline")
    assert said(tmp_path, contract, author="me") == [
        "author: unknown: found the name 'author', wanted one of most, number, positions"
    ]


TIMES = """
name = "times"
version = 1
container = "mapping"
doc = "of several things"
[dims.A]
doc = "of one"
[dims.B]
doc = "of the other"
[fields.later]
doc = "time"
units = "ISO 8601"
dtypes = ["str"]
shapes = ["A"]
[fields.earlier]
doc = "time"
units = "ISO 8601"
dtypes = ["str"]
shapes = ["B"]
[[relations]]
rule = "not_before"
doc = "in order"
field = "later"
than = "earlier"
"""


def test_times_of_unlike_shapes_are_not_passed_over() -> None:
    contract = parse_contract(TIMES.encode(), "inline")
    assert validate({"later": ["2026-01-02"] * 2, "earlier": ["2026-01-01"] * 2}, contract) == []
    (violation,) = validate({"later": ["2026-01-02"] * 2, "earlier": ["2026-01-01"] * 3}, contract)
    assert str(violation) == "later: not_before: found shape (2,), wanted that of earlier, (3,)"


def test_a_sequence_with_more_items_than_names() -> None:
    contract = parse_contract(TIMES.encode(), "inline")
    assert validate((["2026-01-02"], ["2026-01-01"]), contract) == []
    (violation,) = validate((["2026-01-02"], ["2026-01-01"], ["2026-01-03"]), contract)
    assert str(violation) == "sequence: length: found 3 items, wanted at most 2: later, earlier"


def test_a_relation_on_a_field_too_large_to_load_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_LOADED", 100)
    contract = parse_contract(TIMES.encode(), "inline")
    assert [one.rule for one in validate((["2026-01-02"] * 9, ["2026-01-01"] * 9), contract)] == ["too_large"]


COUNTS = """
name = "counts_of_runs"
version = 1
container = "json"
doc = "two counts that must agree"
[fields.one]
doc = "a count"
units = "1"
dtypes = ["int64"]
shapes = [""]
nullable = true
[fields.other]
doc = "a count"
units = "1"
dtypes = ["int64"]
shapes = [""]
nullable = true
[[relations]]
rule = "equal"
doc = "the same"
fields = ["one", "other"]
rtol = 0
"""


@pytest.mark.parametrize(
    ("one", "other", "well"), [(0, 0, True), (None, None, True), (None, 0, False), (0, None, False)]
)
def test_null_equals_null_and_no_number(tmp_path: Path, one: int | None, other: int | None, well: bool) -> None:
    path = tmp_path / "counts.json"
    path.write_text(json.dumps({"one": one, "other": other}), "utf-8")
    found = check_file(path, parse_contract(COUNTS.encode(), "inline")).violations
    assert [one.rule for one in found] == ([] if well else ["equal"])
