"""--parity-dumps over PARITY_DUMPS over ini; off by default; refused without a place to write to."""

from __future__ import annotations

import pytest

from parity_suite.plugin.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BACKEND", "DATASET", "DEVICE", "DUMPS", "REPORT", "REQUIRE", "SNAPSHOTS"):
        monkeypatch.delenv(f"PARITY_{name}", raising=False)


def settings(pytester: pytest.Pytester, *arguments: str) -> Settings:
    return read_settings(pytester.parseconfig(*arguments))


def test_off_by_default(pytester: pytest.Pytester) -> None:
    assert settings(pytester).dumps == 0
    assert settings(pytester, "--parity-report", "out").dumps == 0


def test_option_over_environment_over_ini(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makeini("[pytest]\nparity_dumps = 3\nparity_report = out\n")
    assert settings(pytester).dumps == 3
    monkeypatch.setenv("PARITY_DUMPS", "5")
    assert settings(pytester).dumps == 5
    assert settings(pytester, "--parity-dumps", "7").dumps == 7
    assert settings(pytester, "--parity-dumps", "0").dumps == 0


@pytest.mark.parametrize("text", ["-1", "many", "2.5"])
def test_what_is_no_whole_number_is_refused(pytester: pytest.Pytester, text: str) -> None:
    with pytest.raises(pytest.UsageError, match=rf"parity_dumps: '{text}'"):
        settings(pytester, f"--parity-dumps={text}", "--parity-report=out")


def test_dumps_without_a_report_are_refused(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.UsageError, match=r"--parity-report DIR"):
        settings(pytester, "--parity-dumps", "4")
    monkeypatch.setenv("PARITY_REPORT", "out")
    assert settings(pytester, "--parity-dumps", "4").dumps == 4


def test_a_run_says_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess("--parity-dumps", "4")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: parity_dumps: 4 *--parity-report DIR*"])
