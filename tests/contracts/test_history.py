"""F18 to F22 of the history: each is refused by name, with what was found and what was wanted in its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.ratio import ratio
from parity_suite.contracts import Violation, check_file, load_contract, validate
from parity_suite.core.finding import Finding, Verdict
from parity_suite.report.record import write_record

Data = dict[str, Any]

COMMIT = "0123456789abcdef0123456789abcdef01234567"

#: Canonical names of models: lower case, one spelling.
ID = "[a-z0-9_][a-z0-9_.+]*"


def row(model: str, metric: str, value: float, baseline: float) -> Data:
    """As the suite's own ratio makes it; nan, which JSON does not have, becomes null."""
    found = ratio(value, baseline)
    number = None if np.isnan(found.ratio) else found.ratio
    parts = {"value": value, "baseline_value": baseline, "ratio": number, "status": found.status}
    return {"model": model, "metric": metric, **parts}


def comparison() -> Data:
    """Two models against a baseline, one metric of which is 0: the canvas of the baseline was blank."""
    return {
        "format": 1,
        "kind": "comparison",
        "provenance": {
            "commit": COMMIT,
            "commit_time": "2026-03-01T10:00:00+02:00",
            "time": "2026-03-01T09:30:00+00:00",
            "digest": "ab" * 32,
        },
        "models": [{"id": "supervised"}, {"id": "pinn"}, {"id": "pinn_hybrid"}],
        "baseline": "supervised",
        "rows": [
            row("pinn", "mae_amplitude", 0.02, 0.05),
            row("pinn", "ssim_phase", 0.9, 0.0),
            row("pinn_hybrid", "mae_amplitude", 0.03, 0.05),
        ],
    }


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[Data], list[Violation]]:
    """All that is wrong with a comparison, read from a file whose contract is guessed."""

    def check(document: Data) -> list[Violation]:
        path = tmp_path / "comparison.json"
        path.write_text(json.dumps(document, allow_nan=False), "utf-8")
        checked = check_file(path)
        assert checked.contract == load_contract("comparison")
        return list(checked.violations)

    return check


Refused = Callable[[Data], list[Violation]]


def said(violations: list[Violation]) -> list[str]:
    return list(map(str, violations))


def test_a_comparison_whose_baseline_is_zero_somewhere_is_accepted_where_it_says_so(refused: Refused) -> None:
    assert refused(comparison()) == []


@pytest.mark.parametrize("number", [0.0, 1.0, 1e308])
def test_f18_a_ratio_to_a_baseline_of_zero(refused: Refused, number: float) -> None:
    document = comparison()
    document["rows"][1]["ratio"] = number
    assert refused(document) == [
        Violation(
            "rows[].ratio", "quotient", f"{number!r} (1 of 3 values)", "null, since rows[].baseline_value is 0", "[1]"
        )
    ]


def test_f18_a_baseline_of_zero_that_passes(refused: Refused) -> None:
    document = comparison()
    document["rows"][1]["status"] = "ok"
    assert refused(document) == [
        Violation(
            "rows[].status",
            "quotient",
            "'ok' (1 of 3 values)",
            "'blocked_baseline_zero', since the baseline is 0",
            "[1]",
        )
    ]


def test_f18_a_ratio_that_is_infinite_is_no_json(tmp_path: Path) -> None:
    document = comparison()
    document["rows"][1]["ratio"] = float("inf")
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(document), "utf-8")
    assert list(check_file(path, "comparison").violations) == [
        Violation("file", "readable", "Infinity is no JSON number", "strict JSON in UTF-8")
    ]


def test_f18_a_ratio_of_other_numbers(refused: Refused) -> None:
    document = comparison()
    document["rows"][2]["ratio"] = 0.5
    (text,) = said(refused(document))
    assert text.startswith("rows[].ratio: quotient: found 0.5 (1 of 3 values) at [2], wanted 0.6, rows[].value / ")


@pytest.mark.parametrize("key", ["commit", "commit_time", "time", "digest"])
def test_f19_a_comparison_that_does_not_say_what_it_measured(refused: Refused, key: str) -> None:
    document = comparison()
    del document["provenance"][key]
    found = "no such key among baseline, format, kind, models, provenance, rows"
    assert refused(document) == [Violation(f"provenance.{key}", "required", found, "str of shape ()")]


