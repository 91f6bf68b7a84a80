"""The end of a run: the verdict on the terminal, the record on disk, what must have run, and the list of ids."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import numpy as np
import pytest


def test_the_verdict_names_the_worst_error_what_ran_and_the_machine(stranger: Any) -> None:
    result = stranger.run("-m", "parity")
    result.stdout.fnmatch_lines(
        [
            "subject  stage  * ok  red  not run  of budget  worst",
            "tiny     illuminate  *",
            "tiny     diffract    *",
            "tiny: nothing ran of *stats",
            "environment: python *, numpy *, cpu *, simd *, cores *",
            "not run *: no CUDA device here",
            "not run *: not provided: Tiny does not define *stats*",
            "not run *: not provided: Tiny runs diffract in one mode only",
            "28 checks: 8 ran, 8 ok, 20 not run",
        ]
    )
    share = float(re.search(r"^tiny +diffract +\d+ +\d+ +(\S+)", result.stdout.str(), re.M)[1])  # type: ignore[index]
    assert 0 < share < 1


def test_a_broken_backend_is_named_with_stage_place_and_evidence(stranger: Any) -> None:
    result = stranger.run("-m", "parity", "--parity-backend", "tiny:Unshifted", "-k", "cpu-float32", "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "semantic: amplitude (modes) is off by *, * times its budget *",
            "  worst at item *, row *, column *, channel *: got *, wanted *",
            "  looks like: not shifted to the middle (leaving * budgets)",
            "  check: diffract.oracle[[]n16.g2.b5-unshifted-cpu-float32[]]",
            "  semantic: another meaning, not round-off; in float64 the error is *",
            "unshifted  diffract * semantic: diffract.oracle[[]n16.g2.b5-unshifted-cpu-float32[]]",
            "* checks: * ran, * ok, 1 semantic, * not run",
        ]
    )
    result.stdout.no_fnmatch_line("unshifted  illuminate *semantic*")


#: The modulus of what it returns is beyond float64, so that its error is infinite.
INFINITE = """
class Infinite(Tiny):
    def illuminate(self, patches, probe):
        return np.full_like(super().illuminate(patches, probe), 1.5e308 * (1 + 1j))
