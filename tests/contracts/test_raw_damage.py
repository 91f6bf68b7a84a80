"""Each way in which a scan can be damaged is refused, with the field and the rule in the message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from parity_suite.contracts import ContractError, load_contract, validate
from parity_suite.ptychography.datasets.raw_file import load_raw

Data = dict[str, Any]


class Damage(NamedTuple):
    """What is done to the clean scan, and all that must be said about it."""

    name: str
    do: Callable[[Data], None]
    #: (field, rule) of every violation, in order
    broken: list[tuple[str, str]]
    #: what the message must say besides
    says: str


def replaced(field: str, change: Callable[[Any], Any]) -> Callable[[Data], None]:
    def do(data: Data) -> None:
        data[field] = change(data[field])

    return do


def element(field: str, index: tuple[int, ...], value: float) -> Callable[[Data], None]:
    def do(data: Data) -> None:
        data[field][index] = value

    return do


def without(field: str) -> Callable[[Data], None]:
    def do(data: Data) -> None:
        del data[field]

    return do


def added(field: str, value: Any) -> Callable[[Data], None]:
    def do(data: Data) -> None:
        data[field] = value

    return do


def emptied(data: Data) -> None:
    for field in ("xcoords", "ycoords", "diff3d", "scan_index", "xcoords_start", "ycoords_start"):
        data[field] = data[field][:0]


def of_another_size(data: Data) -> None:
    data["diff3d"], data["probeGuess"] = data["diff3d"][:, :6, :6], data["probeGuess"][:, :6, :6]


def misnamed(data: Data) -> None:
    data["diffract"] = data.pop("diff3d")


def normalised(data: Data) -> None:
    power = (data["diff3d"].astype(float) ** 2).sum((1, 2)).mean()
    data["diff3d"] = data["diff3d"] * (data["diff3d"].shape[-1] / 2) / np.sqrt(power)
    data["domain"] = np.array("normalised")


DAMAGES = [
    Damage("missing-coordinates", without("ycoords"), [("ycoords", "required")], "no such key among"),
    Damage("missing-probe", without("probeGuess"), [("probeGuess", "required")], "(N, N) or (P, N, N)"),
    Damage(
        "other-key", misnamed, [("diff3d", "exactly_one")], "found none, wanted exactly one of diff3d and diffraction"
    ),
    Damage("rank", replaced("diff3d", lambda a: a[0]), [("diff3d", "rank")], "shape (64, 64) with 2 axes"),
    Damage("column", replaced("xcoords", lambda a: a[:, None]), [("xcoords", "rank")], "wanted shape (M,)"),
    Damage("scalar", replaced("xcoords", lambda a: a[0]), [("xcoords", "rank")], "a scalar (shape ())"),
    Damage("half", replaced("diff3d", np.float16), [("diff3d", "dtype")], "float16, wanted float32 or float64"),
    Damage("integer", replaced("xcoords", np.int64), [("xcoords", "dtype")], "found int64"),
    Damage("complex-data", replaced("diff3d", np.complex64), [("diff3d", "dtype")], "found complex64"),
    Damage("real-probe", replaced("probeGuess", np.abs), [("probeGuess", "dtype")], "found float32"),
    Damage(
        "text",
        replaced("ycoords", lambda a: a.astype(str)),
        [("ycoords", "dtype")],
        "found str, wanted float32 or float64",
    ),
    Damage(
        "big-endian",
        replaced("diff3d", lambda a: a.astype(">f4")),
        [("diff3d", "byte_order")],
        "big-endian float32",
    ),
    Damage("objects", replaced("diff3d", lambda a: a.astype(object)), [("diff3d", "readable")], "Object arrays"),
    Damage(
        "nan",
        element("diff3d", (3, 10, 2), np.nan),
        [("diff3d", "finite")],
        "nan (1 of 20480 values) at [3, 10, 2]",
    ),
    Damage("inf", element("xcoords", (2,), np.inf), [("xcoords", "finite")], "inf (1 of 5 values) at [2]"),
    Damage("nan-probe", element("probeGuess", (1, 3, 4), np.nan), [("probeGuess", "finite")], "at [1, 3, 4]"),
    Damage(
        "negative",
        element("diff3d", (0, 7, 9), -0.5),
        [("diff3d", "non_negative")],
        "-0.5 (1 of 20480 values)",
    ),
    Damage("dark", replaced("diff3d", np.zeros_like), [("diff3d", "not_all_zero")], "all 20480 values 0"),
    Damage(
        "dark-probe",
        replaced("probeGuess", np.zeros_like),
        [("probeGuess", "not_all_zero")],
        "all 8192 values",
    ),
    Damage(
        "pattern-missing",
        replaced("diff3d", lambda a: a[:-1]),
        [("diff3d", "shape")],
        "M = 4 on axis 0, wanted M = 5 as in xcoords axis 0, ycoords axis 0",
    ),
    Damage(
        "lengths",
        replaced("ycoords", lambda a: a[:-2]),
        [("ycoords", "shape")],
        "M = 3 on axis 0, wanted M = 5",
    ),
    Damage(
        "axis-order",
        replaced("diff3d", lambda a: np.moveaxis(a, 0, 2)),
        [("diff3d", "axis_order")],
        "shape (64, 64, 5), which is (N, N, M) with M = 5, N = 64 from the other fields, "
        "wanted axes in the order (M, N, N)",
    ),
    Damage(
        "probe-axis-order",
        replaced("probeGuess", lambda a: np.moveaxis(a, 0, 2)),
        [("probeGuess", "axis_order")],
        "which is (N, N, P)",
    ),
    Damage(
        "not-square",
        replaced("diff3d", lambda a: a[:, :, :60]),
        [("diff3d", "shape")],
        "N = 60 on axis 2, wanted N = 64 as in diff3d axis 1, probeGuess axis 1, probeGuess axis 2",
    ),
    Damage(
        "probe-size",
        replaced("probeGuess", lambda a: np.tile(a, (1, 2, 2))),
        [("probeGuess", "shape"), ("probeGuess", "shape")],
        "N = 128 on axis 1, wanted N = 64 as in diff3d axis 1, diff3d axis 2",
    ),
    Damage(
        "cropped",
        replaced("diff3d", lambda a: a[:, 2:-2, 2:-2]),
        [("probeGuess", "shape"), ("probeGuess", "shape")],
        "N = 64 on axis 1, wanted N = 60 as in diff3d axis 1, diff3d axis 2",
    ),
    Damage(
        "size",
        of_another_size,
        [("diff3d", "size")],
        "N = 6 (diff3d, probeGuess), wanted N of at least 8",
    ),
    Damage("empty", emptied, [("xcoords", "size")], "M = 0 (xcoords, ycoords, diff3d, scan_index"),
    Damage("no-modes", replaced("probeGuess", lambda a: a[:0]), [("probeGuess", "size")], "P of at least 1"),
    Damage(
        "off-canvas-x",
        element("xcoords", (4,), 100.5),
        [("xcoords", "on_canvas")],
        "100.5 (1 of 5 values) at [4], wanted a patch centre within 0 .. 100, axis 1 of objectGuess",
    ),
    Damage("off-canvas-y", element("ycoords", (1,), 95.0), [("ycoords", "on_canvas")], "within 0 .. 89, axis 0"),
    Damage("another-origin", replaced("xcoords", lambda a: a - a.mean()), [("xcoords", "on_canvas")], "at [0]"),
    Damage("start", replaced("xcoords_start", lambda a: a[1:]), [("xcoords_start", "shape")], "M = 4 on axis 0"),
    Damage("scan", element("scan_index", (1,), -1), [("scan_index", "non_negative")], "-1 (1 of 5 values) at [1]"),
    Damage("scan-dtype", replaced("scan_index", np.float64), [("scan_index", "dtype")], "int32 or int64"),
    Damage("object", element("objectGuess", (1, 2), np.nan), [("objectGuess", "finite")], "at [1, 2]"),
    Damage("object-rank", replaced("objectGuess", lambda a: a[None]), [("objectGuess", "rank")], "(1, 90, 101)"),
    Damage(
        "domain",
        added("domain", "photons"),
        [("domain", "one_of")],
        "'photons', wanted 'counts' or 'normalised'",
    ),
    Damage("domain-bytes", added("domain", b"counts"), [("domain", "dtype")], "wanted str"),
    Damage("domain-list", added("domain", ["counts", "counts"]), [("domain", "rank")], "wanted shape ()"),
    Damage("no-photons", normalised, [("nphotons", "required")], "when domain is 'normalised'"),
    Damage(
        "not-normalised",
        lambda data: data.update(domain="normalised", nphotons=1e6),
        [("diff3d", "normalised_power")],
        "wanted 1024 = (N/2)^2",
    ),
    Damage("photons", added("nphotons", 1e9), [("nphotons", "photons_measured")], "the mean of sum(diff3d^2)"),
    Damage("nan-photons", added("nphotons", np.nan), [("nphotons", "finite")], "found nan, wanted finite"),
    Damage(
        "few",
        lambda data: (normalised(data), data.update(nphotons=0.5))[0],
        [("nphotons", "min")],
        "at least 1",
    ),
    Damage(
        "many",
        lambda data: (normalised(data), data.update(nphotons=1e17))[0],
        [("nphotons", "max")],
        "at most 9",
    ),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_scan_is_refused_by_field_and_rule(damage: Damage, clean: Data, save: Callable[..., Path]) -> None:
    assert load_raw(save(clean, "clean.npz")).diff3d.shape == (5, 64, 64)
    damage.do(clean)
    path = save(clean, "damaged.npz")
    with pytest.raises(ContractError) as refusal:
        load_raw(path)
    lines = str(refusal.value).splitlines()
    assert str(path) in lines[0]
    assert [tuple(line.strip().split(": ")[:2]) for line in lines[1:]] == damage.broken
    assert damage.says in str(refusal.value)


def test_every_damage_is_listed_at_once_in_the_order_of_the_fields(clean: Data, save: Callable[..., Path]) -> None:
    for name in ("objects", "inf", "lengths", "domain", "off-canvas-x", "missing-probe", "scan"):
        next(damage for damage in DAMAGES if damage.name == name).do(clean)
    with pytest.raises(ContractError) as refusal:
        load_raw(save(clean))
    assert [(violation.field, violation.rule) for violation in refusal.value.violations] == [
        ("domain", "one_of"),
        ("xcoords", "finite"),
        ("xcoords", "on_canvas"),
        ("ycoords", "shape"),
        ("diff3d", "readable"),
        ("probeGuess", "required"),
        ("scan_index", "non_negative"),
    ]
    assert "7 contract violations" in str(refusal.value)


def test_violations_in_memory_do_not_depend_on_the_order_of_the_keys(clean: Data) -> None:
    contract = load_contract("raw")
    assert validate(clean, contract) == []
    clean.update(domain="photons", xcoords=clean["xcoords"][:2], diff3d=-clean["diff3d"], probeGuess=[[1], [1, 2]])
    violations = validate(clean, contract)
    assert [violation.field for violation in violations] == ["domain", "xcoords", "diff3d", "probeGuess"]
    assert validate(dict(reversed(clean.items())), contract) == violations


def test_a_coordinate_that_stands_alone_is_blamed_and_not_the_patterns(clean: Data) -> None:
    clean["xcoords"] = clean["xcoords"][:3]
    (violation,) = validate(clean, load_contract("raw"))
    assert (violation.field, violation.rule) == ("xcoords", "shape")
    assert "ycoords axis 0, diff3d axis 0" in violation.wanted