def test_f19_a_comparison_older_than_the_code_it_is_to_prove(refused: Refused) -> None:
    document = comparison()
    # Later by the clock on the wall, earlier by the sun.
    document["provenance"]["time"] = "2026-03-01T09:59:59+02:00"
    assert said(refused(document)) == [
        "provenance.time: not_before: found 2026-03-01T09:59:59+02:00, wanted a time not before "
        "provenance.commit_time, 2026-03-01T10:00:00+02:00"
    ]


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("commit", "main", "text that matches [0-9a-f]{40}(\\+changes)?"),
        ("digest", "the test set", "text that matches [0-9a-f]{64}"),
        ("time", "yesterday", "text that matches \\d{4}-\\d\\d-\\d\\dT"),
    ],
)
def test_f19_words_in_the_place_of_evidence(refused: Refused, key: str, value: str, wanted: str) -> None:
    document = comparison()
    document["provenance"][key] = value
    first = refused(document)[0]
    assert (first.field, first.rule, first.found) == (f"provenance.{key}", "pattern", repr(value))
    assert first.wanted.startswith(wanted)


@pytest.mark.parametrize(
    ("key", "names", "wanted"),
    [
        ("commit", ["commit"], ["str of shape ()"]),
        ("time", ["time"], ["str of shape ()"]),
        ("inputs", ["inputs.*@key", "inputs.*"], ["str of shape (I,)"] * 2),
    ],
)
def test_f19_a_record_that_does_not_say_what_it_measured(
    tmp_path: Path, key: str, names: list[str], wanted: list[str]
) -> None:
    finding = Finding("a.b[c-d-cpu-float64]", "a", "b", "c", "d", "cpu", "float64", Verdict.OK)
    path = write_record(tmp_path, tmp_path, [finding], {}, {"recipe c": "cd" * 32})
    record = json.loads(path.read_text("utf-8"))
    del record[key]
    path.write_text(json.dumps(record), "utf-8")
    keys = "causes changes commit conventions denominator environment exit_status findings format inputs places"
    left = sorted({*keys.split(), "run", "run_errors", "selection", "suite", "tests", "time"} - {key})
    assert list(check_file(path).violations) == [
        Violation(name, "required", f"no such key among {', '.join(left[:12])}, ...", shape)
        for name, shape in zip(names, wanted, strict=True)
    ]


@pytest.mark.parametrize("spelling", ["pinn-hybrid", "PINN_hybrid", "pinn hybrid"])
def test_f20_a_second_spelling_of_a_model_in_the_rows(refused: Refused, spelling: str) -> None:
    document = comparison()
    document["rows"][2]["model"] = spelling
    assert said(refused(document)) == [
        f"rows[].model: pattern: found '{spelling}' (1 of 3 values) at [2], wanted text that matches {ID}",
        f"rows[].model: refers: found '{spelling}' (1 of 3 values) at [2], wanted one of models[].id: "
        "'supervised', 'pinn', 'pinn_hybrid'",
    ]


@pytest.mark.parametrize("spelling", ["Pinn", "pinn-a"])
def test_f20_a_second_spelling_among_the_models(refused: Refused, spelling: str) -> None:
    document = comparison()
    document["models"].append({"id": spelling})
    assert said(refused(document)) == [
        f"models[].id: pattern: found '{spelling}' (1 of 4 values) at [3], wanted text that matches {ID}"
    ]


def test_f20_a_model_that_nobody_listed(refused: Refused) -> None:
    document = comparison()
    document["rows"][0]["model"] = "ptychi"
    document["baseline"] = "tike"
    listed = "'supervised', 'pinn', 'pinn_hybrid'"
    assert said(refused(document)) == [
        f"baseline: refers: found 'tike', wanted one of models[].id: {listed}",
        f"rows[].model: refers: found 'ptychi' (1 of 3 values) at [0], wanted one of models[].id: {listed}",
    ]


def test_f20_a_model_that_is_listed_twice(refused: Refused) -> None:
    document = comparison()
    document["models"].append({"id": "pinn"})
    assert said(refused(document)) == [
        "models[].id: unique: found 'pinn' (1 of 4 values) at [3], wanted values that are each there once"
    ]


