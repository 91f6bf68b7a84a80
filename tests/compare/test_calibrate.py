"""Budgets beside what was measured, and measured anew: each with all that it stands on, every other as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from parity_suite.cli import calibrate as command
from parity_suite.cli.main import main
from parity_suite.compare import calibrate
from parity_suite.compare.budgets import BudgetTables, budgets_file, read_budgets
from parity_suite.ptychography.pack import PACK

HEAD = calibrate.render(BudgetTables({}, {}, {}))

#: Two runs, three stages.
TEXT = f"""{HEAD}
[measured.first]
commands = ["pytest -m parity; \\"quoted\\""]
dates = ["2026-11-21"]
factor = 4
machines = ["cpu x86_64, cores 2"]
records = 2
seeds = [0]

[measured.second]
commands = ["pytest"]
dates = ["2026-11-25"]
factor = 4
machines = ["cpu arm, cores 8"]
records = 1
seeds = [0, 3]

[diffract.energy]
float32 = {{ k = 8.4, growth = "log2", least = 1.9, worst = 2.1, runs = ["first"] }}

[extract.crowd]
float32 = {{ k = 4.2, growth = "one", least = 1, worst = 1.03, runs = ["second"] }}

[translate.mode]
float32 = {{ k = 12, growth = "one", least = 0, worst = 0, runs = ["first"] }}

