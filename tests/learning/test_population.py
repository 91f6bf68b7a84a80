"""Thresholds of a stranger's network are those of its own population, believed with a reason, and told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from parity_suite.cli.main import main
from parity_suite.ptychography.learning.population import (
    OF_ANY,
    POPULATION,
    PopulationError,
    limits,
    population,
    with_tables,
)
from parity_suite.ptychography.learning.thresholds import ThresholdError, Thresholds

HAD = {
    "var_zero_mean": (1e-3, 2e-3),
    "variance_ratio": (0.3, 0.6),
    "peak_share": (0.01, 0.02),
    "canvas_upright": (4, 9),
}


def _record(seed: int, **had: tuple[float, float]) -> dict[str, Any]:
    finding = {"subject": "mine", "case": "lesson64.g2", "facts": {POPULATION: {**HAD, **had}}}
    return {"environment": {"run": {"seed": seed}}, "findings": [finding, {"facts": {}}]}


def _records(**had: tuple[float, float]) -> list[Mapping[str, Any]]:
    return [_record(0), _record(1, **had), _record(2)]


def test_the_least_and_the_greatest_of_all_seeds() -> None:
    found, seeds = population(_records(variance_ratio=(0.15, 0.9)))
    assert seeds == [0, 1, 2]
    assert found["mine", "lesson64.g2"]["variance_ratio"] == (0.15, 0.9)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([_record(0), _record(1)], "3 seeds at least"),
        ([_record(0), _record(1), _record(1)], "3 seeds at least"),
        (_records(var_zero_mean=(1e-9, 1.0)), "var_zero_mean of mine on lesson64.g2 is what no healthy network has"),
        (_records(peak_share=(0.1, 0.9)), "peak_share of mine"),
        (_records(var_zero_mean=(float("nan"), 1.0)), "var_zero_mean of mine"),
        ([{"environment": {"run": {"seed": 0}}, "findings": [{"facts": {}}]}], "no record has a network of its own"),
    ],
)
def test_what_is_no_population_is_refused(records: list[Mapping[str, Any]], said: str) -> None:
    with pytest.raises(PopulationError, match=said):
        population(records)


def test_the_sides_of_the_contract_around_what_was_had() -> None:
    found = limits("lesson64.g2", HAD)
    assert found["variance_ratio"] == {"minimum": 0.1, "maximum": 1.8}
    assert found["canvas_upright"] == {"minimum": 2.0}
    assert not set(found) & OF_ANY
    assert "canvas_upright" not in limits("lesson64.g2", {**HAD, "canvas_upright": (0.9, 2.0)})


def test_tables_are_written_believed_and_written_anew() -> None:
    found, _ = population(_records())
    text = with_tables('[tool.other]\nkey = "kept"\n', found, 'it "looks" right')
    given = tomllib.loads(text)["tool"]["parity"]["thresholds"]
    known = Thresholds()
    known.override(given)
    one = known.of("lesson64.g2", "mine")["variance_ratio"]
    assert (one.minimum, one.maximum, one.own) == (0.1, 1.8, True)
    assert one.origin == '[tool.parity.thresholds], mine: it "looks" right'
    assert known.of("lesson64.g2", "other") == Thresholds().of("lesson64.g2", "other")
    assert known.of("lesson64.g1", "mine") == Thresholds().of("lesson64.g1", "mine")
    assert with_tables(f"{text}\n[tool.more]\na = 1\n", found, "again").count("[tool.parity") == 1
    assert 'key = "kept"' in with_tables(text, found, "again")


@pytest.mark.parametrize("reason", [{}, {"reason": " "}, {"reason": 3}])
def test_thresholds_of_a_backend_without_a_reason_are_refused(reason: dict[str, Any]) -> None:
    with pytest.raises(ThresholdError, match=r"mine\.lesson64\.g2 has no reason"):
        Thresholds().override({"mine": {"lesson64.g2": {**reason, "mean": {"minimum": 0.1}}}})


def test_the_command_wants_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = []
    for number, record in enumerate(_records()):
        names.append(f"{number}.json")
        Path(names[-1]).write_text(json.dumps({**record, "finished": True}), "utf-8")
    assert main(["calibrate", "--guards", *names]) == 2
    assert not Path("pyproject.toml").exists()
    assert main(["calibrate", "--guards", "--reason", "it looks right", *names]) == 0
    text = Path("pyproject.toml").read_text("utf-8")
    assert text.startswith('[tool.parity.thresholds.mine."lesson64.g2"]\nreason = "it looks right (seeds 0, 1, 2, ')
