"""What a run writes: whole, once, where it belongs; and what it says where that cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("failures")

BASELINES = """
import os, signal
from pathlib import Path
import numpy as np
import pytest

FACTOR = float(Path("factor.txt").read_text())

@pytest.mark.parametrize("case", ["a", "b"])
def test_b(case, parity_baseline):
    if case == "b" and Path("die").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    values = np.arange(12.0).reshape(3, 4) * FACTOR
    parity_baseline("held", values, backend="mine", case=case, budget=1e-6)
"""

OTHER = """
import numpy as np

def test_other(parity_baseline):
    parity_baseline("{stage}", np.ones((3, 4)) * {value}, backend="mine", case="a", budget=1e-6)
"""

#: From the end of the tests on, the disk is full.
FULL = """
import errno, os
from pathlib import Path

def full(*arguments, **keywords):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

def pytest_sessionfinish():
    os.fsync = Path.write_text = full
"""


@pytest.fixture
def user(stranger: Any) -> Any:
    """A project of two baselines and no other parity test."""
    (stranger.path / "test_parity.py").unlink()
    (stranger.path / "conftest.py").unlink()
    stranger.write("test_held.py", BASELINES)
    stranger.write("factor.txt", "1")
    return stranger


def baselines(user: Any) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (user.path / "snapshots/baselines").glob("*")}


def test_an_update_that_was_cut_short_says_so_until_it_is_repeated(user: Any) -> None:
    user.run("--update-snapshots")
    before = baselines(user)
    user.write("factor.txt", "2")
    user.write("die", "")
    user.apart = True
    user.run("--update-snapshots")
    user.apart = False
    after = baselines(user)
    assert [name for name in before if before[name] != after[name]] == ["held.a.mine.json"]
    (user.path / "die").unlink()
    told = "RED: an update of the snapshots did not come to its end; repeat --update-snapshots"
    user.run("-k", "a]").stdout.fnmatch_lines([told])
    assert user.run("--update-snapshots").ret == 0
    assert [name for name in before if before[name] == baselines(user)[name]] == []
    result = user.run()
    assert result.ret == 0
    result.stdout.no_fnmatch_line(told)


def test_an_update_is_refused_where_a_baseline_is_left_out(user: Any) -> None:
    result = user.run("--update-snapshots", "-k", "test_b[a]")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --update-snapshots is refused: 1 parity checks are deselected"])
    assert not (user.path / "snapshots").exists()


def test_two_tests_that_write_one_baseline_with_other_values_are_refused(user: Any) -> None:
    user.write("test_other.py", OTHER.format(stage="held", value="5"))
    result = user.run("--update-snapshots")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["two tests write held.a.mine.json with other values: give each a name of its own"])
    user.write("test_other.py", OTHER.format(stage="held", value="np.arange(12.0).reshape(3, 4)"))
    assert user.run("--update-snapshots").ret == 0, "the same values are the same baseline"


def test_a_baseline_that_no_test_holds_is_told_and_taken_away_by_an_update_of_the_whole(user: Any) -> None:
    user.write("test_other.py", OTHER.format(stage="gone", value="1"))
    assert user.run("--update-snapshots").ret == 0
    (user.path / "test_other.py").unlink()
    assert user.run("test_held.py").ret == 0, "a part knows nothing of the rest"
    result = user.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: 1 baseline is held by no test; --update-snapshots takes them away: gone.a.mine"])
    assert user.run("--update-snapshots", "test_held.py").ret == 0
    assert "gone.a.mine.json" in baselines(user)
    assert user.run("--update-snapshots").ret == pytest.ExitCode.TESTS_FAILED
    assert "gone.a.mine.json" in baselines(user), "not before it is accepted that its test is lost"
    result = user.run("--update-snapshots", "--reason", "nobody asks for it")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["snapshots: removed the baseline gone.a.mine, which no test holds"])
    assert set(baselines(user)) == {"held.a.mine.json", "held.b.mine.json"}
    assert user.run().ret == 0


NEVER = """
import pytest

@pytest.mark.skip(reason="another machine")
def test_never(parity_baseline):
    pass