[translate.oracle]
float32 = {{ k = 6, growth = "one", least = 1.5, worst = 1.5, runs = ["first"] }}
"""


def _record(worst: Mapping[str, Sequence[float]], **changes: Any) -> dict[str, Any]:
    machine = {"cpu": changes.get("cpu", "mips"), "simd": "none", "cores": "1", "os": "plan9", "numpy": "2.4"}
    run = {"command": "pytest -m parity", "seed": changes.get("seed", 0), "hypothesis": "parity-dev", "threads": "1"}
    verdict = changes.get("verdict", "ok")
    findings = []
    for key, units in worst.items():
        stage, law, precision = key.split(".")
        measured = [{"bound": False, "budget": 1e-6, "units": one} for one in units]
        measured += [{"bound": True, "budget": 1.0, "units": 99.0}, {"bound": False, "budget": 0.0, "units": 99.0}]
        named = {"check": f"{key}[c]", "stage": stage, "law": law, "precision": precision}
        findings.append({**named, "verdict": verdict, "measured": measured})
    environment = {"machine": machine, "run": run, "backends": {"mine": {}}}
    return {"environment": environment, "time": changes.get("time", "2027-01-02T03:04:05"), "findings": findings}


WORST = {"translate.mode.float32": (0.1,), "extract.crowd.float32": (0.5, 2.0, 1.0), "translate.oracle.float32": (1.2,)}
ALL = {**WORST, "diffract.energy.float32": (2.0,)}

Calibrated = Callable[..., tuple[int, str]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "budgets.toml"
    path.write_text(TEXT, "utf-8")
    monkeypatch.setattr(command, "budgets_file", lambda pack: path)
    return path


@pytest.fixture
def calibrated(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Calibrated:
    """The exit code and the output of the command on these records."""

    def run(*options: str, records: Sequence[Mapping[str, Any]] = (_record(ALL),)) -> tuple[int, str]:
        files = []
        for k, record in enumerate(records):
            files.append(tmp_path / f"record{k}.json")
            files[-1].write_text(json.dumps(record), "utf-8")
        code = main(["calibrate", *map(str, files), *options])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


def _row(out: str, key: str) -> str:
    (found,) = (line for line in out.splitlines() if line.split()[:1] == [key])
    return " ".join(found.split())


def _tables(text: str) -> dict[str, str]:
    """The text of every table by its name."""
    return {match[1]: match[0].rstrip() for match in re.finditer(r"^\[(.+)\]\n(?:[^\[#\n].*\n)*", text, re.MULTILINE)}


def test_every_budget_beside_what_was_measured(calibrated: Calibrated, path: Path) -> None:
    given = {"translate.mode.float32": (0.1,), "extract.crowd.float32": (1.04,), "translate.oracle.float32": (0.2,)}
    code, out = calibrated(records=[_record(given), _record({"translate.oracle.float32": (0.7,)})])
    assert code == 0
    assert _row(out, "extract.crowd.float32") == "extract.crowd.float32 1.04 1.04 1.03 4.2 0.25 4 x worst tight"
    assert (
        _row(out, "translate.mode.float32")
        == "translate.mode.float32 0.1 0.1 0 12 0.0083 twice translate.oracle.float32 tight, loose"
    )
    assert _row(out, "translate.oracle.float32") == "translate.oracle.float32 0.2 0.7 1.5 6 0.12 4 x worst loose"
    assert _row(out, "diffract.energy.float32") == "diffract.energy.float32 2.1 8.4 4 x worst unmeasured"
    assert out.endswith("4 budgets, 2 records: 0 exceeded, 2 tight, 2 loose, 1 unmeasured\n")
    assert path.read_text("utf-8") == TEXT


def test_what_is_used_up_most_comes_first(calibrated: Calibrated) -> None:
    _, out = calibrated(records=[_record({"translate.oracle.float32": (3.0,), "extract.crowd.float32": (4.0,)})])
    keys = re.findall(r"^ *(\w+\.\w+)\.float32 .*\d", out, re.MULTILINE)
    assert keys == ["extract.crowd", "translate.oracle", "diffract.energy", "translate.mode"]


@pytest.mark.parametrize(
    ("units", "verdict", "code"),
    [(1.5, "4 x worst", 0), (3.01, "tight", 0), (5.9, "tight", 0), (6.0, "tight", 0), (6.1, "exceeded", 1)],
)
def test_more_than_half_is_tight_and_more_than_all_is_red(
    calibrated: Calibrated, units: float, verdict: str, code: int
) -> None:
    found, out = calibrated(records=[_record({"translate.oracle.float32": (units,)})])
    assert found == code
    assert _row(out, "translate.oracle.float32").endswith(verdict)


def test_an_infinite_error_exceeds(calibrated: Calibrated) -> None:
    assert calibrated(records=[_record({"translate.oracle.float32": ("inf",)})])[0] == 1  # type: ignore[dict-item]


def test_a_budget_without_provenance_is_red(calibrated: Calibrated, path: Path) -> None:
    path.write_text(TEXT.replace('machines = ["cpu arm, cores 8"]\n', ""), "utf-8")
    code, out = calibrated()
    assert (code, out) == (1, "parity calibrate: budgets.toml: the run second lacks ['machines'] and has []\n")


def test_a_run_joins_those_that_an_entry_stands_on(calibrated: Calibrated, path: Path) -> None:
    code, out = calibrated("--write", "third", "--only", "extract.*", "--only", "translate.oracle.*")
    after, before = _tables(path.read_text("utf-8")), _tables(TEXT)
    assert code == 0
    assert out.startswith("extract.crowd.float32: k 4.2 -> 8\n")
    line = 'float32 = { k = 8, growth = "one", least = 1, worst = 2, runs = ["second", "third"] }'
    assert after["extract.crowd"].splitlines()[1:] == [line]
    # The worst case that was ever measured counts, and not the last one.
    assert '{ k = 6, growth = "one", least = 1.2, worst = 1.5, runs = ["first", "third"] }' in after["translate.oracle"]
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"extract.crowd", "translate.oracle", "measured.third"}


def test_anew_stands_on_the_new_run_alone_and_moves_what_is_twice_it(calibrated: Calibrated, path: Path) -> None:
    assert calibrated("--write", "third", "--only", "translate.oracle.*", "--anew")[0] == 0
    after = _tables(path.read_text("utf-8"))
    assert '{ k = 4.8, growth = "one", least = 1.2, worst = 1.2, runs = ["third"] }' in after["translate.oracle"]
    assert '{ k = 9.6, growth = "one", least = 0, worst = 0, runs = ["first"] }' in after["translate.mode"]


def test_a_run_that_nothing_stands_on_any_more_is_gone(calibrated: Calibrated, path: Path) -> None:
    calibrated("--write", "third", "--only", "extract.*", "--anew")
    assert "measured.second" not in _tables(path.read_text("utf-8"))


def test_the_run_says_all_machines_seeds_days_and_commands(calibrated: Calibrated, path: Path) -> None:
    records = [_record(ALL, seed=3, cpu="arm"), _record(ALL, time="2027-01-04T00:00:00"), _record(ALL)]
    assert calibrated("--write", "third", records=records)[0] == 0
    facts = read_budgets(path.read_text("utf-8")).runs["third"]
    assert facts == {
        "backends": ["mine"],
        "commands": [f"PARITY_SEED={seed} PARITY_HYPOTHESIS=parity-dev pytest -m parity" for seed in (0, 3)],
        "dates": ["2027-01-02", "2027-01-04"],
        "factor": 4,
        "machines": [f"cpu {cpu}, simd none, cores 1, os plan9, numpy 2.4" for cpu in ("arm", "mips")],
        "records": 3,
        "searches": ["parity-dev"],
        "seeds": [0, 3],
        "threads": [1],
    }


def test_a_command_that_made_all_records_stands_instead_of_each_ones_own(calibrated: Calibrated, path: Path) -> None:
    assert calibrated("--write", "third", "--command", "pytest in a loop")[0] == 0
    assert read_budgets(path.read_text("utf-8")).runs["third"]["commands"] == ["pytest in a loop"]


@pytest.mark.parametrize(
    ("options", "record", "said"),
    [
        (["--write", "third"], _record(WORST), "diffract.energy.float32: no record has measured it"),
        (["--write", "first", "--only", "extract.*"], _record(ALL), "budgets stand on a run of this name already"),
        (["--write", "first", "--only", "extract.*", "--anew"], _record(ALL), "stand on a run of this name already"),
        (["--write", "first", "--only", "diffract.*"], _record(ALL), "stand on a run of this name already"),
        (["--write", "a b"], _record(ALL), "no bare word"),
        (["--write", "third"], _record(ALL, verdict="semantic"), "is semantic, and its errors are no round-off"),
        (["--write", "third"], {**_record(ALL), "environment": {"machine": {}}}, "lacks command, hypothesis, seed"),
    ],
)
def test_what_is_no_measurement_is_not_written(
    calibrated: Calibrated, path: Path, options: list[str], record: dict[str, Any], said: str
) -> None:
    code, out = calibrated(*options, records=[record])
    assert code in (1, 2)
    assert said in out
    assert path.read_text("utf-8") == TEXT


def test_a_run_may_be_measured_again_under_its_name(calibrated: Calibrated, path: Path) -> None:
    assert calibrated("--write", "second", "--only", "extract.*", "--anew")[0] == 0
    after = _tables(path.read_text("utf-8"))
    assert 'dates = ["2027-01-02"]' in after["measured.second"]
    assert after["measured.first"] == _tables(TEXT)["measured.first"]


def test_what_is_no_record_is_said(calibrated: Calibrated, tmp_path: Path) -> None:
    assert calibrated(records=[{"time": "now"}]) == (2, "parity calibrate: a record lacks 'findings'\n")


def test_the_file_of_the_project_is_what_the_command_would_write() -> None:
    text = budgets_file(PACK).read_text("utf-8")
    assert calibrate.render(read_budgets(text)) == text


def test_what_has_no_entry_gets_one_of_the_growth_of_the_default(calibrated: Calibrated, path: Path) -> None:
    new = {"translate.reach.float64": (3.0,)}
    assert calibrated("--write", "third", "--only", "translate.reach.*", records=[_record(new)])[0] == 0
    after = _tables(path.read_text("utf-8"))
    line = 'float64 = { k = 12, growth = "sqrt", least = 3, worst = 3, runs = ["third"] }'
    assert after["translate.reach"].splitlines()[1:] == [line]


def test_what_leans_on_the_oracle_and_has_no_entry_gets_one_of_its_growth(calibrated: Calibrated, path: Path) -> None:
    new = {"translate.pair.float32": (0.5,)}
    assert calibrated("--write", "third", "--only", "translate.pair.*", records=[_record(new)])[0] == 0
    after = _tables(path.read_text("utf-8"))
    line = 'float32 = { k = 12, growth = "one", least = 0.5, worst = 0.5, runs = ["third"] }'
    assert after["translate.pair"].splitlines()[1:] == [line]


def test_records_of_no_stage_do_not_say_whose_budgets_are_meant(calibrated: Calibrated) -> None:
    code, out = calibrated(records=[_record({})])
    assert (code, out) == (2, "parity calibrate: --pack must say whose budgets: the records have stages of none\n")
