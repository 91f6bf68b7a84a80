"""What a user sees of failures: the causes at the end, of each cause one line of pytest's, and all else with ``-v``."""

from __future__ import annotations

from typing import Any

import pytest
from test_known_divergences import DENOISE

from parity_suite.report import smallest

#: Two causes: what it gives is not shifted, and another stage raises.
WRONG = """
from tiny import Unshifted

class Wrong(Unshifted):
    def illuminate(self, patches, probe):
        return self.product(patches, probe)

    def product(self, patches, probe):
        raise TypeError("no such product")
"""
ONLY = ("-m", "parity", "-k", "cpu and (illuminate or diffract)")
HEADINGS = [
    "1. wrong illuminate: TypeError in wrong.py:Wrong.product (4 checks)",
    "2. wrong diffract: zero frequency elsewhere (2 checks)",
]


@pytest.fixture
def wrong(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    stranger.write("wrong.py", WRONG)
    stranger.parity_test("wrong:Wrong")
    return stranger


def headings(result: pytest.RunResult) -> list[str]:
    return [line for line in last(result) if line[:1].isdigit() and line[1] == "."]


def last(result: pytest.RunResult) -> list[str]:
    """What stands under the last heading of the screen."""
    places = [place for place, line in enumerate(result.outlines) if line.startswith("==== ") or "====" in line[:20]]
    ends = [place for place in places if "what to mend" in result.outlines[place]]
    return result.outlines[ends[-1] + 1 :] if ends else []


def listed(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("FAILED ")]


@pytest.mark.parametrize("arguments", [(), ("-q",), ("--tb=no",), ("--tb=line",), ("-n", "2")], ids=" ".join)
def test_causes_are_the_end_and_pytest_lists_one_failure_of_each(wrong: Any, arguments: tuple[str, ...]) -> None:
    result = wrong.run(*ONLY, *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 6
    assert headings(result) == HEADINGS
    assert sorted(line.partition("test_parity[")[2].partition("[")[0] for line in listed(result)) == [
        "diffract.oracle",
        "illuminate.oracle",
    ]
    assert "= FAILURES =" not in result.stdout.str()
    assert last(result)[-1].startswith("=" * 3 if "-q" not in arguments else "6 failed")


def test_the_record_has_the_causes_that_are_shown(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARITY_FAILURES")
    first, second = wrong.record(*ONLY)["causes"]
    assert {name: first[name] for name in ("subject", "stage", "implementation", "exception", "function", "rule")} == {
        "subject": "wrong",
        "stage": "illuminate",
        "implementation": "",
        "exception": "TypeError",
        "function": "wrong.py:Wrong.product",
        "rule": "",
    }
    assert (len(first["checks"]), first["kind"]) == (4, "fails")
    checks = [f"diffract.oracle[n16.g2.b5-wrong-cpu-{precision}]" for precision in ("float32", "float64")]
    assert (second["stage"], second["kind"], second["checks"]) == ("diffract", "zero frequency elsewhere", checks)
    assert second["most_telling"] == checks[0]
    assert (wrong.path / second["replay"] / "replay.json").is_file()


def test_with_v_pytest_shows_all_that_it_knows(wrong: Any) -> None:
    result = wrong.run(*ONLY, "-v")
    assert len(listed(result)) == 6
    assert result.stdout.str().count("\n  check: ") == 6
    assert headings(result) == HEADINGS


def test_no_list_is_no_list(wrong: Any) -> None:
    result = wrong.run(*ONLY, "-rN")
    assert listed(result) == []
    assert headings(result) == HEADINGS


def test_a_run_that_is_green_ends_as_it_did(stranger: Any) -> None:
    result = stranger.run("-m", "parity")
    assert result.ret == 0
    assert "what to mend" not in result.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "variable", "coloured"),
    [
        (("--color=yes",), "", True),
        (("--color=auto",), "FORCE_COLOR", True),
        (("--color=auto",), "NO_COLOR", False),
        ((), "", False),
    ],
)
def test_headings_have_a_colour_unless_nobody_wants_one(
    wrong: Any, arguments: tuple[str, ...], variable: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, "1")
    text = wrong.run(*ONLY, *arguments).stdout.str()
    assert ("\x1b[" in text) is coloured
    assert (f"\x1b[31m\x1b[1m{HEADINGS[1]}\x1b[0m" in text) is coloured
    assert "\x1b[31m\x1b[1m   diffract.oracle" not in text


def test_what_cannot_run_here_has_no_character_and_is_counted(stranger: Any) -> None:
    result = stranger.run("-m", "parity", "-rs")
    (progress,) = [line for line in result.outlines if line.endswith("[100%]")]
    # Eight that hold, and two that the backend says it cannot do.
    assert sorted(progress.split()[1]) == sorted("........ss")
    result.assert_outcomes(passed=8, skipped=20)
    assert len([line for line in result.outlines if line.startswith("SKIPPED [")]) == 3
    shown = stranger.run("-m", "parity", "-v").outlines
    assert sum(" SKIPPED " in line for line in shown) == 20


def test_the_smallest_input_is_shown_where_a_person_can_read_it(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARITY_FAILURES")
    wrong.parity_test("tiny:Unshifted")
    said = [line.strip() for line in last(wrong.run(*ONLY))]
    place = next(place for place, line in enumerate(said) if line.startswith("smallest input: psi "))
    assert said[place + 1].startswith("got [")
    assert ", wanted [" in said[place + 1]
    monkeypatch.setattr(smallest, "_MOST_NUMBERS", 3)
    assert not any("smallest" in line or "wanted [" in line for line in last(wrong.run(*ONLY)))


def test_a_baseline_of_ones_own_is_shown_as_pytest_shows_it(stranger: Any) -> None:
    stranger.write("test_denoise.py", DENOISE.replace("{factor}", "1"))
    stranger.run("test_denoise.py", "--update-snapshots")
    stranger.write("test_denoise.py", DENOISE.replace("{factor}", "2"))
    result = stranger.run("test_denoise.py")
    (line,) = listed(result)
    assert line.startswith("FAILED test_denoise.py::test_denoise - ")
    result.stdout.fnmatch_lines(
        ["semantic: * numbers left their baseline, *", "* denoise.a.torch: values *", "1. torch denoise: *(1 check)"]
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("check.run(); assert check.item is None, 'mine'", "*AssertionError: mine*"),
        ("\n    try:\n        check.run()\n    finally:\n        assert False, 'mine'", "*AssertionError: mine*"),
        ("pass", "*was never run: the test must call check.run()*"),
    ],
    ids=["after it held", "after it failed", "never asked"],
)
def test_a_failure_of_the_tests_own_is_shown(stranger: Any, body: str, said: str) -> None:
    stranger.parity_test("tiny:Unshifted", body=body)
    result = stranger.run("-m", "parity", "-k", "diffract and cpu-float32 and (oracle or energy)")
    result.stdout.fnmatch_lines(["*= FAILURES =*", said])
    assert len(listed(result)) == result.parseoutcomes()["failed"]


def test_a_mark_that_wants_a_failure_is_shown(stranger: Any) -> None:
    stranger.parity_test("tiny:Tiny", "tiny:Unshifted")
    path = stranger.path / "test_parity.py"
    mark = "import pytest\n@pytest.mark.xfail(strict=True)\n@parity"
    path.write_text(path.read_text("utf-8").replace("@parity", mark), "utf-8")
    result = stranger.run("-m", "parity", "-k", "diffract.oracle and cpu-float32 and not +")
    result.assert_outcomes(failed=1, xfailed=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(["*= FAILURES =*", "[[]XPASS(strict)[]]*", "FAILED *-tiny-cpu-float32*"])


TWICE = """
import os
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for attempt in "12":
        os.environ["ATTEMPT"] = attempt
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
LEARNS = """
import os

class Learns(Tiny):
    def diffract(self, psi):
        return super().diffract(psi) * {factor}
"""


@pytest.mark.parametrize(("factor", "shown"), [("(3 - int(os.environ['ATTEMPT']))", True), ("2", False)])
def test_a_failure_of_one_attempt_alone_is_shown(stranger: Any, factor: str, shown: bool) -> None:
    for name, text in (("tiny.py", LEARNS.format(factor=factor)), ("conftest.py", TWICE)):
        with (stranger.path / name).open("a") as file:
            file.write(text)
    stranger.parity_test("tiny:Learns")
    result = stranger.run("-m", "parity", "-k", "diffract.oracle and cpu-float32")
    text = result.stdout.str()
    assert [said in text for said in ("= FAILURES =", "RED: 1 check is flaky")] == [shown, shown]
    assert len(listed(result)) == 1
    assert len(headings(result)) == 1
    assert any("flaky: asked 2 times, it was ok and semantic" in line for line in last(result)) is shown


#: As those write who begin: each with one mistake.
BEGINNERS = """
import numpy as np
from scipy.ndimage import shift

class Beginner:
    def __init__(self, *, device="cpu", precision="float32"):
        self.real = np.dtype(precision)

class Swapped(Beginner):
    def translate(self, images, offsets, interpolation="bilinear"):
        offsets = np.repeat(offsets, len(images) // max(len(offsets), 1), axis=0)
        order = 1 if interpolation == "bilinear" else 0
        moved = [
            shift(image, (x, y, 0), order=order, mode="grid-constant")
            for image, (y, x) in zip(images, offsets[:, ::-1], strict=True)
        ]
        return np.array(moved, images.dtype).reshape(images.shape)

class NoShift(Beginner):
    def diffract(self, psi):
        intensity = np.sum(np.abs(np.fft.fft2(psi, axes=(2, 3))) ** 2, axis=1) / psi.shape[2] ** 2
        return np.sqrt(intensity).astype(self.real)

class Scalar(Beginner):
    def scale(self, psi, nphotons, size, learned=None):
        if learned is not None:
            return {"scale": np.array([learned]), "source": "learned"}
        power = np.mean(np.sum(np.abs(np.asarray(psi, complex)) ** 2, axis=(1, 2, 3)))
        return {"scale": np.array([np.sqrt(nphotons / power)]), "source": "data"}
"""
ALL_LAWS = """
import parity_suite.engine.checks as checks

_all = checks.enumerate_checks
CASES = ("n16.g2.b5", "n15.g1.b3", "n15.g1.b65", "leaves64")

def few(specs, files=(), pairs=()):
    return tuple(one for one in _all(specs, files, pairs) if one.case.name in CASES and one.stage == "{stage}")

checks.enumerate_checks = few
"""


@pytest.mark.parametrize(
    ("backend", "stage", "said"),
    [
        pytest.param("Swapped", "translate", "1. swapped translate: x and y swapped (", marks=pytest.mark.long),
        ("NoShift", "diffract", "1. noshift diffract: zero frequency elsewhere ("),
        ("Scalar", "scale", "found shape (1,) with 1 axes, wanted shape ()"),
    ],
)
def test_a_beginners_mistake_is_named_on_the_last_screen(stranger: Any, backend: str, stage: str, said: str) -> None:
    stranger.write("beginners.py", BEGINNERS)
    stranger.write("conftest.py", ALL_LAWS.replace("{stage}", stage))
    stranger.parity_test(f"beginners:{backend}")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    screen = result.outlines[-24:]
    assert any("what to mend" in line for line in screen)
    assert said in "\n".join(screen)
    assert [line for line in last(result) if len(line) > 80 and not line.strip().startswith("parity replay ")] == []


def test_a_module_that_is_skipped_whole_is_listed_as_pytest_does(stranger: Any) -> None:
    stranger.parity_test("tiny:Unshifted")
    stranger.write("test_skipped.py", 'import pytest\npytest.skip("no such package", allow_module_level=True)\n')
    result = stranger.run(*ONLY, "-rs", "-q")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "SKIPPED [1] test_skipped.py:2: no such package" in result.outlines
