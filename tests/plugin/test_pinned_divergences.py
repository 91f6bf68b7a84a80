"""What an entry excuses: what was measured, as it was measured. Whatever else fails in the same check is red."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_known_divergences import entry, keep, red_lines

from parity_suite.cli.main import main
from parity_suite.core.check_id import CheckId

#: A right backend, with two implementations of ``translate``, and ways to be wrong.
WRONG = """
import numpy as np
from parity_suite.ptychography.oracle import Oracle

class Mine(Oracle):
    implementations = {"other": "translate"}
    chosen_by = {"translate": "translation"}

    def __init__(self, *, device="cpu", precision="float32", translation=""):
        super().__init__(device=device, precision=precision)
        self.translation = translation or "plain"

class OtherFlipped(Mine):
    def translate(self, images, offsets, interpolation=None):
        turned = offsets * np.array([1, -1]) if self.translation == "other" else offsets
        return super().translate(images, turned, interpolation)

class BothFlipped(Mine):
    def translate(self, images, offsets, interpolation=None):
        return super().translate(images, offsets * np.array([1, -1]), interpolation)

class OtherDoubled(Mine):
    def translate(self, images, offsets, interpolation=None):
        return super().translate(images, offsets, interpolation) * (2 if self.translation == "other" else 1)

class Variation(Mine):
    def loss(self, **inputs):
        found = super().loss(**inputs)
        return {**found, "total_variation": 2 * found["total_variation"]}

class VariationAndPoisson(Variation):
    def loss(self, **inputs):
        found = super().loss(**inputs)
        return {**found, "poisson_nll": self.real.type(1.5) * found["poisson_nll"]}

class Raising(Mine):
    def loss(self, **inputs):
        return self.logarithm()

    def logarithm(self):
        raise ValueError("of nothing")

class RaisingElsewhere(Raising):
    def loss(self, **inputs):
        raise ValueError("of nothing")

class RaisingOther(Raising):
    def logarithm(self):
        raise KeyError("of nothing")

class OtherRaising(Mine):
    broken = {"other"}

    def translate(self, images, offsets, interpolation=None):
        self.kernel(self.translation in self.broken)
        return super().translate(images, offsets, interpolation)

    def kernel(self, broken):
        if broken:
            raise ValueError("no such kernel")

class BothRaising(OtherRaising):
    broken = {"other", "plain"}

class Shapeless(Mine):
    def translate(self, images, offsets, interpolation=None):
        return super().translate(images, offsets, interpolation)[:, :, :-1]

class OtherShapeless(Mine):
    def translate(self, images, offsets, interpolation=None):
        found = super().translate(images, offsets, interpolation)
        return found[:, :, :-1] if self.translation == "other" else found

class Typeless(Mine):
    def translate(self, images, offsets, interpolation=None):
        return np.abs(super().translate(images, offsets, interpolation)).astype("float16")
"""

FEW = """
import functools
import parity_suite.engine.checks as checks
import parity_suite.ptychography.cases as selection

selection.recipe_cases = functools.cache(selection.recipe_cases)
_all = checks.enumerate_checks
KEPT = {("translate", "oracle"), ("translate", "search"), ("loss", "oracle"), ("illuminate", "oracle")}

def few(specs, files=(), pairs=()):
    return tuple(
        check for check in _all(specs, files, pairs)
        if (check.stage, check.law) in KEPT and check.case.name in ("single", "n16.g2.b5", "n15.g1.b3")
        and check.device == "cpu"
    )

