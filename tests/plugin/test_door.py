"""The door of a stranger: one test file, and backends from any of five places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ids = Callable[[pytest.RunResult], set[str]]


def test_one_file_in_an_empty_directory_runs_all_checks_of_a_backend(stranger: Any) -> None:
    result = stranger.run("-m", "parity", "-rf")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["tiny *illuminate *", "tiny *diffract *", "* checks: * ran, * ok, * not run"])


def test_the_same_checks_and_findings_with_and_without_workers(stranger: Any) -> None:
    alone = stranger.record("-m", "parity", "--parity-backend", "tiny:Tiny", "--parity-backend", "tiny:Unshifted")
    spread = stranger.record(
        "-m", "parity", "-n", "2", "--parity-backend", "tiny:Tiny", "--parity-backend", "tiny:Unshifted"
    )
    strip = [{k: v for k, v in f.items() if k != "seconds"} for f in alone["findings"]]
    assert strip == [{k: v for k, v in f.items() if k != "seconds"} for f in spread["findings"]]
    assert {f["verdict"] for f in strip} == {"ok", "semantic", "not-run"}
    assert alone["denominator"] == spread["denominator"]


def test_a_keyword_and_a_node_id_select_one_check(stranger: Any) -> None:
    check = "diffract.oracle[n16.g2.b5-tiny-cpu-float32]"
    by_keyword = stranger.run("-k", check, "-q")
    by_node = stranger.run(f"test_parity.py::test_parity[{check}]", "-q")
    for result in (by_keyword, by_node):
        assert result.ret == 0
        result.assert_outcomes(passed=1, deselected=None)
        result.stdout.fnmatch_lines(["1 check: 1 ran, 1 ok, 0 not run"])


@pytest.mark.parametrize("door", ["decorator", "option", "environment", "ini", "entry point"])
def test_each_door_gives_the_backend(stranger: Any, monkeypatch: pytest.MonkeyPatch, ids: Ids, door: str) -> None:
    stranger.parity_test(*(["mine=tiny:Tiny"] if door == "decorator" else []))
    extra = ["--parity-backend", "mine=tiny:Tiny"] if door == "option" else []
    if door == "environment":
        monkeypatch.setenv("PARITY_BACKEND", "mine=tiny:Tiny")
    elif door == "ini":
        stranger.write("pytest.ini", "[pytest]\nparity_backends = mine=tiny:Tiny\n")
    elif door == "entry point":
        stranger.write("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        stranger.write("tiny-1.dist-info/entry_points.txt", "[parity_suite.backends]\nmine = tiny:Tiny\n")
    found = ids(stranger.run("--collect-only", "-q", *extra))
    assert "diffract.oracle[n16.g2.b5-mine-cpu-float32]" in found


def test_a_backend_named_for_the_run_replaces_the_list_and_an_ini_key_does_not(stranger: Any, ids: Ids) -> None:
    stranger.write("pytest.ini", "[pytest]\nparity_backends = ini=tiny:Tiny\n")
    listed = ids(stranger.run("--collect-only", "-q"))
    named = ids(stranger.run("--collect-only", "-q", "--parity-backend", "other=tiny:Tiny"))
    assert {check.split("-")[1] for check in listed} == {"tiny"}
    assert {check.split("-")[1] for check in named} == {"other"}


def test_two_backends_of_one_name_are_refused_in_one_line(stranger: Any) -> None:
    result = stranger.run("--parity-backend", "a=tiny:Tiny", "--parity-backend", "a=tiny:Idle")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: two backends are called 'a'*"])
    stranger.parity_test("a=tiny:Idle", name="test_other.py")
    stranger.parity_test("a=tiny:Tiny")
    result = stranger.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["two backends are called 'a'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_name_that_is_no_class_is_refused_before_anything_runs(stranger: Any) -> None:
    result = stranger.run("--parity-backend", "tiny")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: backend 'tiny' is not of the form module:Class or name=module:Class"])
    stranger.parity_test("tiny")
    result = stranger.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["backend 'tiny' is not of the form*"])
    result.stdout.no_fnmatch_line("*session.py*")


def test_a_test_that_forgets_to_run_its_check_fails(stranger: Any) -> None:
    stranger.parity_test("tiny:Tiny", body="assert check")
    result = stranger.run("-k", "energy and float32 and cpu")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*was never run: the test must call check.run()"])


def test_markers_select_and_are_known(stranger: Any) -> None:
    result = stranger.run("--strict-markers", "-m", "parity and not parity_gpu", "--collect-only", "-q")
    assert result.ret == 0
    assert "-cpu-" in result.stdout.str()
    assert "-cuda-" not in result.stdout.str()
    result = stranger.run("--strict-markers", "-m", "parity_gpu", "--collect-only", "-q")
    assert "-cuda-" in result.stdout.str()
    assert "-cpu-" not in result.stdout.str()
    stranger.write("conftest.py", "")
    slow = stranger.run("--strict-markers", "-m", "parity_slow", "--collect-only", "-q").stdout.str()
    assert "diffract.oracle[star128-" in slow
    assert "diffract.oracle[n16.g2.b5-" not in slow


def test_nothing_collected_is_red(stranger: Any) -> None:
    (stranger.path / "test_parity.py").unlink()
    stranger.write("test_other.py", "def test_other(): pass\n")
    assert stranger.run("-m", "parity").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_dataset_over_the_limit_is_refused_before_it_is_read(pytester: pytest.Pytester) -> None:
    import numpy as np

    from parity_suite.contracts import load_contract
    from parity_suite.contracts.sample_file import write_sample

    write_sample(pytester.path / "scan.npz", load_contract("raw"), 1)
    assert np.load(pytester.path / "scan.npz")
    pytester.makepyfile("def test_nothing(): pass")
    run = pytester.runpytest_inprocess("--parity-dataset", "scan.npz", "--parity-limit", "10k")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*scan.npz*", "*file: size: found * bytes declared, wanted at most 10240"])
    run = pytester.runpytest_inprocess("--parity-limit", "plenty")
    run.stderr.fnmatch_lines(["*parity_limit: 'plenty' is no size, such as 64M or 10G"])
