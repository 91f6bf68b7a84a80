"""``--update-snapshots``: exactly what changed, nothing within its budget, and nothing of anyone else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from thinning import thinned

from parity_suite.core.id_list import IdList, read_list

#: Two anchors in a folder of their own, and an oracle whose diffraction is scaled by what ``factor.txt`` says.
ANCHORS = """
from pathlib import Path
import pytest
import parity_suite.engine.checks as checks
from parity_suite.plugin import bound_check
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pack import PACK
from parity_suite.snapshots import anchors
from parity_suite.ptychography.sizes import SMALL

HERE = Path(__file__).parent
patch = pytest.MonkeyPatch()
patch.setattr(anchors, "anchor_folder", lambda: HERE / "anchors")
patch.setattr(bound_check, "in_checkout", lambda: not (HERE / "installed").exists())

def few(specs, files=(), pairs=()):
    return tuple(
        checks.Check(stage, "snapshot", SMALL[1], (spec,), "cpu", "float64")
        for spec in (checks.oracle_spec(PACK), *specs) for stage in ("illuminate", "diffract")
    )

checks.enumerate_checks = few
plain = Oracle.diffract
FACTOR = float((HERE / "factor.txt").read_text())
patch.setattr(Oracle, "diffract", lambda self, psi: plain(self, psi) * FACTOR)

def pytest_unconfigure():
    patch.undo()