checks.enumerate_checks = few
"""
TERMS = ("--reason", "a divergence that is known", "--owner", "me", "--expires", "90d")


@pytest.fixture
def mine(stranger: Any) -> Any:
    stranger.write("wrong.py", WRONG)
    stranger.write("conftest.py", FEW)
    return stranger


def run(mine: Any, cls: str, *arguments: str) -> pytest.RunResult:
    mine.parity_test(f"mine=wrong:{cls}")
    found: pytest.RunResult = mine.run(
        "-m", "parity", "-ra", "-v", "--parity-failures", "none", "--parity-report", "out", *arguments
    )
    return found


def pinned(mine: Any, cls: str, *arguments: str) -> pytest.RunResult:
    """A ledger of all that is wrong with a class, and the run beside it."""
    assert run(mine, cls, *arguments).ret == pytest.ExitCode.TESTS_FAILED
    assert main(["ledger", "add", "--from", "out/record.json", "--all", *TERMS]) == 0
    found = run(mine, cls, *arguments)
    assert (found.ret, red_lines(found)) == (0, [])
    assert "failed" not in found.parseoutcomes()
    return found


def ledger(mine: Any) -> str:
    return str((mine.path / "parity-ledger.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("one", "both"),
    [("OtherFlipped", "BothFlipped"), ("OtherRaising", "BothRaising"), ("OtherShapeless", "Shapeless")],
)
def test_one_implementation_that_is_wrong_is_red_alone_and_excuses_no_other(mine: Any, one: str, both: str) -> None:
    known = pinned(mine, one).parseoutcomes()["xfailed"]
    checks = re.findall(r'check = "(.*?)"', ledger(mine))
    assert len(checks) == known > 3
    assert {CheckId.parse(check).subject for check in checks} == {"mine.other"}
    assert 'subject = "mine.other", stage = "translate"' in ledger(mine)
    found = run(mine, both)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    assert (found.parseoutcomes()["failed"], found.parseoutcomes()["xfailed"]) == (known, known)
    failed = [line for line in found.stdout.lines if line.startswith("FAILED ")]
    assert not [line for line in failed if "-mine.other-" in line]


@pytest.mark.long
def test_workers_measure_and_know_as_one_process_does(mine: Any) -> None:
    known = pinned(mine, "OtherFlipped", "-n", "2").parseoutcomes()["xfailed"]
    assert run(mine, "OtherFlipped").parseoutcomes()["xfailed"] == known
    assert run(mine, "BothFlipped", "-n", "2").parseoutcomes()["failed"] == known


def test_another_wrong_answer_of_the_same_implementation_is_red(mine: Any) -> None:
    known = pinned(mine, "OtherFlipped").parseoutcomes()["xfailed"]
    found = run(mine, "OtherDoubled")
    assert found.parseoutcomes()["failed"] >= known - 1


def test_a_wrong_output_excuses_no_other(mine: Any) -> None:
    known = pinned(mine, "Variation").parseoutcomes()["xfailed"]
    found = run(mine, "VariationAndPoisson")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    assert found.parseoutcomes()["failed"] == known
    found.stdout.fnmatch_lines(["the ledger knows it to fail otherwise, in entry 1: poisson_nll* fails as well*"])
    keep(mine, entry("loss.oracle[*-mine-*]", "semantic"))
    assert run(mine, "VariationAndPoisson").ret == 0


@pytest.mark.parametrize("other", ["RaisingElsewhere", "RaisingOther", "Variation"])
def test_an_error_is_known_by_its_type_and_the_function_that_it_came_through(mine: Any, other: str) -> None:
    known = pinned(mine, "Raising").parseoutcomes()["xfailed"]
    assert 'exception = "ValueError", function = "wrong.py:Raising.logarithm"' in ledger(mine)
    assert run(mine, other).parseoutcomes()["failed"] == known


def test_a_broken_contract_is_known_by_its_rule_and_field(mine: Any) -> None:
    known = pinned(mine, "Shapeless").parseoutcomes()["xfailed"]
    assert re.search(r'rules = \[\["images", "\w+", ""\]\]', ledger(mine))
    assert run(mine, "Typeless").parseoutcomes()["failed"] >= known


def test_a_new_case_of_a_known_trouble_is_red_and_says_what_it_looks_like(mine: Any) -> None:
    known = pinned(mine, "OtherFlipped").parseoutcomes()["xfailed"]
    assert ledger(mine).count("[[entries]]") == 1
    check = "translate.oracle[n16.g2.b5-mine.other-cpu-float64]"
    lines = [line for line in ledger(mine).splitlines(keepends=True) if check not in line]
    mine.write("parity-ledger.toml", "".join(lines))
    found = run(mine, "OtherFlipped")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.assert_outcomes(failed=1, xfailed=known - 1, passed=found.parseoutcomes()["passed"])
    found.stdout.fnmatch_lines(["  ledger: looks like entry 1, which does not have this check"])
    record = json.loads((mine.path / "out/record.json").read_text("utf-8"))
    (news,) = [one for one in record["findings"] if one["ledger"]["looks_like"]]
    assert (news["check"], news["ledger"]["looks_like"]) == (check, "entry 1")
    # An update takes it in.
    assert main(["ledger", "update", "--from", "out/record.json"]) == 0
    assert run(mine, "OtherFlipped").ret == 0


def test_a_listed_check_that_passes_is_red_until_an_update_takes_it_out(mine: Any, capsys: Any) -> None:
    pinned(mine, "OtherFlipped")
    found = run(mine, "Mine")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(["the ledger says it fails as semantic; it passes: narrow or remove entry 1"])
    told = mine.run("-m", "parity", "-q", "--parity-failures", "none").stdout
    told.fnmatch_lines(["ledger: entry 1 is mended, [!1]* of its checks pass: parity ledger update *"])
    told.no_fnmatch_line("*narrow or remove*")
    assert sum(line.startswith("FAILED ") for line in told.lines) == 1
    capsys.readouterr()
    assert main(["ledger", "update", "--from", "out/record.json"]) == 0
    assert "passes: taken out" in capsys.readouterr().out
    assert "[[entries]]" not in ledger(mine)
    assert run(mine, "Mine").ret == 0


def test_a_listed_check_that_there_is_not_is_red(mine: Any) -> None:
    pinned(mine, "OtherFlipped")
    mine.write("parity-ledger.toml", ledger(mine).replace("n16.g2.b5-mine.other-cpu", "n17.g2.b5-mine.other-cpu"))
    found = run(mine, "OtherFlipped")
    (line,) = red_lines(found)
    assert line.startswith(
        "RED: the ledger's entry 1 is about translate.oracle[n17.g2.b5-mine.other-cpu-float64], which there"
    )
    assert red_lines(run(mine, "OtherFlipped", "test_parity.py")) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-k", "oracle"), "checks have no finding"),
        (("test_parity.py",), "files or backends were named"),
        (("-x",), "it was cut short; "),
    ],
)
def test_part_of_a_run_is_no_ledger(mine: Any, capsys: Any, arguments: Any, says: str) -> None:
    run(mine, "OtherFlipped", *arguments)
    keep(mine)
    for action in (["update"], ["add", "--all", *TERMS]):
        capsys.readouterr()
        assert main(["ledger", *action, "--from", "out/record.json"]) == 2
        error = capsys.readouterr().err
        assert "out/record.json is not of a whole run: " in error
        assert says in error
    assert ledger(mine) == "format = 2\n"
    # What it has can be known all the same, unless it ended before what it set out to ask.
    cut = arguments == ("-x",)
    assert main(["ledger", "add", "--parts", "--all", *TERMS, "--from", "out/record.json"]) == (2 if cut else 0)
    assert ("out/record.json is of a run that did not end: " in capsys.readouterr().err) is cut
    assert (ledger(mine) == "format = 2\n") is cut


def test_an_unpinned_entry_is_reported_every_time_until_it_is_pinned(mine: Any) -> None:
    pattern = "translate.*[*-mine.other-*]"
    keep(mine, entry(pattern, "semantic"))
    for _ in range(2):
        found = run(mine, "OtherFlipped")
        assert found.ret == 0
        said = f"ledger: 1 entry is unpinned and excuses whatever fails with the verdict: {pattern}"
        assert said in found.stdout.lines
    assert main(["ledger", "update", "--from", "out/record.json"]) == 0
    found = run(mine, "OtherFlipped")
    assert found.ret == 0
    assert "is unpinned" not in found.stdout.str()
    assert run(mine, "BothFlipped").ret == pytest.ExitCode.TESTS_FAILED
