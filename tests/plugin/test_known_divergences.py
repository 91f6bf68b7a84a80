"""The ledger in a run: what is known runs and turns nothing red, and what is no longer so turns the run red."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from thinning import IN_WORKERS

from parity_suite.ledger import today

ORACLE = "diffract.oracle[n16.g2.b5-unshifted-cpu-float32]"
BOTH = "diffract.oracle[*-unshifted-*]"


def entry(check: str = BOTH, verdict: str = "semantic", left: int = 100, added: int = -200) -> str:
    return f"""
[[unpinned]]
check = "{check}"
reason = "zero frequency stays in the corner"
owner = "me@example.org"
added = {today() + timedelta(added)}
expires = {today() + timedelta(left)}
verdict = "{verdict}"
"""


@pytest.fixture
def wrong(stranger: Any) -> Any:
    """A backend whose ``diffract`` is wrong in the check ``oracle``, on the CPU, in both precisions."""
    stranger.parity_test("tiny:Unshifted")
    return stranger


def keep(stranger: Any, *entries: str, name: str = "parity-ledger.toml") -> None:
    stranger.write(name, "".join(["format = 2\n", *entries]))


def red_lines(result: pytest.RunResult) -> list[str]:
    return [line for line in result.stdout.lines if line.startswith("RED:")]


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_check_that_fails_as_the_ledger_says_runs_and_leaves_the_run_green(wrong: Any, arguments: Any) -> None:
    keep(wrong, entry())
    result = wrong.run("-m", "parity", "-ra", *arguments, "--parity-report", "out")
    assert result.ret == 0
    result.assert_outcomes(passed=6, xfailed=2, skipped=20)
    until = f"(me@example.org, until {today() + timedelta(100)})"
    said = f"semantic, as the ledger says: zero frequency stays in the corner {until}"
    assert result.stdout.str().count(said) == 2
    end = re.escape(f"on {today() + timedelta(100)} (me@example.org)")
    result.stdout.re_match_lines(
        [
            r"subject +stage +ok +red +known +not run",
            r"unshifted +diffract +2 +2 +\d+ .*  known semantic: oracle",
            r"28 checks: 8 ran, 6 ok, 2 semantic \(2 known\), 20 not run",
            rf"ledger: 1 entry, 2 checks failed as said; next to expire: {re.escape(BOTH)} {end}$",
            rf"ledger: 1 entry is unpinned and excuses whatever fails with the verdict: {re.escape(BOTH)}$",
        ]
    )
    assert "expires in" not in result.stdout.str()
    assert red_lines(result) == []
    record = json.loads((wrong.path / "out/record.json").read_text("utf-8"))
    red = [finding for finding in record["findings"] if finding["verdict"] == "semantic"]
    assert [one["ledger"] for one in red] == [{"entry": BOTH, "outcome": "failed as said", "looks_like": ""}] * 2
    assert red[0]["measured"]
    (account,) = record["ledger"]
    assert {name: account[name] for name in ("entry", "pinned", "as_said", "passed", "otherwise", "expired")} == {
        "entry": BOTH, "pinned": False, "as_said": 2, "passed": 0, "otherwise": 0, "expired": 0
    }  # fmt: skip
    assert account["not_run"] == 2
    assert "2 semantic (2 known)" in record["denominator"]


def test_without_a_ledger_nothing_is_said_of_one(wrong: Any) -> None:
    result = wrong.run("-m", "parity", "--parity-report", "out")
    result.assert_outcomes(passed=6, failed=2, skipped=20)
    assert "ledger:" not in result.stdout.str()
    assert " known" not in result.stdout.str()
    assert "ledger" not in json.loads((wrong.path / "out/record.json").read_text("utf-8"))


def test_a_check_that_passes_fails_and_says_what_to_remove(wrong: Any) -> None:
    wrong.parity_test("unshifted=tiny:Tiny")
    keep(wrong, entry(ORACLE))
    result = wrong.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=7, failed=1, skipped=20)
    result.stdout.fnmatch_lines(
        [
            "ledger: 1 entry, 0 checks failed as said, 1 passed; *",
            f"ledger: {ORACLE.replace('[', '[[]')} is mended, 1 of its checks passes: parity ledger update --from *",
            f"FAILED *{ORACLE.replace('[', '[[]')}]",
        ]
    )


def test_every_check_of_a_pattern_must_fail_as_it_says(wrong: Any) -> None:
    keep(wrong, entry("diffract.*[*-unshifted-*]"))
    result = wrong.run("-m", "parity")
    result.assert_outcomes(passed=4, xfailed=2, failed=2, skipped=20)
    result.stdout.fnmatch_lines(["ledger: diffract.?[[]?-unshifted-?[]] is mended, 2 of its checks pass: *"])


def test_a_failure_of_another_verdict_fails_and_says_both(wrong: Any) -> None:
    keep(wrong, entry(verdict="numerical"))
    result = wrong.run("-m", "parity", "-v")
    result.assert_outcomes(passed=6, failed=2, skipped=20)
    result.stdout.fnmatch_lines(
        [
            "the ledger knows it to fail otherwise, in diffract.oracle*: semantic and not numerical",
            "semantic: amplitude (modes) is off by *",
            "28 checks: 8 ran, 6 ok, 2 semantic, 20 not run",
            "ledger: 1 entry, 0 checks failed as said, 2 failed otherwise; *",
        ]
    )


@pytest.mark.parametrize("arguments", [(), IN_WORKERS, ("-k", "energy")])
def test_an_entry_that_expired_is_red_once(wrong: Any, arguments: Any) -> None:
    keep(wrong, entry(left=-3))
    result = wrong.run("-m", "parity", "-v", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    late = f"expired 3 days ago, on {today() - timedelta(3)} (me@example.org)"
    assert red_lines(result) == [f"RED: the ledger's {BOTH} {late}"]
    if "-k" not in arguments:
        result.assert_outcomes(passed=6, failed=2, skipped=20)
        result.stdout.fnmatch_lines(
            [
                "the ledger knows it, but * expired 3 days ago (me@example.org): mend the cause or renew it",
                "* 2 semantic, 20 not run",
                "ledger: 1 entry, 0 checks failed as said, 2 expired",
            ]
        )


@pytest.mark.parametrize(
    ("checks", "left", "what"),
    [
        ([BOTH], 0, f"{BOTH} expires today"),
        ([BOTH], 1, f"{BOTH} expires in 1 day"),
        ([ORACLE, ORACLE.replace("float32", "float64")], 30, f"{ORACLE} and 1 more expire in 30 days"),
    ],
)
def test_what_expires_within_a_month_is_a_warning(wrong: Any, checks: list[str], left: int, what: str) -> None:
    keep(wrong, *(entry(check, left=left) for check in checks))
    result = wrong.run("-m", "parity")
    assert result.ret == 0
    assert f"ledger: {what}, on {today() + timedelta(left)} (me@example.org)" in result.stdout.lines


@pytest.mark.parametrize("arguments", [(), IN_WORKERS, ("-k", "energy")])
def test_an_entry_that_matches_no_check_at_all_is_red(wrong: Any, arguments: Any) -> None:
    keep(wrong, entry(), entry("diffract.oracle[n17.*-unshifted-*]"))
    result = wrong.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    (line,) = red_lines(result)
    assert line.startswith("RED: the ledger's diffract.oracle[n17.*-unshifted-*] matches no check: remove the entry; ")
    assert "--parity-dataset" in line


def test_what_a_run_leaves_out_is_no_complaint(wrong: Any) -> None:
    cuda = "diffract.energy[*-unshifted-cuda-*]"
    keep(wrong, entry(), entry(cuda), entry("illuminate.oracle[*-other-*]"))
    wrong.parity_test("other=tiny:Idle", name="test_second.py")
    parts = [
        ("-k", "energy and unshifted"),
        ("-m", "parity and not parity_gpu", "-k", "unshifted"),
        ("test_parity.py",),
        (f"test_parity.py::test_parity[{ORACLE}]",),
        ("--parity-backend", "tiny:Unshifted", "test_parity.py"),
        ("--parity-device", "cpu", "-k", "unshifted"),
    ]
    for arguments in parts:
        result = wrong.run(*arguments)
        assert red_lines(result) == [], arguments
        assert result.ret == 0, arguments


def test_an_entry_about_checks_that_run_nowhere_is_red(wrong: Any) -> None:
    nowhere = "stats.oracle[*-unshifted-cpu-*]"
    keep(wrong, entry(), entry(nowhere))
    result = wrong.run("-m", "parity")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (line,) = red_lines(result)
    assert line.startswith(f"RED: the ledger's {nowhere} is about checks that cannot run: not provided: Unshifted ")
    assert red_lines(wrong.run("-m", "parity", "-k", "diffract")) == []


UNHAD = "*.*[*-unlicensed-*]"


@pytest.mark.parametrize("arguments", [(), ("-n", "2", "--dist", "load"), ("-k", "diffract or tiny")])
def test_a_backend_that_is_known_not_to_be_there(stranger: Any, arguments: Any) -> None:
    stranger.parity_test("tiny:Tiny", "tiny:Unlicensed")
    keep(stranger, entry(UNHAD, "error"))
    result = stranger.run("-m", "parity", *arguments)
    assert red_lines(result) == []
    assert result.ret == 0
    assert result.parseoutcomes()["xfailed"] >= 1
    keep(stranger, entry("diffract.*[*-unlicensed-*]", "error"))
    assert "RED: backend unlicensed ran nothing" in red_lines(stranger.run("-m", "parity"))


def test_two_entries_about_one_check_are_refused(wrong: Any) -> None:
    keep(wrong, entry(), entry(ORACLE))
    result = wrong.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*diffract.oracle* and {ORACLE.replace('[', '[[]')} are both about *one entry"])
    spread = wrong.run("-m", "parity", "-n", "2")
    assert spread.ret == pytest.ExitCode.TESTS_FAILED
    assert "passed" not in spread.parseoutcomes()
    spread.stdout.fnmatch_lines(["*are both about*"])


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_all_that_is_wrong_with_a_ledger_is_listed_and_nothing_runs(wrong: Any, arguments: Any) -> None:
    keep(wrong, entry(added=2), entry(verdict="ok").replace("owner", "owned"))
    result = wrong.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    error = result.stderr.str()
    for said in (
        "ERROR: parity_ledger: ",
        "added: not_after",
        "verdict: one_of",
        "unpinned[].owned: unknown",
        "check: unique",
    ):
        assert said in error
    assert "collected" not in result.stdout.str()


@pytest.mark.parametrize("door", ["option", "environment", "ini"])
def test_the_file_of_each_door_is_used_and_must_be_there(
    wrong: Any, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    keep(wrong, entry("no.such[check]"))
    option = ("--parity-ledger", "deep/known.toml") if door == "option" else ()
    if door == "environment":
        monkeypatch.setenv("PARITY_LEDGER", "deep/known.toml")
    elif door == "ini":
        wrong.write("pytest.ini", "[pytest]\nparity_ledger = deep/known.toml\n")
    absent = wrong.run("-m", "parity", *option)
    assert absent.ret == pytest.ExitCode.USAGE_ERROR
    absent.stderr.fnmatch_lines(["ERROR: parity_ledger: *deep/known.toml: *"])
    keep(wrong, entry(), name="deep/known.toml")
    assert wrong.run("-m", "parity", *option).ret == 0


def test_runxfail_shows_the_failure(wrong: Any) -> None:
    keep(wrong, entry())
    result = wrong.run("-m", "parity", "--runxfail")
    result.assert_outcomes(passed=6, failed=2, skipped=20)
    result.stdout.fnmatch_lines(["semantic: amplitude (modes) is off by *"])


def test_lost_checks_stay_red_beside_a_ledger(wrong: Any) -> None:
    keep(wrong, entry())
    wrong.write("snapshots/check-ids.txt", "diffract.energy[gone-unshifted-cpu-float32]\n")
    line, _ = red_lines(wrong.run("-m", "parity"))
    assert line.startswith("RED: 1 check of check-ids.txt is lost")


DENOISE = """
import numpy as np