"""


def _strict(text: str) -> Any:
    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_record_is_json_and_complete(stranger: Any) -> None:
    with (stranger.path / "tiny.py").open("a") as file:
        file.write(INFINITE)
    elsewhere = f"--basetemp={stranger.path / 'temporary'}"
    stranger.run(elsewhere, "-m", "parity", "--parity-backend", "tiny:Infinite", "--parity-report", "deep/out")
    record = _strict((stranger.path / "deep/out/record.json").read_text("utf-8"))
    assert record["format"] == 5
    assert datetime.fromisoformat(record["time"]).tzinfo is not None
    assert {"commit", "environment", "inputs", "denominator", "findings"} < set(record)
    assert record["environment"]["machine"]["numpy"]
    run = record["environment"]["run"]
    # Of an absolute path the last part alone.
    wanted = "pytest --basetemp=temporary -m parity --parity-backend tiny:Infinite --parity-report deep/out"
    assert run["command"] == wanted
    assert {name: run[name] for name in run if name != "command"} == {
        "seed": 0,
        "hypothesis": "parity-dev",
        "threads": "1",
    }
    assert record["inputs"]["recipe leaves64"]
    assert len(record["findings"]) == 28
    red = [finding for finding in record["findings"] if finding["verdict"] not in ("ok", "not-run")]
    assert red
    assert all(finding["reason"] for finding in red)
    assert "inf" in [measured["norm"] for finding in red for measured in finding["measured"]]


def test_the_record_names_the_commit_and_whether_the_tree_is_clean(stranger: Any) -> None:
    run = stranger.pytester.run
    stranger.write(".gitignore", "out\nstdout\nstderr\nrunpytest-*\n__pycache__\n.pytest_cache\n")
    run("git", "init", "-q")
    run("git", "add", ".")
    run("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")
    head = run("git", "rev-parse", "HEAD").stdout.str().strip()
    assert stranger.record("-k", "energy and cpu")["commit"] == head
    stranger.write("tiny.py", (stranger.path / "tiny.py").read_text("utf-8") + "\n# changed\n")
    assert stranger.record("-k", "energy and cpu")["commit"] == f"{head}+changes"


def test_what_is_required_must_have_run(stranger: Any) -> None:
    kept = stranger.run("-k", "energy", "--parity-require", "tiny", "--parity-require", "cpu")
    assert kept.ret == 0
    broken = stranger.run("-k", "energy", "--parity-require", "torch", "--parity-require", "cuda")
    assert broken.ret == pytest.ExitCode.TESTS_FAILED
    for name in ("torch", "cuda"):
        broken.stdout.fnmatch_lines([f"RED: --parity-require {name}: nothing of that name ran"])
    stranger.write("test_parity.py", "def test_other(): pass\n")
    without = stranger.run("--parity-require", "tiny")
    assert without.ret == pytest.ExitCode.TESTS_FAILED
    without.stdout.fnmatch_lines(["RED: --parity-require tiny: nothing of that name ran"])


@pytest.mark.parametrize("name", ["scan.gold", "scan-2.gold"])
def test_a_dataset_is_required_by_its_name_whatever_dots_are_in_it(stranger: Any, name: str) -> None:
    bits = np.random.default_rng(1)
    fields = {
        "xcoords": bits.uniform(0, 99, 5),
        "ycoords": bits.uniform(0, 89, 5),
        "diff3d": np.sqrt(bits.poisson(9.0, (5, 64, 64))).astype(np.float32),
        "probeGuess": bits.normal(size=(64, 64)) + 1j * bits.normal(size=(64, 64)),
        "objectGuess": np.exp(1j * bits.normal(size=(90, 101))),
        "domain": np.array("counts"),
    }
    np.savez(stranger.path / f"{name}.npz", **fields)
    # A hyphen stands between the parts of an id, and in none of them.
    known = name.replace("-", "_")
    few = (stranger.path / "conftest.py").read_text("utf-8")
    stranger.write("conftest.py", few.replace('"n16.g2.b5"', f'"{known}.g1"'))
    given = ("-k", f"oracle and {known} and float32", "--parity-dataset", f"{name}.npz", "--parity-require")
    assert stranger.run(*given, known).ret == 0
    broken = stranger.run(*given, known.partition(".")[0])
    assert broken.ret == pytest.ExitCode.TESTS_FAILED
    broken.stdout.fnmatch_lines([f"RED: --parity-require {known.partition('.')[0]}: nothing of that name ran"])


GONE = "diffract.energy[gone-tiny-cpu-float32]"


def test_lost_checks_are_red_and_named_whatever_part_is_run(stranger: Any) -> None:
    stranger.write("snapshots/check-ids.txt", f"diffract.energy[n16.g2.b5-tiny-cpu-float32]\n{GONE}\n")
    for arguments in ((), ("-k", "energy"), ("-n", "2"), ("test_parity.py",)):
        result = stranger.run(*arguments)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(
            [
                "RED: 1 check of check-ids.txt is lost; --update-snapshots --reason TEXT accepts that",
                f"RED: lost of diffract: 1 gone: {GONE.replace('[', '[[]')}",
            ]
        )
    listing = stranger.run("--collect-only", "-q")
    assert listing.ret == 0


def test_a_part_of_a_run_loses_nothing(stranger: Any) -> None:
    kept = "diffract.energy[n16.g2.b5-tiny-cpu-float32]"
    stranger.write("snapshots/check-ids.txt", f"{kept}\ndiffract.energy[n16.g2.b5-other-cpu-float32]\n")
    stranger.parity_test("other=tiny:OnCpu", name="test_second.py")
    stranger.write("test_unit.py", "def test_unit(): pass\n")
    parts = [
        ("-k", "energy and tiny"),
        (f"test_parity.py::test_parity[{kept}]",),
        ("test_parity.py", "-k", "energy"),
        ("test_unit.py",),
        ("--parity-backend", "tiny:Tiny", "-k", "energy"),
    ]
    for arguments in parts:
        result = stranger.run(*arguments)
        assert result.ret == 0, arguments
        result.stdout.no_fnmatch_line("RED:*")


def test_a_parity_test_that_is_gone_altogether_is_red(stranger: Any) -> None:
    stranger.write("snapshots/check-ids.txt", f"{GONE}\n")
    stranger.write("test_parity.py", "def test_unit(): pass\n")
    result = stranger.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: 1 check of check-ids.txt is lost; *"])