@pytest.mark.parametrize("key", ["diff3d", "scan_index", "domain"])
def test_f21_an_array_of_objects_in_a_file(clean: Data, save: Callable[..., Path], key: str) -> None:
    path = save({**clean, key: np.asarray(clean[key]).astype(object)})
    (violation,) = check_file(path, "raw").violations
    assert (violation.field, violation.rule) == (key, "readable")
    assert violation.found.startswith("Object arrays, whose elements are pickled programs")
    assert violation.wanted == "an intact array without Python objects"


def test_f21_an_array_of_objects_in_memory(clean: Data) -> None:
    clean["scan_index"] = clean["scan_index"].astype(object)
    assert said(validate(clean, load_contract("raw"))) == [
        "scan_index: dtype: found Python objects (ndarray), wanted an array of int32 or int64"
    ]


def test_f21_metadata_under_a_mask(clean: Data) -> None:
    clean["nphotons"] = np.ma.masked_array(45000.0, mask=True)
    assert said(validate(clean, load_contract("raw"))) == [
        "nphotons: dtype: found a masked array, wanted an array of float32 or float64 or int32 or int64"
    ]


@pytest.mark.parametrize("value", [np.array([45000.0]), [45000.0]])
def test_f21_a_scalar_that_comes_as_an_array(clean: Data, value: Any) -> None:
    assert said(validate({**clean, "nphotons": value}, load_contract("raw"))) == [
        "nphotons: rank: found shape (1,) with 1 axes, wanted shape ()"
    ]


def test_f21_an_array_that_comes_as_a_scalar(clean: Data) -> None:
    assert said(validate({**clean, "scan_index": np.int64(5)}, load_contract("raw"))) == [
        "scan_index: rank: found a scalar (shape ()), wanted shape (M,)"
    ]


@pytest.mark.parametrize("name", ["diff3d", "diffraction"])
def test_f22_a_stack_with_the_patterns_along_the_last_axis(clean: Data, save: Callable[..., Path], name: str) -> None:
    clean[name] = np.moveaxis(clean.pop("diff3d"), 0, 2)
    if name == "diffraction":
        clean[name] = np.rint(clean[name].astype(np.float64) ** 2)
        clean |= {"measurement_domain": np.array("count_intensity"), "scale_contract_version": np.int64(1)}
    assert list(check_file(save(clean), "raw").violations) == [
        Violation(
            name,
            "axis_order",
            "shape (64, 64, 5), which is (N, N, M) with M = 5, N = 64 from the other fields",
            "axes in the order (M, N, N)",
        )
    ]


def test_f22_as_many_patterns_as_pixels_hide_the_order(clean: Data) -> None:
    for name in ("xcoords", "ycoords", "scan_index", "xcoords_start", "ycoords_start"):
        clean[name] = np.resize(clean[name], 64)
    clean["diff3d"] = np.resize(clean["diff3d"], (64, 64, 64))
    assert said(validate(clean, load_contract("raw"))) == [
        "diff3d: axis_order: found shape (64, 64, 64), which fits (M, N, N) and (N, M, N) and (N, N, M), "
        "wanted axis_order to say which, since the sizes do not"
    ]
    assert said(validate({**clean, "axis_order": "NHW"}, load_contract("raw"))) == []
    assert said(validate({**clean, "axis_order": "HWN"}, load_contract("raw"))) == [
        "axis_order: one_of: found 'HWN', wanted 'NHW'"
    ]


def test_f22_a_batch_of_groups_in_another_order() -> None:
    group = {
        "diffraction": np.ones((4, 64, 64, 3), np.float32),
        "indices": np.arange(12).reshape(3, 4),
        "coords_offsets": np.zeros((3, 1, 2, 1)),
        "coords_relative": np.zeros((3, 1, 2, 4)),
    }
    assert said(validate(group, load_contract("grouped"))) == [
        "diffraction: axis_order: found shape (4, 64, 64, 3), which is (C, N, N, G) with G = 3, C = 4 from the other "
        "fields, wanted axes in the order (G, N, N, C)"
    ]