def test_denoise(parity_baseline):
    parity_baseline("denoise", np.arange(1.0, 13).reshape(3, 4) * {factor}, backend="torch", case="a", budget=1e-6)
"""


def test_a_baseline_of_ones_own_is_held_by_the_ledger_too(stranger: Any) -> None:
    stranger.write("test_denoise.py", DENOISE.replace("{factor}", "1"))
    stranger.run("test_denoise.py", "--update-snapshots")
    keep(stranger, entry("denoise.baseline[a-torch-*]"))
    result = stranger.run("test_denoise.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the ledger says it fails as semantic; it passes: narrow or remove denoise*"])
    stranger.write("test_denoise.py", DENOISE.replace("{factor}", "2"))
    stranger.run("test_denoise.py").assert_outcomes(xfailed=1)
    for arguments in ((), ("-k", "energy"), ("-k", "energy", "-n", "2")):
        result = stranger.run(*arguments)
        assert (result.ret, red_lines(result)) == (0, []), arguments
    keep(stranger, entry("denoised.baseline[a-torch-*]"))
    result = stranger.run()
    assert len(red_lines(result)) == 1


@pytest.mark.parametrize("arguments", [(), IN_WORKERS])
def test_a_baseline_that_was_left_out_is_not_missed(stranger: Any, arguments: Any) -> None:
    (stranger.path / "test_parity.py").unlink()
    for name in ("denoise", "sharpen"):
        stranger.write(f"test_{name}.py", DENOISE.replace("{factor}", "1").replace("denoise", name))
    stranger.run("--update-snapshots")
    keep(stranger, entry("denoise.baseline[a-torch-*]"))
    result = stranger.run("-k", "sharpen", *arguments)
    result.assert_outcomes(passed=1)
    assert (result.ret, red_lines(result)) == (0, [])


def test_an_update_keeps_what_the_ledger_says(wrong: Any) -> None:
    keep(wrong, entry())
    result = wrong.run("--update-snapshots")
    assert result.ret == 0
    result.assert_outcomes(passed=6, xfailed=2, skipped=20)
