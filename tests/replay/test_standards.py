"""A replay judges by what the run judged by, and runs nothing that lies in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from failed import check_of, keeper_in, written
from test_folder import rewrite

from parity_suite.cli.main import main
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.sizes import LESSONS
from parity_suite.replay.folder import digests
from parity_suite.replay.keeper import folder_name
from parity_suite.snapshots.baselines import Baselines

TORCH = BackendSpec("torch", "parity_suite.ptychography.torch", "Torch")
LESSON = next(case for case in LESSONS if case.size("C") == 4)


def failed(context: RunContext, check: Check, tmp_path: Path) -> Path:
    """The folder of a law of training, which must fail."""
    finding = Runner(context).run(check)
    assert finding.red, finding.reason
    keeper_in(tmp_path, context).settle(check, finding)
    return tmp_path / "failures" / folder_name(check.id)


def test_a_threshold_of_the_user_is_that_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch").set_num_threads(1)
    context = RunContext()
    context.part(Thresholds).override({"peak_share": {"maximum": 1e-4}})
    path = failed(context, Check("train", "guard", LESSON, (TORCH,), "cpu", "float32"), tmp_path)
    assert main(["replay", str(path)]) == 1
    assert "peak_share" in capsys.readouterr().out
    rewrite(path / "replay.json", lambda raw: raw.update(thresholds={"peak_chare": {"maximum": 1}}))
    assert main(["replay", str(path)]) == 2
    assert "peak_chare is neither" in capsys.readouterr().err


@pytest.mark.long
def test_stored_numbers_are_those_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch").set_num_threads(1)
    check = Check("train", "baseline", LESSON, (TORCH,), "cpu", "float32")
    stored = json.loads(Baselines().stored(TORCH, "train", LESSON))
    stored["outputs"]["losses"]["numbers"]["peak"] = 3.0
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / f"train.{LESSON.name}.torch.json").write_text(json.dumps(stored), "utf-8")
    context = RunContext()
    context.part(Baselines).folder = tmp_path
    path = failed(context, check, tmp_path)
    assert main(["replay", str(path)]) == 1
    assert "losses peak, stored 3.0" in capsys.readouterr().out
    assert Runner(RunContext()).run(check).passed, "it holds for that run alone"


def answered(folder: Path, by: float) -> None:
    """A folder whose backend is mended since, and with another answer of the oracle at the time."""
    with np.load(folder / "expected.npz") as read:
        expected = {"images": read["images"] * (1 + by)}
    np.savez(folder / "expected.npz", **expected)

    def mended(raw: dict[str, Any]) -> None:
        raw["digests"].update(digests({"expected": expected}))
        raw["backends"] = ["plain__offset_sign=replayed_backends:plain"]

    rewrite(folder / "replay.json", mended)


def test_where_the_oracle_changed_a_pass_proves_nothing(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered(folder, 1e-3)
    assert main(["replay", str(folder)]) == 2
    out = capsys.readouterr().out
    assert "\n  holds by what the oracle says now; it said something else when this was recorded, so that this" in out
    assert "passes now" not in out
    assert out.endswith("\n  the oracle's answer is not what was recorded in expected.npz, to the last bit\n")
    assert main(["replay", str(folder), "--backend", "replayed_backends:plain"]) == 0, (
        "of another backend it is an answer"
    )


def test_where_the_oracle_has_other_outputs_a_pass_proves_nothing(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered(folder, 0.0)
    with np.load(folder / "expected.npz") as read:
        texts = np.full(read["images"].shape, "none")
    np.savez(folder / "expected.npz", images=texts)
    now = digests({"expected": {"images": texts}})
    rewrite(folder / "replay.json", lambda raw: raw["digests"].update(now))
    assert main(["replay", str(folder)]) == 2
    assert "it said something else when this was recorded" in capsys.readouterr().out


def test_round_off_of_the_oracle_is_no_change_of_it(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another machine adds in another order."""
    answered(folder, 2**-51)
    assert main(["replay", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "\n  passes now; recorded was semantic: images" in out
    assert out.endswith("\n  the oracle's answer is not what was recorded in expected.npz, to the last bit\n")


def test_a_backend_that_lies_in_the_folder_is_not_imported(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = tmp_path / "hostile"
    folder.rename(hostile)
    marker = tmp_path / "executed"
    for name in ("replay.py", "__init__.py"):
        (hostile / name).write_text(f"open({str(marker)!r}, 'w')\n", "utf-8")
    for module in ("hostile.replay", "hostile"):
        rewrite(hostile / "replay.json", lambda raw, module=module: raw.update(backends=[f"plain={module}:Mine"]))
        assert main(["replay", "hostile"]) == 2
        assert f"it names {module}, which lies in it" in capsys.readouterr().err
    assert not marker.exists()
    monkeypatch.syspath_prepend(str(hostile))
    assert main(["replay", "hostile", "--backend", "replayed_backends:plain"]) == 2
    assert "Python looks for modules in it" in capsys.readouterr().err


def test_a_folder_that_is_the_current_one_is_no_place_to_import_from(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = folder.resolve()
    (here / "mine.py").write_text("raise SystemExit('executed')\n", "utf-8")
    monkeypatch.chdir(here)
    assert main(["replay", ".", "--backend", "mine:Mine"]) == 1
    assert str(here) not in sys.path
    assert capsys.readouterr().out.startswith("parity replay: nothing is imported from this folder; ")


def test_a_law_on_measured_data_asks_for_its_file(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def measured(raw: dict[str, object]) -> None:
        case = raw["case"]
        assert isinstance(case, dict)
        case.update(name="no_such_scan.g1", kind="file", source="no_such_scan")
        raw["calls"] = []

    rewrite(folder / "replay.json", measured)
    assert main(["replay", str(folder)]) == 2
    assert "--dataset: the law was run on no_such_scan, whose file must be given" in capsys.readouterr().err


def test_the_script_of_a_law_finds_a_backend_that_is_not_installed(tmp_path: Path) -> None:
    """From within the folder, with nothing but the suite on Python's path."""
    project = Path(__file__).parent
    _, kept = written(check_of("plain__seed_ignored", "observe", "determinism", "n16.g2.b5"), tmp_path)
    text = (kept.path / "replay.py").read_text("utf-8")
    assert f"sys.path[:1] = [str(here / '{os.path.relpath(project, kept.path)}')]" in text
    environment = {**os.environ, "PYTHONPATH": str(project.parents[1])}
    done = subprocess.run(
        [sys.executable, "replay.py"], cwd=kept.path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "observe.determinism on n16.g2.b5\nsemantic: " in done.stdout