"""


@pytest.fixture
def owner(stranger: Any) -> Any:
    stranger.write("conftest.py", ANCHORS)
    stranger.write("factor.txt", "1")
    (stranger.path / "anchors").mkdir()
    return stranger


@pytest.fixture
def anchors(owner: Any) -> dict[str, str]:
    """The text of both anchors, freshly made."""
    result = owner.run("--update-snapshots")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["snapshots: * numbers written", "  new file diffract.snapshot.n16.g2.b5: * numbers"])
    result.stdout.no_fnmatch_line("*warnings summary*")
    return _texts(owner)


def _texts(owner: Any) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(Path(owner.path / "anchors").iterdir())}


def _listed(owner: Any) -> IdList:
    stored = read_list(owner.path / "snapshots/check-ids.txt")
    assert stored
    return stored


def _numbers(text: str) -> dict[str, float]:
    (output,) = json.loads(text)["outputs"].values()
    numbers: dict[str, float] = output["numbers"]
    return numbers


DIFFRACT, ILLUMINATE = "diffract.snapshot.n16.g2.b5.json", "illuminate.snapshot.n16.g2.b5.json"


def test_nothing_changes_after_a_green_run(owner: Any, anchors: dict[str, str]) -> None:
    assert set(anchors) == {DIFFRACT, ILLUMINATE}
    assert owner.run().ret == 0
    result = owner.run("--update-snapshots")
    result.stdout.fnmatch_lines(["snapshots: every number is within its budget, none was written"])
    assert _texts(owner) == anchors


def test_an_anchor_that_no_check_asked_for_stays_whatever_syrupy_cleans(owner: Any, anchors: dict[str, str]) -> None:
    owner.write("anchors/scale.snapshot.elsewhere.json", anchors[DIFFRACT])
    result = owner.run("--update-snapshots", "--snapshot-update")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*unused*")
    assert set(_texts(owner)) == {*anchors, "scale.snapshot.elsewhere.json"}


def test_a_change_within_budget_is_not_written_to_the_last_digit(owner: Any, anchors: dict[str, str]) -> None:
    from parity_suite.compare.budgets import budget_for

    allowed = budget_for("diffract", "snapshot", "float64").allowed(16**2)
    owner.write("factor.txt", repr(1 + allowed / 2))
    assert owner.run("--update-snapshots").ret == 0
    assert _texts(owner) == anchors
    owner.write("factor.txt", repr(1 + 3 * allowed))
    assert owner.run().ret == pytest.ExitCode.TESTS_FAILED


def test_a_deliberate_change_rewrites_exactly_its_numbers(owner: Any, anchors: dict[str, str]) -> None:
    owner.write("factor.txt", "1.001")
    assert owner.run().ret == pytest.ExitCode.TESTS_FAILED
    assert _texts(owner) == anchors, "a run without the option writes nothing"
    result = owner.run("--update-snapshots", "-k", "oracle or tiny")
    result.stdout.fnmatch_lines(
        ["snapshots: 2 numbers written", "* old * new * budgets  number", "*diffract.snapshot.n16.g2.b5: * peak"]
    )
    after = _texts(owner)
    assert after[ILLUMINATE] == anchors[ILLUMINATE]
    was, now = _numbers(anchors[DIFFRACT]), _numbers(after[DIFFRACT])
    assert {name for name in was if was[name] != now[name]} == {"rms", "peak"}
    assert now["rms"] == pytest.approx(1.001 * was["rms"], rel=1e-9)
    assert owner.run("-k", "oracle").ret == 0
    assert owner.run("-k", "diffract and tiny").ret == pytest.ExitCode.TESTS_FAILED


def test_an_installed_package_never_writes_anchors(owner: Any, anchors: dict[str, str]) -> None:
    owner.write("installed", "")
    owner.write("factor.txt", "1.001")
    owner.run("--update-snapshots")
    assert _texts(owner) == anchors


def test_it_is_refused_under_ci_and_on_a_part(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    result = owner.run("--update-snapshots", "-k", "diffract")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --update-snapshots is refused: 2 parity checks are deselected"])
    result = owner.run("--update-snapshots", "-k", "diffract", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["--update-snapshots is refused: 2 parity checks are deselected"])
    monkeypatch.setenv("CI", "true")
    result = owner.run("--update-snapshots")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --update-snapshots is refused under CI*"])
    assert not _texts(owner)
    assert not (owner.path / "snapshots").exists()


def test_workers_write_the_same(owner: Any, anchors: dict[str, str]) -> None:
    for path in (owner.path / "anchors").iterdir():
        path.unlink()
    assert owner.run("--update-snapshots", "-n", "2").ret == 0
    assert _texts(owner) == anchors


def test_the_list_of_ids_is_written_and_accepts_what_is_gone(owner: Any) -> None:
    gone, foreign = "diffract.energy[gone-tiny-cpu-float32]", "diffract.energy[n16-foreign-cpu-float32]"
    owner.write("snapshots/check-ids.txt", f"{gone}\n{foreign}\n")
    accepting = ("--update-snapshots", "--reason", "another  size of patches")
    result = owner.run("--update-snapshots", "test_parity.py")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert gone in _listed(owner).ids, "a loss is not accepted without a reason"
    result = owner.run(*accepting, "test_parity.py")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["snapshots: accepted as lost, since another size of patches", "  lost of diffract: 1 gone: diffract.energy*"]
    )
    (accepted,) = _listed(owner).accepted
    assert accepted.endswith("since another size of patches: diffract: 1 gone: diffract.energy[gone-tiny-cpu-float32]")
    listed = _listed(owner).ids
    assert foreign in listed, "a run of one file answers for its own backends"
    assert gone not in listed
    assert "diffract.snapshot[n16.g2.b5-tiny-cpu-float64]" in _listed(owner).ran
    assert owner.run(*accepting).ret == 0
    assert foreign not in _listed(owner).ids
    assert len(_listed(owner).accepted) == 2
    result = owner.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["snapshots: accepted as lost *, since another size of patches: *, and 1 times *"])
    assert owner.run("--update-snapshots").ret == 0
    assert len(_listed(owner).accepted) == 2, "they stay, and where nothing is lost there is no other one"


def test_snapshots_of_others_and_ours_are_written_each_by_its_own_option(owner: Any, anchors: dict[str, str]) -> None:
    own = "def test_own(snapshot):\n    assert {value} == snapshot\n"
    owner.write("test_own.py", own.format(value=1))
    result = owner.run("--snapshot-update")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["*1 snapshot generated*", "snapshots: --snapshot-update leaves those of parity alone*"]
    )
    result.stdout.no_fnmatch_line("*unused*")
    stored = (owner.path / "__snapshots__/test_own.ambr").read_text("utf-8")
    owner.write("test_own.py", own.format(value=22))
    owner.write("factor.txt", "1.001")
    assert owner.run("--snapshot-update").ret == pytest.ExitCode.TESTS_FAILED
    assert _texts(owner) == anchors
    (owner.path / "__snapshots__/test_own.ambr").write_text(stored, "utf-8")
    result = owner.run("--update-snapshots")
    assert result.ret == pytest.ExitCode.TESTS_FAILED, "the other snapshot is wrong, and stays so"
    assert (owner.path / "__snapshots__/test_own.ambr").read_text("utf-8") == stored
    assert _texts(owner)[DIFFRACT] != anchors[DIFFRACT]
    result = owner.run("--snapshot-update", "-k", "illuminate")
    result.stdout.no_fnmatch_line("*unused*")
    assert set(_texts(owner)) == set(anchors)


@pytest.mark.parametrize(
    "arguments", thinned([((),), (("-n", "2"),), (("test_parity.py",),), (("test_parity.py", "-n", "2"),)], 4)
)
def test_an_update_that_ended_leaves_no_journal(owner: Any, arguments: tuple[str, ...]) -> None:
    assert owner.run("--update-snapshots", *arguments).ret == 0
    assert not list(owner.path.rglob(".parity-update"))
    assert owner.run("-m", "parity").ret == 0
