"""Budgets measured anew: chosen entries alone, and every other to the byte as it was, with where it came from."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from parity_suite.compare import budgets, calibrate

#: Two runs, three stages; one entry stands on a k below its worst, as a ceiling leaves it.
TEXT = """\
# The error that a check allows is k * eps(precision) * growth(terms); worst is the worst case measured, in
# the same units, over both precisions and all backends; k is 4 times that, with the floors and
# ceilings of calibrate.py. Written by `python -m parity_suite.compare.calibrate NAME RECORD...`.

[measured.first]
command = "pytest -m parity; \\"quoted\\"; 2 record(s)"
date = "2026-11-21"
machine = "cpu x86_64, cores 2"

[measured.second]
command = "pytest; 1 record(s)"
date = "2026-11-25"
machine = "cpu arm, cores 8"

[diffract.oracle]
k = 0.52
growth = "log2"
worst = 0.0406
run = "first"

[extract.crowd]
k = 4.2
growth = "one"
worst = 1.03
run = "second"

[translate.crowd]
k = 4.4
growth = "one"
worst = 1.09
run = "second"

[translate.oracle]
k = 8.38861
growth = "one"
worst = 1.5
run = "first"
"""


def _finding(key: str, *units: float) -> dict[str, Any]:
    stage, law = key.split(".")
    measured = [{"bound": False, "budget": 1e-6, "units": one} for one in units]
    return {"stage": stage, "law": law, "measured": measured}


Calibrated = Callable[..., str]


@pytest.fixture
def calibrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calibrated:
    """The file after a run of the program on a record of these worst cases."""
    path = tmp_path / "budgets.toml"
    path.write_text(TEXT, "utf-8")
    monkeypatch.setattr(calibrate, "BUDGETS_FILE", path)

    def run(worst: Mapping[str, Sequence[float]], *options: str, name: str = "third") -> str:
        machine = {"cpu": "mips", "simd": "none", "cores": 1, "os": "plan9", "numpy": "2.4"}
        findings = [_finding(key, *units) for key, units in worst.items()]
        record = {"environment": {"machine": machine}, "time": "2027-01-02T03:04:05", "findings": findings}
        (tmp_path / "record.json").write_text(json.dumps(record), "utf-8")
        monkeypatch.setattr(sys, "argv", ["calibrate", name, str(tmp_path / "record.json"), *options])
        calibrate.main()
        return path.read_text("utf-8")

    return run


def _tables(text: str) -> dict[str, str]:
    """The text of every table by its name."""
    return {match[1]: match[0].rstrip() for match in re.finditer(r"^\[(.+)\]\n(?:[^\[#\n].*\n)*", text, re.MULTILINE)}


WORST = {"translate.crowd": (0.5, 2.0, 1.0), "extract.crowd": (9.0,), "translate.oracle": (7.0,)}


def test_only_what_is_named_is_measured_anew(calibrated: Calibrated) -> None:
    before, after = _tables(TEXT), _tables(calibrated(WORST, "--only", "translate.crowd"))
    assert after["translate.crowd"] == '[translate.crowd]\nk = 8\ngrowth = "one"\nworst = 2\nrun = "third"'
    assert after["measured.third"].startswith(
        '[measured.third]\ncommand = "pytest -m parity --parity-report DIR; 1 rec'
    )
    assert {name for name in after if after[name] != before.get(name)} == {"translate.crowd", "measured.third"}
    assert set(before) <= set(after)


def test_all_but_the_changed_lines_is_the_same_to_the_byte(calibrated: Calibrated) -> None:
    after = calibrated(WORST, "--only", "translate.crowd")
    anew = _tables(after)
    undone = after.replace(anew["measured.third"] + "\n\n", "").replace(
        anew["translate.crowd"], _tables(TEXT)["translate.crowd"]
    )
    assert undone == TEXT


def test_a_pattern_that_names_nothing_changes_nothing(calibrated: Calibrated) -> None:
    assert calibrated(WORST, "--only", "loss.*") == TEXT


def test_several_patterns_and_a_run_that_nothing_stands_on_any_more(calibrated: Calibrated) -> None:
    before, after = _tables(TEXT), _tables(calibrated(WORST, "--only", "extract.*", "*.crowd"))
    assert "measured.second" not in after
    assert 'run = "third"' in after["extract.crowd"]
    for name in ("measured.first", "diffract.oracle", "translate.oracle"):
        assert after[name] == before[name]


def test_without_patterns_all_stand_on_the_new_run(calibrated: Calibrated) -> None:
    after = _tables(calibrated({**WORST, "diffract.oracle": [0.04]}))
    assert {name for name in after if name.startswith("measured")} == {"measured.third"}
    assert all('run = "third"' in text for name, text in after.items() if not name.startswith("measured"))


def test_what_no_record_has_measured_is_not_called_measured(calibrated: Calibrated, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^diffract\.oracle: no record has measured it$"):
        calibrated(WORST)
    assert (tmp_path / "budgets.toml").read_text("utf-8") == TEXT


def test_the_name_of_a_run_that_others_stand_on_is_refused(calibrated: Calibrated, tmp_path: Path) -> None:
    """Their machine and date would become those of a run that never measured them."""
    with pytest.raises(ValueError, match=r"^first: other entries stand on a run of this name$"):
        calibrated(WORST, "--only", "translate.crowd", name="first")
    assert (tmp_path / "budgets.toml").read_text("utf-8") == TEXT


def test_a_run_may_be_measured_again_under_its_name(calibrated: Calibrated) -> None:
    after = _tables(calibrated(WORST, "--only", "*.crowd", name="second"))
    assert 'date = "2027-01-02"' in after["measured.second"]
    assert after["measured.first"] == _tables(TEXT)["measured.first"]


def test_the_file_of_the_project_is_what_the_program_would_write() -> None:
    assert calibrate.render({}, "unused", {}, ("nothing",)) == budgets.BUDGETS_FILE.read_text("utf-8")


@pytest.mark.parametrize(
    ("key", "growth", "worst", "k"),
    [
        # Four times the worst case, rounded up to two digits.
        ("loss.oracle", "one", {"loss.oracle": 1.0}, 4.0),
        ("loss.oracle", "one", {"loss.oracle": 3.01}, 13.0),
        ("loss.oracle", "one", {"loss.oracle": 30.1}, 130.0),
        ("loss.oracle", "log2", {"loss.oracle": 0.2011}, 0.81),
        # Never below the floor of its growth, also where nothing was measured.
        ("loss.oracle", "one", {}, 2.0),
        ("loss.oracle", "one", {"loss.oracle": 0.1}, 2.0),
        ("loss.oracle", "log2", {}, 0.5),
        ("loss.oracle", "sqrt", {}, 0.5),
        # What holds a backend to itself may be off by twice what the oracle allows, and by no less than it was.
        ("loss.equivariance", "one", {"loss.oracle": 1.0}, 8.0),
        ("loss.equivariance", "one", {"loss.oracle": 1.0, "loss.equivariance": 5.0}, 20.0),
        ("loss.equivariance", "one", {"extract.oracle": 1.0}, 2.0),
        ("loss.means", "one", {"loss.oracle": 1.0}, 2.0),
        # Models are held to the oracle where they infer; elsewhere the same laws stand alone.
        ("train.dose", "one", {"infer.oracle": 1.0, "train.oracle": 9.0}, 8.0),
        ("bundle.pair", "one", {"infer.oracle": 1.0}, 8.0),
        ("infer.truth", "one", {"infer.oracle": 1.0}, 2.0),
        ("scale.dose", "one", {"scale.oracle": 1.0}, 2.0),
        # A figure of the project ends it.
        ("translate.oracle", "one", {"translate.oracle": 9.0}, 1e-6 * 2**23),
        ("diffract.oracle", "log2", {"diffract.oracle": 9.0}, 5e-7 / 8 * 2**23),
        ("translate.mass", "one", {"translate.mass": 9.0}, 36.0),
    ],
)
def test_what_is_allowed(key: str, growth: str, worst: Mapping[str, float], k: float) -> None:
    assert calibrate.allowance(key, worst, growth) == k


def test_the_worst_of_all_records_counts_and_bounds_and_exact_values_do_not() -> None:
    records = [{"findings": [_finding("loss.oracle", 1.0, 3.0)]}, {"findings": [_finding("loss.oracle", 2.0)]}]
    bound = {"bound": True, "budget": 5.0, "units": 99.0}
    exact = {"bound": False, "budget": 0.0, "units": 98.0}
    records.append({"findings": [{"stage": "loss", "law": "oracle", "measured": [bound, exact]}]})
    records.append({"findings": [_finding("loss.means", 0.25)]})
    assert calibrate.worst_units(records) == {"loss.oracle": 3.0, "loss.means": 0.25}
