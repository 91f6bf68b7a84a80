"""What fails because of what the process was asked before is not said to be mended by a replay, which is a new one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import replayed_backends
from failed import check_of, spec, written

from parity_suite.cases.datasets import Datasets
from parity_suite.cli.main import main
from parity_suite.replay.folder import Kept
from parity_suite.replay.rerun import ReplayOverrides, rerun


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    replayed_backends.Worn.calls = 0
    replayed_backends.Remembering.answers.clear()


def replayed_elsewhere(kept: Kept) -> tuple[int, str]:
    """Exit code and text of the command in a process of its own."""
    code = "import sys; from parity_suite.cli.main import main; sys.exit(main(sys.argv[1:]))"
    here = Path(__file__).parent
    command = [sys.executable, "-c", code, "replay", str(kept.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here)
    return done.returncode, done.stdout


def test_a_failure_that_a_new_process_does_not_show(tmp_path: Path) -> None:
    replayed_backends.Worn.calls = 40
    finding, kept = written(check_of("worn", "diffract", "oracle", "n15.g1.b3"), tmp_path)
    assert finding.verdict == "semantic"
    assert (kept.facts["alone"], kept.calls) == ("no", ())
    code, said = replayed_elsewhere(kept)
    assert code == 2
    assert "it held there when it was recorded, too, so that this does not say whether the failure is gone" in said
    assert "passes now" not in said


def test_calls_that_show_nothing_by_themselves_give_way_to_their_law(tmp_path: Path) -> None:
    """Each call alone fails in the process that asked it before, and in no other; the law asks them all."""
    _, kept = written(check_of("remembering", "diffract", "statelessness", "n15.g1.b3"), tmp_path)
    assert (kept.facts["alone"], kept.calls) == ("yes", ())
    code, said = replayed_elsewhere(kept)
    assert code == 1
    assert "semantic: " in said


class Louder(replayed_backends.Plain):
    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi) * psi.real.dtype.type(2)


def test_a_backend_that_another_process_does_not_have_holds_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(replayed_backends._CLASSES, "louder", Louder)
    _, kept = written(check_of("louder", "diffract", "oracle", "n15.g1.b3"), tmp_path)
    assert kept.facts["alone"] == "unknown"
    assert kept.calls, "which show it here"


def test_what_was_not_tried_is_not_said_to_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parity_suite.replay.in_forked_process._TIMEOUT", 0.0)
    replayed_backends.Worn.calls = 40
    _, kept = written(check_of("worn", "diffract", "oracle", "n15.g1.b3"), tmp_path)
    assert kept.facts["alone"] == "unknown"
    replayed_backends.Worn.calls = 0
    done = rerun(kept, ReplayOverrides(), Datasets())
    assert done.finding.passed
    assert done.undecided
    assert "that was not seen to fail there when it was recorded" in done.since[0]
    assert main(["replay", str(kept.path)]) == 2
    other = rerun(kept, ReplayOverrides(backends=(spec("other"),)), Datasets())
    assert not other.undecided, "of another backend it is an answer"