"""


def test_a_test_that_is_skipped_and_held_nothing_before_silences_nothing(user: Any) -> None:
    user.write("test_other.py", OTHER.format(stage="gone", value="1"))
    user.write("test_never.py", NEVER)
    assert user.run("--update-snapshots").ret == 0
    assert user.run().ret == 0
    (user.path / "test_other.py").unlink()
    result = user.run()
    result.stdout.fnmatch_lines(["RED: 1 baseline is held by no test; --update-snapshots takes them away: gone.a.mine"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_an_update_of_one_of_the_cases_of_a_test_is_refused(user: Any, workers: Any) -> None:
    result = user.run("--update-snapshots", "test_held.py::test_b[a]", *workers)
    assert result.ret in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.TESTS_FAILED)
    said = "--update-snapshots is refused: test_held.py::test_b[[]a] is a part of its test"
    (result.stdout if workers else result.stderr).fnmatch_lines([f"*{said}"])
    assert not baselines(user)
    assert user.run("--update-snapshots", "test_held.py::test_b", *workers).ret == 0


@pytest.mark.parametrize("link", ["snapshots", "snapshots/baselines", "snapshots/baselines/held.a.mine.json"])
def test_no_baseline_is_written_through_a_link(user: Any, link: str) -> None:
    outside = user.path.parent / f"{user.path.name}-outside"
    (user.path / link).parent.mkdir(parents=True, exist_ok=True)
    if not link.endswith(".json"):
        outside.mkdir()
    (user.path / link).symlink_to(outside)
    result = user.run("--update-snapshots")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: could not write *symbolic link, which nothing is written through*"])
    assert not outside.exists() or not list(outside.iterdir())


@pytest.mark.parametrize(
    ("link", "arguments"),
    [
        ("snapshots/check-ids.txt", ("--update-snapshots",)),
        ("out/record.json", ("--parity-report", "out")),
        ("parity-failures", ()),
        ("parity-failures/diffract.oracle-n16.g2.b5-unshifted-cpu-float32", ()),
        ("parity-failures/.gitignore", ()),
    ],
)
def test_nothing_else_of_a_run_is_written_through_a_link(stranger: Any, link: str, arguments: tuple[str, ...]) -> None:
    if not arguments:
        stranger.parity_test("tiny:Unshifted")
        arguments = ("-k", "oracle and float32")
    outside = stranger.path.parent / f"{stranger.path.name}-outside"
    (stranger.path / link).parent.mkdir(parents=True, exist_ok=True)
    (stranger.path / link).symlink_to(outside)
    if not Path(link).suffix or "float32" in link:
        outside.mkdir()
    result = stranger.run(*arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*could not write *symbolic link, which nothing is written through*"])
    assert not outside.exists() or not list(outside.iterdir())


def test_a_folder_that_was_typed_may_be_reached_by_a_link(stranger: Any) -> None:
    (stranger.path / "elsewhere").mkdir()
    (stranger.path / "out").symlink_to("elsewhere")
    assert stranger.run("--parity-report", "out").ret == 0
    assert (stranger.path / "elsewhere" / "record.json").is_file()


def test_a_full_disk_is_said_once_and_is_no_error_of_right_checks(stranger: Any) -> None:
    stranger.write("conftest.py", (stranger.path / "conftest.py").read_text("utf-8") + FULL)
    stranger.apart = True
    result = stranger.run("--parity-report", "out", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes().keys() <= {"passed", "skipped"}
    assert result.stdout.str().count("could not write") == 1
    result.stdout.fnmatch_lines(["RED: could not write *out/record.json: No space left on device"])


#: Makes a folder one that nobody can write to, root included, for the command that follows.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"'


def closed(checkout: Path) -> list[str]:
    """What stands before a command that is to find the checkout read-only."""
    if os.getuid():
        checkout.chmod(0o555)
        return []
    prefix = ["unshare", "-m", "sh", "-c", READ_ONLY, str(checkout)]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root may write everywhere, and mounts nothing here")
    return prefix


def test_a_read_only_checkout_is_tested_all_the_same(
    stranger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.parity_test("tiny:Unshifted")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    command = [sys.executable, "-m", "pytest", "-k", "oracle and float32"]
    done = subprocess.run(
        [*closed(stranger.path), *command], cwd=stranger.path, capture_output=True, text=True, check=False
    )
    stranger.path.chmod(0o755)
    assert f"parity: {stranger.path} cannot be written to: failures and " in done.stdout
    assert "replay: 1 of 1 failures are in " in done.stdout
    assert len(list(tmp_path.rglob("replay.json"))) == 1
    assert not (stranger.path / "parity-failures").exists()
