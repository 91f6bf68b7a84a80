"""``parity compare``: two records, two dumps, and what cannot be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.cli.main import main
from parity_suite.contracts.check import check_file
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ledger.runs import Run
from parity_suite.ptychography.dumps import PatchDump
from parity_suite.report import comparing

PAGE = (Path(__file__).parents[2] / "docs" / "compare.md").read_text("utf-8")
ID = CheckId("infer", "guard", "lesson16.g2", "torch", "cpu", "float32")
LABEL = "infer lesson16.g2 torch cpu float32"

Dumped = Callable[[str, float], Path]


@pytest.fixture
def dumped(tmp_path: Path) -> Dumped:
    """A dump of patches whose ``var_zero_mean`` is that number."""

    def make(name: str, variance: float) -> Path:
        dump = PatchDump(tmp_path / name, "inference", 4)
        x = np.full((2, 4, 4, 1), 1e6 + np.sqrt(variance), np.complex128)
        x[:, ::2] -= 2 * np.sqrt(variance)
        dump.batch(x, np.zeros((2, 1, 2, 1)))
        dump.close(None, None)
        return tmp_path / name / "inference"

    return make


def _finding(**facts: Any) -> Finding:
    plain = (ID.stage, ID.law, ID.case, ID.subject, ID.device, ID.precision)
    return Finding(str(ID), *plain, Verdict.OK, "", facts=facts)


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Files that are read as records of these findings."""

    def make(*each: list[Finding]) -> list[str]:
        runs = {}
        for place, findings in enumerate(each):
            path = tmp_path / f"record{place}.json"
            path.write_text(str(place), "utf-8")
            runs[path] = Run(tuple(findings))
        monkeypatch.setattr(comparing, "read_run", runs.__getitem__)
        return [str(path) for path in runs]

    return make


def test_a_number_within_its_limit_and_one_beyond(dumped: Dumped, capsys: pytest.CaptureFixture[str]) -> None:
    base = str(dumped("base", 0.0100))
    assert main(["compare", base, str(dumped("near", 0.0109))]) == 0
    assert re.search(r"inference +var_zero_mean +0\.01 +0\.0109 +0\.0009 +1\.09 +within 10%", capsys.readouterr().out)
    assert main(["compare", base, str(dumped("far", 0.0111))]) == 1
    assert re.search(r"1\.11 +FAILS: beyond 10%", capsys.readouterr().out)
    assert main(["compare", base, str(dumped("far2", 0.0111)), "--limit", "var_zero_mean=0.2"]) == 0
    assert main(["compare", base, str(dumped("near2", 0.0100)), "--limit", "mean=0"]) == 0
    assert main(["compare", base, str(dumped("off", 0.0109)), "--limit", "std=0.01"]) == 1


def test_a_base_of_zero_never_passes_as_the_page_says(
    dumped: Dumped, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "differences.json"
    assert main(["compare", str(dumped("torch", 0.0)), str(dumped("tensorflow", 8.97e9)), "--json", str(out)]) == 1
    printed = capsys.readouterr().out
    block = re.search(r"<!-- phase_c2 -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    (row,) = [line.split() for line in block[1].splitlines() if line.startswith(" inference")]
    assert row in [line.split() for line in printed.splitlines()]
    assert check_file(out, "differences", role="writer").violations == ()
    rows = {one["metric"]: one for one in json.loads(out.read_text("utf-8"))["rows"]}
    assert rows["var_zero_mean"]["ratio"] is None
    assert rows["var_zero_mean"]["status"] == "blocked_baseline_zero"
    assert not rows["var_zero_mean"]["passes"]
    assert rows["mean"]["passes"]


def test_records_are_compared_by_label(
    records: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = [_finding(statistics={"mean": 2.0, "var_zero_mean": 1.0}, metrics={"frc50": None})]
    new = [_finding(statistics={"mean": 3.0, "var_zero_mean": 1.05}, metrics={"frc50": 0.2})]
    picture = tmp_path / "out.png"
    assert main(["compare", *records(old, new), "--png", str(picture)]) == 0
    out = capsys.readouterr().out
    assert re.search(rf"{LABEL} +mean +2 +3 +1 +1\.5\b", out)
    assert re.search(r"frc50 +nan +0\.2 +nan +nan +blocked_baseline_missing", out)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["compare", *records(old, new), "--label", LABEL, "--limit", "frc50=1"]) == 1


def test_a_number_that_is_gone_does_not_pass(records: Callable[..., list[str]]) -> None:
    old, new = [_finding(statistics={"var_zero_mean": 1.0})], [_finding(statistics={"mean": 1.0})]
    assert main(["compare", *records(old, new)]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--label", "infer nowhere torch cpu float32"), "no label infer nowhere"),
        (("--limit", "variance=0.1"), "no metric variance"),
        (("--limit", "mean"), "not of the form METRIC=FRACTION"),
        (("--limit", "mean=-1"), "not a fraction from 0"),
    ],
)
def test_what_neither_has_is_refused(
    records: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    same = [_finding(statistics={"mean": 2.0, "var_zero_mean": 1.0})]
    assert main(["compare", *records(same, same)]) == 0
    assert main(["compare", *records(same, same), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_files_that_cannot_be_compared(
    dumped: Dumped, records: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 2
    assert "no record.json or stats.json" in capsys.readouterr().err
    nothing, something = records([_finding()], [_finding(statistics={"mean": 1.0})])
    assert main(["compare", nothing, something]) == 2
    assert "no numbers of what was learned" in capsys.readouterr().err
    assert main(["compare", str(dumped("dump", 1.0)), something]) == 2
    assert "no label in common" in capsys.readouterr().err
