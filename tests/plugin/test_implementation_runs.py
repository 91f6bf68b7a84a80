"""A run in which a backend has other implementations and a chain in one: what it tells, pins and pairs."""

from __future__ import annotations

from typing import Any

import pytest

from parity_suite.cli.main import main

MORE = """

class More(Tiny):
    implementations = {"squared": "diffract"}
    fused = {"pattern": ("illuminate", "diffract")}

    def diffract_squared(self, psi):
        spectrum = np.fft.fft2(psi, axes=(2, 3), norm="ortho")
        intensity = np.sum(spectrum.real ** 2 + spectrum.imag ** 2, axis=1)
        return np.sqrt(np.fft.fftshift(intensity, axes=(1, 2))).astype(self.real)

    def pattern(self, patches, probe):
        return self.diffract_squared(self.illuminate(patches, probe))

class Wrong(More):
    def diffract_squared(self, psi):
        return 2 * self.diffract(psi)

class Worse(Wrong):
    def diffract(self, psi):
        return 3 * super().diffract(psi)
"""

FEW = """
import parity_suite.engine.checks as checks

_all = checks.enumerate_checks

def few(specs, files=(), pairs=()):
    return tuple(
        one for one in _all(specs, files, pairs)
        if one.law in ("oracle", "composition", "pair") and one.case.name == "n16.g2.b5" and one.device == "cpu"
        and one.stage in ("illuminate", "diffract", "illuminate+diffract")
    )

checks.enumerate_checks = few
"""


@pytest.fixture
def more(stranger: Any) -> Any:
    stranger.write("tiny.py", (stranger.path / "tiny.py").read_text("utf-8") + MORE)
    stranger.write("conftest.py", FEW)
    return stranger


def reds(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("RED: ")]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "two"])
def test_each_has_lines_of_its_own(more: Any, workers: tuple[str, ...]) -> None:
    more.parity_test("mine=tiny:More")
    result = more.run("-m", "parity", "--parity-pair", "mine.squared+mine", *workers)
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(["mine * diffract *", "mine * illuminate+diffract *"])
    result.stdout.fnmatch_lines(["mine.squared * diffract *", "mine+mine.squared * diffract *"])


def test_a_wrong_one_is_a_cause_of_its_own_and_its_pin_excuses_no_other(more: Any) -> None:
    more.parity_test("mine=tiny:Wrong")
    record = more.record("-m", "parity", "-v")
    red = {(one["subject"], one["stage"], one["blame"]) for one in record["findings"] if one["verdict"] == "semantic"}
    both = "illuminate+diffract"
    assert red == {("mine.squared", "diffract", "diffract"), ("mine", both, both)}
    assert {(one["subject"], one["stage"]) for one in record["causes"]} == {(one, stage) for one, stage, _ in red}
    terms = ("--reason", "a divergence that is known", "--owner", "me", "--expires", "90d")
    assert main(["ledger", "add", "--from", "out/record.json", "--all", *terms]) == 0
    assert more.run("-m", "parity").ret == 0
    more.parity_test("mine=tiny:Worse")
    found = more.run("-m", "parity", "-v", "-ra")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    failed = [line for line in found.outlines if line.startswith("FAILED")]
    assert any("diffract.oracle[n16.g2.b5-mine-cpu-float32]" in line for line in failed)
    assert any("illuminate+diffract.oracle" in line for line in failed), "it gives six times as much now"


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("mine", "parity_pair: 'mine' is not of the form BACKEND+BACKEND.NAME"),
        ("mine+mine", "parity_pair: 'mine+mine' is not of the form BACKEND+BACKEND.NAME"),
        ("mine+Mine.x", "parity_pair: 'mine+Mine.x' is not of the form BACKEND+BACKEND.NAME"),
    ],
)
def test_a_pair_that_is_none_is_a_usage_error(more: Any, pair: str, said: str) -> None:
    result = more.run("-m", "parity", "--parity-pair", pair)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])


def test_one_that_is_listed_or_required_by_its_name_ran(more: Any) -> None:
    more.parity_test("mine=tiny:More", "mine.squared=tiny:More.squared")
    result = more.run("-m", "parity", "--parity-require", "mine.squared")
    assert (result.ret, reds(result)) == (0, []), result.stdout.str()
    result.stdout.fnmatch_lines(["mine+mine.squared * diffract *"])
    assert "not held to each other" not in result.stdout.str()
    assert reds(more.run("-m", "parity", "--parity-require", "mine.cubed"))


def test_a_pair_of_what_there_is_not_is_red(more: Any) -> None:
    more.parity_test("mine=tiny:More")
    result = more.run("-m", "parity", "--parity-pair", "mine+mine.cubed")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = "parity_pair: mine+mine.cubed are not both asked at a stage that they share; there are mine, mine.squared"
    assert [line.removesuffix(", oracle") for line in reds(result)] == [f"RED: {said}"]


def test_the_command_asks_and_lists_them(more: Any, capsys: pytest.CaptureFixture[str]) -> None:
    more.write("pytest.ini", "[pytest]\nparity_pairs = mine+mine.squared\n")
    assert main(["list", "checks", "*pair*n16.g2.b5*squared-cpu-float32]", "--backend", "mine=tiny:More"]) == 0
    assert "diffract.pair[n16.g2.b5-mine+mine.squared-cpu-float32]" in capsys.readouterr().out
    main(["check-backend", "mine=tiny:Wrong"])
    told = capsys.readouterr().out
    assert "mine.squared" in told
    assert "illuminate+diffract.oracle[" in told
    assert "diffract.oracle[n16.g2.b5-mine.squared-cpu-float32]: semantic" in told or "-mine.squared-cpu-" in told
    assert main(["explain", "illuminate+diffract.composition", "--backend", "mine=tiny:More"]) == 0
    assert "illuminate, then diffract, in one" in capsys.readouterr().out
