"""What is drawn for a contract keeps it, rule by rule, and fills what the rule leaves free."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_rules import CASES, Case, dim, field, relation

from parity_suite.contracts import validate
from parity_suite.contracts.check import check_file
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.render import checked_as_json
from parity_suite.contracts.sample import sample
from parity_suite.contracts.sample_file import as_document, as_toml, write_sample, write_values

SEEDS = range(12)


def contract(body: str, container: str = "npz") -> Any:
    text = f'name = "tiny"\nversion = 1\ncontainer = "{container}"\ndoc = "d"\n{body}'
    return parse_contract(text.encode(), "tiny")


def drawn(body: str, name: str = "a", **how: Any) -> list[Any]:
    """Field ``a`` by seed."""
    known = contract(body)
    return [sample(known, seed, **how)[name] for seed in SEEDS]


def ruled(rule: str, dtype: str = "float64", shape: str = "R", more: str = "") -> str:
    return dim("R", "min = 3") + dim("N", "min = 3") + field("a", dtype, shape, f'rules = ["{rule}"]\n{more}')


#: Rules whose example lacks what bounds its values: counts and times among real numbers and words. They are drawn with
#: the contracts of the field in ``test_mutations.py``.
UNBOUNDED = {f"relations.{rule}" for rule in ("photons_measured", "photons_counted", "normalised_power", "not_before")}


def is_drawn(case: Case) -> bool:
    """Whether what a case describes can be drawn: no folder, no negative size, and words for every pattern."""
    if case.container.split()[0] == "folder" or case.rule in UNBOUNDED:
        return False
    known = contract(case.contract, case.container.split()[0])
    try:
        for seed in SEEDS:
            sample(known, seed, optional=1.0)
    except ValueError as error:
        return not re.search("pattern and no examples|negative dimensions", str(error))
    return True


@pytest.mark.parametrize("case", [case for case in CASES if is_drawn(case)], ids=lambda case: case.rule)
def test_what_is_drawn_keeps_each_rule(case: Case) -> None:
    known = contract(case.contract, case.container.split()[0])
    for seed in SEEDS:
        for optional in (0.0, 0.5, 1.0):
            found = validate(sample(known, seed, optional=optional), known, role="writer")
            assert not found, (seed, optional, [str(one) for one in found])


def test_the_same_seed_draws_the_same_and_another_one_something_else() -> None:
    known = contract(ruled("finite"))
    first, again, other = (sample(known, seed)["a"] for seed in (4, 4, 5))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_optional_fields_come_as_often_as_is_asked() -> None:
    known = contract(field("a", shape="") + field("b", shape="", more="required = false"))
    there = {optional: [set(sample(known, seed, optional=optional)) for seed in SEEDS] for optional in (0.0, 0.5, 1.0)}
    assert all(names == {"a"} for names in there[0.0])
    assert all(names == {"a", "b"} for names in there[1.0])
    assert {len(names) for names in there[0.5]} == {1, 2}


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_numbers_spread_over_the_bounds_that_they_have(dtype: str) -> None:
    body = dim("R", "min = 40") + field("a", dtype, "R", "min = -7\nmax = 9")
    values = np.concatenate(drawn(body, optional=1.0))
    assert values.dtype == dtype
    assert -7 <= values.min() < -4
    assert 6 < values.max() <= 9


def test_without_bounds_numbers_lie_about_zero_and_complex_ones_in_the_plane() -> None:
    values = np.concatenate(drawn(dim("R", "min = 40") + field("a", "complex128"), optional=1.0))
    for part in (values.real, values.imag):
        assert -3 <= part.min() < -2
        assert -1 < part.max() <= 3
        assert len(set(part.tolist())) == len(part)


def test_one_bound_leaves_room_on_the_other_side() -> None:
    low = np.concatenate(drawn(dim("R", "min = 40") + field("a", more="min = 5"), optional=1.0))
    assert 5 <= low.min() < 5.5
    assert 7.5 < low.max() <= 8
    high = np.concatenate(drawn(dim("R", "min = 40") + field("a", more="max = -5"), optional=1.0))
    assert high.max() <= -5


def test_rules_about_values() -> None:
    for values in drawn(ruled("positive"), optional=1.0):
        assert np.all(values >= 0.5)
    for values in drawn(ruled("non_negative"), optional=1.0):
        assert np.all(values >= 0)
        assert np.all(values <= 3)
    for values in drawn(ruled("integer_counts"), optional=1.0):
        assert np.array_equal(values, np.floor(values))
        assert values[-1] >= 1
    for values in drawn(ruled("increasing"), optional=1.0):
        assert np.all(np.diff(values) >= 0)
    for values in drawn(ruled("strictly_increasing", "int64"), optional=1.0):
        assert np.all(np.diff(values) > 0)
    for values in drawn(ruled("unique", "int64"), optional=1.0):
        assert len(set(values.tolist())) == len(values)
    for values in drawn(ruled("unit_norm", "complex128", "R N"), optional=1.0):
        assert np.allclose(np.linalg.norm(values, axis=1), 1)
    for values in drawn(ruled("unit_norm", shape="R"), optional=1.0):
        assert np.allclose(np.abs(values), 1) or np.isclose(np.linalg.norm(values), 1)


def test_integers_that_need_not_be_unique_repeat() -> None:
    body = dim("R", "min = 40") + field("a", "int64", "R", "min = 0\nmax = 1")
    assert {len(set(values.tolist())) for values in drawn(body, optional=1.0)} == {2}


def test_words_are_those_of_the_contract() -> None:
    body = dim("R", "min = 3") + field("a", "str", "R", 'one_of = ["x", "y"]')
    assert {word for values in drawn(body, optional=1.0) for word in values.tolist()} == {"x", "y"}
    body = dim("R", "min = 3") + field("a", "str", "R", 'pattern = "[a-c]+"\nexamples = ["ab", "c", "abc", "cc", "b"]')
    assert {word for values in drawn(body, optional=1.0) for word in values.tolist()} <= {"ab", "c", "abc", "cc", "b"}
    free = drawn(dim("R", "min = 3") + field("a", "str"), optional=1.0)
    assert {word for values in free for word in values.tolist()} <= {f"a {k}" for k in range(1, 6)}


def test_words_that_are_each_there_once() -> None:
    body = dim("R", "min = 3\nmax = 3") + field("a", "str", "R", 'rules = ["unique"]\nexamples = ["x", "y", "z"]')
    assert all(sorted(values.tolist()) == ["x", "y", "z"] for values in drawn(body, optional=1.0))
    short = dim("R", "min = 3") + field("a", "str", "R", 'rules = ["unique"]\nexamples = ["x", "y"]')
    with pytest.raises(ValueError, match=r"a: 2 examples for \d values that are each there once"):
        sample(contract(short), 0, optional=1.0)


def test_a_pattern_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="a: a pattern and no examples"):
        sample(contract(field("a", "str", "", 'pattern = "[a-c]+"')), 0, optional=1.0)


def test_json_and_truth_values() -> None:
    assert {str(one) for one in drawn(field("a", "json", ""), optional=1.0)} == {"{}"}
    truths = np.concatenate(drawn(dim("R", "min = 20") + field("a", "bool"), optional=1.0))
    assert truths.dtype == bool
    assert 0.2 < truths.mean() < 0.8


def test_sizes_are_the_smallest_or_a_little_more() -> None:
    sizes = {len(values) for values in drawn(dim("R", "min = 4") + field("a"), optional=1.0)}
    assert sizes == {4, 5, 6}
    assert {len(v) for v in drawn(dim("R", "min = 4\nmax = 5") + field("a"), optional=1.0)} == {4, 5}
    assert {len(v) for v in drawn(dim("R", "one_of = [9, 7]") + field("a"), optional=1.0)} == {7}
    none = [len(sample(contract(dim("R") + field("a")), seed, optional=1.0)["a"]) for seed in range(60)]
    assert set(none) == {0, 1, 2, 3}


def test_a_size_follows_from_a_number() -> None:
    body = dim("C", 'equals = "g**2"') + field("g", "int64", "", "min = 2\nmax = 3") + field("a", shape="C")
    for seed in SEEDS:
        values = sample(contract(body), seed, optional=1.0)
        assert len(values["a"]) == int(values["g"]) ** 2
    assert {int(sample(contract(body), seed, optional=1.0)["g"]) for seed in SEEDS} == {2, 3}


def test_what_a_value_makes_necessary_is_there() -> None:
    body = field("kind", "str", "", 'one_of = ["x", "y"]') + field("a", shape="", more='required_when = { kind = "x" }')
    found = [sample(contract(body), seed, optional=0.0) for seed in SEEDS]
    assert {str(values["kind"]) for values in found} == {"x", "y"}
    assert all(("a" in values) == (str(values["kind"]) == "x") for values in found)


def test_a_relation_moves_what_does_not_keep_it() -> None:
    body = dim("R", "min = 5") + field("a") + field("b") + relation("ordered", 'fields = ["a", "b"]')
    for seed in SEEDS:
        values = sample(contract(body), seed, optional=1.0)
        assert np.all(values["a"] <= values["b"])
    plain = [sample(contract(body.partition("[[relations]]")[0]), seed, optional=1.0) for seed in SEEDS]
    assert not all(np.all(values["a"] <= values["b"]) for values in plain)


def test_a_document_holds_the_same(tmp_path: Path) -> None:
    body = dim("R", "min = 2") + field("a") + field("b", "json", "") + field("c", "str", "") + field("d", "int64", "")
    known = contract(body, "json")
    values = sample(known, 3, optional=1.0)
    document = as_document(values)
    assert document == {"a": values["a"].tolist(), "b": {}, "c": str(values["c"]), "d": int(values["d"])}
    write_values(tmp_path / "one.json", known, values)
    assert json.loads((tmp_path / "one.json").read_text("utf-8")) == document
    write_sample(tmp_path / "two.json", known, 3, optional=1.0)
    assert (tmp_path / "two.json").read_bytes() == (tmp_path / "one.json").read_bytes()
    assert check_file(tmp_path / "one.json", known).ok


def test_toml_is_read_back(tmp_path: Path) -> None:
    import tomllib

    values = sample(contract(dim("R", "min = 2") + field("a") + field("c", "str", ""), "toml"), 1, optional=1.0)
    assert tomllib.loads(as_toml(as_document(values))) == as_document(values)


def test_what_is_in_memory_is_no_file(tmp_path: Path) -> None:
    known = contract(field("a", shape=""), "mapping")
    with pytest.raises(ValueError, match="tiny: a mapping is no file"):
        write_values(tmp_path / "x", known, sample(known))


def test_a_checked_file_as_json(tmp_path: Path) -> None:
    known = contract(field("a", shape=""), "json")
    (tmp_path / "x.json").write_text('{"a": "text"}', "utf-8")
    said = checked_as_json(check_file(tmp_path / "x.json", known))
    (violation,) = said.pop("violations")
    assert said == {"file": str(tmp_path / "x.json"), "contract": {"name": "tiny", "version": 1}, "ok": False}
    assert (violation["field"], violation["rule"], violation["found"]) == ("a", "dtype", "str")
