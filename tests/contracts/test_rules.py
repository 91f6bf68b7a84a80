"""Each rule of the language has a file that breaks just that rule, with the whole message, and a sound twin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from parity_suite.contracts import check_file
from parity_suite.contracts.finders import relations_of_packs
from parity_suite.contracts.language import language_schema
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.relations import OWN
from parity_suite.contracts.values import DTYPES

Data = Mapping[str, Any]


class Case(NamedTuple):
    """A rule by its place in the JSON Schema of the language, and the one message of the file that breaks it."""

    rule: str
    contract: str
    sound: Data
    broken: Data
    says: str
    container: str = "npz"
    role: str = "reader"


def field(name: str, dtype: str = "float64", shape: str = "R", more: str = "") -> str:
    return f'[fields."{name}"]\ndoc = "d"\nunits = "1"\ndtypes = ["{dtype}"]\nshapes = ["{shape}"]\n{more}\n'


def dim(name: str, more: str = "") -> str:
    return f'[dims.{name}]\ndoc = "d"\n{more}\n'


def relation(rule: str, more: str) -> str:
    return f'[[relations]]\nrule = "{rule}"\ndoc = "d"\n{more}\n'


def floats(*values: float) -> Any:
    return np.array(values, np.float64)


def valued(rule: str, sound: Any, broken: Any, says: str, dtype: str = "float64", shape: str = "R") -> Case:
    """A rule about the values of one field ``a``."""
    body = dim("R") + dim("N") + field("a", dtype, shape, f'rules = ["{rule}"]')
    return Case(f"rules.{rule}", body, {"a": sound}, {"a": broken}, says)


def bounded(key: str, value: str, dtype: str, sound: Any, broken: Any, says: str) -> Case:
    """A key of one field ``a``, a scalar."""
    body = field("a", dtype, "", f"{key} = {value}")
    return Case(f"fields.{key}", body, {"a": sound}, {"a": broken}, says)


def sized(key: str, value: str, sound: int, broken: int, says: str) -> Case:
    """A key of the symbol of the one axis of ``a``."""
    body = dim("R", f"{key} = {value}") + field("a")
    return Case(f"dims.{key}", body, {"a": np.ones(sound)}, {"a": np.ones(broken)}, says)


def presence(rule: str, sound: str, broken: str, says: str) -> Case:
    """A relation about which of the scalars ``a``, ``b`` and ``c`` are there."""
    fields = "".join(field(name, shape="", more="required = false") for name in "abc")
    some = [{name: floats(1)[0] for name in names} | {"z": 0.0} for names in (sound, broken)]
    arguments = 'field = "a"\nfields = ["b", "c"]' if rule == "needs" else 'fields = ["a", "b"]'
    return Case(f"relations.{rule}", fields + relation(rule, arguments), some[0], some[1], says)


def related(rule: str, arguments: str, names: str, sound: Data, broken: Data, says: str) -> Case:
    """A relation between columns of numbers."""
    fields = "".join(field(name) for name in names)
    return Case(f"relations.{rule}", dim("R") + fields + relation(rule, arguments), sound, broken, says)


IMAGES = dim("M") + dim("N")
AMPLITUDE = IMAGES + field("a", shape="M N N")
UNIT = np.full((2, 4, 4), 0.5)
WHOLE = np.arange(32.0).reshape(2, 4, 4)
TIMES = field("a", "str", "") + field("b", "str", "")
CANVAS = dim("R") + dim("H") + dim("W") + field("x") + field("o", shape="H W")
RATIO = (
    dim("R")
    + "".join(field(f"r[].{name}", more="nullable = true") for name in ("ratio", "value", "base"))
    + field("r[].status", "str")
    + relation(
        "quotient",
        'field = "r[].ratio"\nnumerator = "r[].value"\ndenominator = "r[].base"\nrtol = 1e-9\n'
        'status = "r[].status"\nblocked = "blocked"',
    )
)
CHOSEN = field("kind", "str", "", 'required = false\ndefault = "x"')


def rows(*ratios: tuple[float | None, float | None, float, str]) -> Data:
    return {"r": [dict(zip(("ratio", "value", "base", "status"), row, strict=True)) for row in ratios]}


CASES = [
    valued(
        "finite", floats(1, 2), floats(1, np.nan), "a: finite: found nan (1 of 2 values) at [1], wanted finite values"
    ),
    valued(
        "finite",
        np.ones(2, np.complex128),
        np.array([1, complex(0, np.inf)]),
        "a: finite: found infj (1 of 2 values) at [1], wanted finite values",
        "complex128",
    ),
    valued(
        "non_negative",
        floats(0, 2),
        floats(0, -2),
        "a: non_negative: found -2.0 (1 of 2 values) at [1], wanted values of at least 0",
    ),
    valued(
        "positive", floats(1, 2), floats(0, 2), "a: positive: found 0.0 (1 of 2 values) at [0], wanted values above 0"
    ),
    valued(
        "not_all_zero", floats(0, 1), floats(0, 0), "a: not_all_zero: found all 2 values 0, wanted a value other than 0"
    ),
    valued(
        "not_all_zero",
        np.array([False, True]),
        np.array([False, False]),
        "a: not_all_zero: found all 2 values 0, wanted a value other than 0",
        "bool",
    ),
    valued(
        "not_constant",
        floats(2, 2.5),
        floats(2, 2),
        "a: not_constant: found all 2 values 2.0, wanted values that differ",
    ),
    valued(
        "positive_somewhere",
        floats(-1, 1),
        floats(-1, 0),
        "a: positive_somewhere: found none of 2 values above 0, wanted a value above 0",
    ),
    valued(
        "integer_counts",
        floats(0, 7),
        floats(0, 7.5),
        "a: integer_counts: found 7.5 (1 of 2 values) at [1], wanted whole numbers of at least 0",
    ),
    valued(
        "increasing",
        floats(1, 1, 2),
        floats(1, 2, 1),
        "a: increasing: found 1.0 (1 of 3 values) at [2], wanted values of at least the one before",
    ),
    valued(
        "strictly_increasing",
        floats(1, 2, 3),
        floats(1, 2, 2),
        "a: strictly_increasing: found 2.0 (1 of 3 values) at [2], wanted values above the one before",
    ),
    valued(
        "unit_norm",
        UNIT[:, :2, :2],
        np.stack([UNIT[0, :2, :2], UNIT[0, :2, :2] * 2]),
        "a: unit_norm: found a sum of squares of 4 (1 of 2 items) at [1], wanted 1",
        shape="R N N",
    ),
    valued("unit_norm", floats(0.6, 0.8), floats(0.6, 0.7), "a: unit_norm: found a sum of squares of 0.85, wanted 1"),
    valued(
        "unique",
        floats(1, 2, 3),
        floats(1, 2, 1),
        "a: unique: found 1.0 (1 of 3 values) at [2], wanted values that are each there once",
    ),
    valued(
        "unique",
        np.array(["u", "v"]),
        np.array(["u", "u"]),
        "a: unique: found 'u' (1 of 2 values) at [1], wanted values that are each there once",
        "str",
    ),
    bounded("min", "0.5", "float64", 0.5, 0.25, "a: min: found 0.25, wanted at least 0.5"),
    bounded("max", "2", "int64", 2, 3, "a: max: found 3, wanted at most 2"),
    bounded("one_of", '["x", "y"]', "str", "x", "X", "a: one_of: found 'X', wanted 'x' or 'y'"),
    bounded("one_of", "[1, 3]", "int64", 3, 2, "a: one_of: found 2, wanted 1 or 3"),
    bounded("pattern", '"[a-z]+"', "str", "abc", "abc1", "a: pattern: found 'abc1', wanted text that matches [a-z]+"),
    Case(
        "fields.dtypes",
        field("a", shape=""),
        {"a": 1.0},
        {"a": np.float32(1)},
        "a: dtype: found float32, wanted float64",
    ),
    Case("fields.dtypes", field("a", "bool", ""), {"a": True}, {"a": 1}, "a: dtype: found int64, wanted bool"),
    Case(
        "fields.dtypes",
        dim("R") + field("a"),
        {"a": floats(1)},
        {"a": floats(1).astype(">f8")},
        "a: byte_order: found big-endian float64 (>f8), wanted little-endian float64",
    ),
    Case(
        "fields.dtypes",
        dim("R") + field("a[].b"),
        {"a": [{"b": 1.5}]},
        {"a": [{"b": "1.5"}]},
        "a[].b: dtype: found str, wanted float64",
        "json",
    ),
    Case(
        "fields.dtypes",
        field("a[].b", "json", ""),
        {"a": [{"b": None}]},
        {"a": [None]},
        "a[].b: type: found null, wanted objects with the key 'b'",
        "json",
    ),
    Case(
        "fields.shapes",
        AMPLITUDE,
        {"a": WHOLE},
        {"a": WHOLE[0]},
        "a: rank: found shape (4, 4) with 2 axes, wanted shape (M, N, N)",
    ),
    Case(
        "fields.shapes",
        AMPLITUDE,
        {"a": WHOLE},
        {"a": WHOLE[:, :, :3]},
        "a: shape: found N = 3 on axis 2, wanted N = 4 as in a axis 1",
    ),
    Case(
        "fields.shapes",
        AMPLITUDE + field("x", shape="M"),
        {"a": np.ones((5, 4, 4)), "x": np.ones(5)},
        {"a": np.ones((4, 4, 5)), "x": np.ones(5)},
        "a: axis_order: found shape (4, 4, 5), which is (N, N, M) with M = 5 from the other fields, "
        "wanted axes in the order (M, N, N)",
    ),
    Case(
        "fields.shapes",
        field("a", shape="1 2"),
        {"a": np.ones((1, 2))},
        {"a": np.ones((1, 3))},
        "a: shape: found 3 on axis 1, wanted 2",
    ),
    Case(
        "fields.shapes",
        dim("B") + dim("C") + field("b", shape="B C") + field("a", shape="(B C) 1"),
        {"b": np.ones((2, 3)), "a": np.ones((6, 1))},
        {"b": np.ones((2, 3)), "a": np.ones((2, 1))},
        "a: shape: found 2 on axis 0, wanted (B C) = 6 with B = 2, C = 3",
    ),
    Case(
        "fields.shapes",
        dim("L") + field("b", shape="L") + field("a", shape="(L - 1)"),
        {"b": np.ones(3), "a": np.ones(2)},
        {"b": np.ones(3), "a": np.ones(3)},
        "a: shape: found 3 on axis 0, wanted (L - 1) = 2 with L = 3",
    ),
    Case(
        "fields.shapes",
        field("a", shape="2"),
        {"a": [0.5, 1.5]},
        {"a": [[0.5], [1.5, 2.5]]},
        "a: rank: found lists of unequal length or depth, wanted a list of values, or of equal lists",
        "json",
    ),
    sized("min", "2", 2, 1, "a: size: found R = 1 (a), wanted R of at least 2"),
    sized("max", "2", 2, 3, "a: size: found R = 3 (a), wanted R of at least 0 and at most 2"),
    sized("one_of", "[2, 4]", 4, 3, "a: size: found R = 3 (a), wanted R one of 2, 4"),
    Case(
        "dims.equals",
        dim("C", 'equals = "g**2"') + field("g", "int64", "") + field("a", shape="C"),
        {"g": 2, "a": np.ones(4)},
        {"g": 2, "a": np.ones(2)},
        "a: shape: found C = 2 on axis 0, wanted C = 4 = g**2",
    ),
    Case(
        "fields.required",
        field("a", shape=""),
        {"a": 1.0},
        {"b": 1.0},
        "a: required: found no such key among b, wanted float64 of shape ()",
    ),
    Case(
        "fields.required_when",
        field("kind", "str", "") + field("a", shape="", more='required_when = { kind = ["x", "y"] }'),
        {"kind": "z"},
        {"kind": "y"},
        "a: required: found no such key among kind, wanted float64 of shape () when kind is 'x' or 'y'",
    ),
    Case(
        "fields.default",
        CHOSEN + field("a", shape="", more='required_when = { kind = "x" }'),
        {"kind": "z"},
        {"b": 1.0},
        "a: required: found no such key among b, wanted float64 of shape () when kind is 'x'",
    ),
    Case(
        "fields.written",
        field("a", shape="", more="required = false\nwritten = true"),
        {"a": 1.0},
        {"b": 1.0},
        "a: required: found no such key among b, wanted float64 of shape () from a writer",
        role="writer",
    ),
    Case(
        "fields.nullable",
        field("a", shape="2"),
        {"a": [0.5, 1.5]},
        {"a": [0.5, None]},
        "a: null: found null (1 of 2 values) at [1], wanted float64",
        "json",
    ),
    Case(
        "fields.aliases",
        field("a", shape="", more='aliases = ["b"]'),
        {"b": 1.0},
        {"a": 1.0, "b": 1.0},
        "a: alias: found a and b, wanted one name for one thing",
    ),
    Case(
        "fields.aliases",
        field("a", shape="", more='aliases = ["b"]'),
        {"a": 1.0},
        {"b": 1.0},
        "a: alias: found the old name 'b', wanted a writer to use 'a'",
        role="writer",
    ),
    Case(
        "closed",
        "closed = true\n" + field("a", shape=""),
        {"a": 1.0},
        {"a": 1.0, "b": 1.0},
        "b: unknown: found the name 'b', wanted one of a",
    ),
    Case(
        "container",
        field("a", shape=""),
        {"a": 1.0},
        {"a": 1.0},
        "file: container: found npz, wanted json, as the contract tiny says",
        "json in npz",
    ),
    Case(
        "files",
        '[files."*.txt"]\ndoc = "some text"\n',
        {"a.txt": "t"},
        {"a.csv": "t"},
        "*.txt: required: found no such file among a.csv, wanted some text",
        "folder",
    ),
    Case(
        "files",
        'closed = true\n[files."a.txt"]\ndoc = "some text"\n',
        {"a.txt": "t"},
        {"a.txt": "t", "b": "t"},
        "b: unknown: found the file 'b', wanted one of a.txt",
        "folder",
    ),
    Case(
        "relations.on_canvas",
        CANVAS + relation("on_canvas", 'positions = "x"\ncanvas = "o"\naxis = 1'),
        {"x": floats(0, 4), "o": np.ones((3, 5))},
        {"x": floats(0, 4.5), "o": np.ones((3, 5))},
        "x: on_canvas: found 4.5 (1 of 2 values) at [1], wanted a patch centre within 0 .. 4, axis 1 of o",
    ),
    Case(
        "relations.photons_measured",
        AMPLITUDE + field("n", shape="") + relation("photons_measured", 'amplitude = "a"\nphotons = "n"\nrtol = 0.01'),
        {"a": UNIT, "n": 4.03},
        {"a": UNIT, "n": 4.05},
        "n: photons_measured: found 4.05, wanted 4, the mean of sum(a^2), within a factor 1 +- 0.01",
    ),
    Case(
        "relations.photons_counted",
        AMPLITUDE + field("n", shape="") + relation("photons_counted", 'counts = "a"\nphotons = "n"\nrtol = 0.01'),
        {"a": UNIT, "n": 8.06},
        {"a": UNIT, "n": 8.1},
        "n: photons_counted: found 8.1, wanted 8, the mean of sum(a), within a factor 1 +- 0.01",
    ),
    Case(
        "relations.normalised_power",
        AMPLITUDE + relation("normalised_power", 'amplitude = "a"\nrtol = 0.01'),
        {"a": UNIT},
        {"a": UNIT * 2},
        "a: normalised_power: found a mean of sum(a^2) of 16, wanted 4 = (N/2)^2 within a factor 1 +- 0.01",
    ),
    presence("together", "ab", "b", "a: together: found b without a, wanted all or none of a and b"),
    presence("exactly_one", "a", "ab", "a: exactly_one: found a and b, wanted exactly one of a and b"),
    presence("at_least_one", "ab", "c", "a: at_least_one: found none, wanted at least one of a and b"),
    presence("needs", "abc", "ac", "b: needs: found a without b, wanted what a needs to be understood"),
    related(
        "ordered",
        'fields = ["a", "b", "c"]',
        "abc",
        {"a": floats(1, 2), "b": floats(1, 3), "c": floats(2, 3)},
        {"a": floats(1, 2), "b": floats(1, 3), "c": floats(2, 2.5)},
        "b: ordered: found 3 at [1], wanted at most c = 2.5",
    ),
    related(
        "equal",
        'fields = ["a", "b"]\nrtol = 1e-6',
        "ab",
        {"a": floats(1, 2), "b": floats(1, 2.000001)},
        {"a": floats(1, 2), "b": floats(1, 2.00001)},
        "b: equal: found 2.00001 (1 of 2 values) at [1], wanted 2, a",
    ),
    related(
        "square",
        'field = "a"\nroot = "b"\nrtol = 1e-6',
        "ab",
        {"a": floats(4, 9), "b": floats(2, 3)},
        {"a": floats(4, 8), "b": floats(2, 3)},
        "a: square: found 8.0 (1 of 2 values) at [1], wanted 9, b^2",
    ),
    Case(
        "relations.count",
        dim("R") + field("n", "int64", "") + field("a") + relation("count", 'number = "n"\nof = "a"'),
        {"n": 2, "a": np.ones(2)},
        {"n": 3, "a": np.ones(2)},
        "n: count: found 3, wanted 2, the length of a",
    ),
    Case(
        "relations.corresponds",
        TIMES + relation("corresponds", 'field = "a"\nto = "b"\npairs = { x = "u", y = "v" }'),
        {"a": "x", "b": "u"},
        {"a": "x", "b": "v"},
        "b: corresponds: found 'v', wanted 'u', since a is 'x'",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((0.5, 1.0, 2.0, "ok"), (None, 1.0, 0.0, "blocked")),
        rows((0.5, 1.0, 2.0, "ok"), (1.0, 1.0, 0.0, "blocked")),
        "r[].ratio: quotient: found 1.0 (1 of 2 values) at [1], wanted null, since r[].base is 0",
        "json",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((0.5, 1.0, 2.0, "ok")),
        rows((2.0, 1.0, 2.0, "ok")),
        "r[].ratio: quotient: found 2.0 at [0], wanted 0.5, r[].value / r[].base",
        "json",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((None, 1.0, 0.0, "blocked")),
        rows((None, 1.0, 0.0, "ok")),
        "r[].status: quotient: found 'ok' at [0], wanted 'blocked', since the baseline is 0",
        "json",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((0.5, 1.0, 2.0, "ok")),
        rows((0.5, 1.0, 2.0, "blocked")),
        "r[].status: quotient: found 'blocked' at [0], wanted another status than 'blocked'",
        "json",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((0.5, 1.0, 2.0, "ok"), (0.25, 1.0, 4.0, "ok")),
        rows((0.5, 1.0, 2.0, "ok"), (None, 1.0, 4.0, "ok")),
        "r[].ratio: quotient: found nan (1 of 2 values) at [1], wanted 0.25, r[].value / r[].base",
        "json",
    ),
    Case(
        "relations.quotient",
        RATIO,
        rows((None, None, 2.0, "missing"), (0.25, 1.0, 4.0, "ok")),
        rows((0.5, None, 2.0, "missing"), (0.25, 1.0, 4.0, "ok")),
        "r[].ratio: quotient: found 0.5 (1 of 2 values) at [0], wanted null, since r[].value / r[].base lacks a number",
        "json",
    ),
    Case(
        "relations.not_before",
        TIMES + relation("not_before", 'field = "a"\nthan = "b"'),
        # An hour later on the clock, and earlier in time.
        {"a": "2026-03-01T12:00:00+00:00", "b": "2026-03-01T13:00:00+01:00"},
        {"a": "2026-03-01T12:00:00+02:00", "b": "2026-03-01T11:00:00+00:00"},
        "a: not_before: found 2026-03-01T12:00:00+02:00, wanted a time not before b, 2026-03-01T11:00:00+00:00",
    ),
    Case(
        "relations.not_before",
        TIMES + relation("not_before", 'field = "a"\nthan = "b"'),
        {"a": "2026-03-02", "b": "2026-03-01"},
        {"a": "yesterday", "b": "2026-03-01"},
        "a: not_before: found 'yesterday', wanted a time in ISO 8601",
    ),
    Case(
        "relations.refers",
        dim("R") + dim("K") + field("a", "str") + field("b", "str", "K") + relation("refers", 'field = "a"\nto = "b"'),
        {"a": np.array(["u"]), "b": np.array(["u", "v"])},
        {"a": np.array(["U"]), "b": np.array(["u", "v"])},
        "a: refers: found 'U' at [0], wanted one of b: 'u', 'v'",
    ),
    Case(
        "relations.axis_order",
        AMPLITUDE
        + field("order", "str", "", "required = false")
        + relation("axis_order", 'array = "a"\nstated = "order"'),
        {"a": np.ones((4, 4, 4)), "order": "NHW"},
        {"a": np.ones((4, 4, 4))},
        "a: axis_order: found shape (4, 4, 4), which fits (M, N, N) and (N, M, N) and (N, N, M), "
        "wanted order to say which, since the sizes do not",
    ),
    Case(
        "relations.whole_counts",
        field("kind", "str", "") + AMPLITUDE + relation("whole_counts", 'array = "a"\nwhen = { kind = "x" }'),
        {"kind": "y", "a": UNIT},
        {"kind": "x", "a": np.where(WHOLE == 9, 9.5, WHOLE)},
        "a: whole_counts: found 9.5 (1 of 32 values) at [0, 2, 1], wanted whole numbers",
    ),
]


def write(path: Path, container: str, data: Data) -> None:
    if container.startswith("npz"):
        with path.open("wb") as stream:
            np.savez(stream, **data)
    elif container.startswith("json"):
        path.write_text(json.dumps(data), "utf-8")
    else:
        path.mkdir()
        for name, text in data.items():
            (path / name).write_text(text, "utf-8")


def messages(path: Path, case: Case, data: Data, held_in: str) -> list[str]:
    write(path, held_in, data)
    kind = case.container.split()[0]
    text = f'name = "tiny"\nversion = 1\ncontainer = "{kind}"\ndoc = "d"\n{case.contract}'
    checked = check_file(path, parse_contract(text.encode(), "tiny"), role=case.role)  # type: ignore[arg-type]
    return [str(violation) for violation in checked.violations]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_file_that_breaks_one_rule_has_one_violation_and_its_sound_twin_none(case: Case, tmp_path: Path) -> None:
    first, last = case.container.split()[0], case.container.split()[-1]
    assert messages(tmp_path / "sound", case, case.sound, first) == []
    assert messages(tmp_path / "broken", case, case.broken, last) == [case.says]


@pytest.mark.parametrize("name", sorted(set(DTYPES) - {"json"}))
def test_each_element_type_is_taken_by_its_name_and_no_other_is(name: str, tmp_path: Path) -> None:
    values = {
        dtype: np.array("1" if dtype == "str" else 1, np.str_ if dtype == "str" else dtype) for dtype in DTYPES[:-1]
    }
    case = Case("fields.dtypes", field("a", name, ""), {}, {}, "")
    for other, value in (values | {"float16": np.float16(1), "uint8": np.uint8(1)}).items():
        expected = [] if other == name else [f"a: dtype: found {other}, wanted {name}"]
        assert messages(tmp_path / other, case, {"a": value}, "npz") == expected


@pytest.mark.parametrize("value", [None, 1, "text", [1, "text"], [[1], [1, 2]], {"b": 1}, [], 2**70], ids=repr)
def test_a_field_of_any_json_is_not_looked_into(value: Any, tmp_path: Path) -> None:
    case = Case("fields.dtypes", field("a", "json", ""), {}, {}, "", "json")
    assert messages(tmp_path / "file", case, {"a": value}, "json") == []


def test_nulls_alone_have_no_type_of_their_own(tmp_path: Path) -> None:
    column = Case("", dim("R") + field("a[].n", "int64", more="nullable = true"), {}, {}, "", "json")
    assert messages(tmp_path / "column", column, {"a": [{"n": None}, {"n": None}]}, "json") == []
    whole = Case("", field("a", "int64", "2", "nullable = true"), {}, {}, "", "json")
    assert messages(tmp_path / "whole", whole, {"a": None}, "json") == []
    assert messages(tmp_path / "scalar", whole, {"a": 1}, "json") == [
        "a: rank: found a scalar (shape ()), wanted shape (2,)"
    ]


def test_a_column_that_cannot_be_read_is_not_counted_as_none(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == "relations.count")._replace(container="json")
    assert messages(tmp_path / "file", case, {"n": 2, "a": [1.5, "text"]}, "json") == [
        "a: dtype: found a mix of float and str, wanted values of one type"
    ]


def test_round_off_does_not_turn_an_order_round(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == "relations.ordered")
    data = {name: floats(0.1, 0.2) for name in "abc"}
    above = floats(0.1 * (1 + 1e-14), 0.2)
    assert messages(tmp_path / "round", case, {**data, "a": above}, "npz") == []
    assert messages(tmp_path / "above", case, {**data, "a": floats(0.1 * (1 + 1e-13), 0.2)}, "npz") == [
        "a: ordered: found 0.1 at [0], wanted at most b = 0.1"
    ]


def described() -> set[str]:
    """Every rule that the JSON Schema of the language knows, as the cases name them."""
    schema = language_schema()
    entries = schema["$defs"]
    words = {"doc", "units", "example", "examples", "rules"}
    return {
        *(f"rules.{name}" for name in entries["field"]["properties"]["rules"]["items"]["enum"]),
        *(f"relations.{name}" for name in entries["relation"]["properties"]["rule"]["enum"]),
        *(f"fields.{key}" for key in entries["field"]["properties"].keys() - words),
        *(f"dims.{key}" for key in entries["dim"]["properties"].keys() - words),
        *(schema["properties"].keys() & {"container", "closed", "files"}),
    }


def test_every_rule_of_the_language_has_such_a_file() -> None:
    assert {case.rule for case in CASES} == described()
    assert {*OWN, *relations_of_packs()} == {
        rule.partition(".")[2] for rule in described() if rule.startswith("relations.")
    }


def test_the_language_is_described_by_a_json_schema() -> None:
    Draft202012Validator.check_schema(language_schema())
    own, known = (
        one["$defs"]["relation"]["properties"]["rule"]["enum"]
        for one in (language_schema(packs=False), language_schema())
    )
    assert set(own) == set(OWN)
    assert set(known) - set(own) == set(relations_of_packs())


def test_a_new_key_at_the_top_of_a_contract_is_noticed_here() -> None:
    schema = language_schema()
    about = {"name", "version", "doc", "roles"}
    assert schema["properties"].keys() - about == {"container", "closed", "files", "dims", "fields", "relations"}


@pytest.mark.parametrize("rule", sorted({*OWN, *relations_of_packs()}))
def test_a_relation_whose_condition_does_not_hold_asks_for_nothing(rule: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == f"relations.{rule}")
    chosen = field("when", "str", "", 'required = false\ndefault = "no"')
    # The relation stands last, and its keys are TOML's current table.
    body, sign, arguments = (case.contract.replace('when = { kind = "x" }', "")).rpartition("[[relations]]")
    conditional = case._replace(contract=chosen + body + sign + arguments + 'when = { when = "yes" }\n')
    assert messages(tmp_path / "idle", conditional, case.broken, case.container) == []
    assert messages(tmp_path / "held", conditional, {**case.broken, "when": "yes"}, case.container) == [case.says]
