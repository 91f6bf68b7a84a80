"""A folder is read as a stranger's: what was altered, pickled or left out is refused; its script runs by itself."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from failed import check_of, script, written

from parity_suite.cli.main import main
from parity_suite.contracts import check_file
from parity_suite.contracts.limits import Limits
from parity_suite.replay import folder as folder_module
from parity_suite.replay.folder import digest_of_document
from parity_suite.replay.in_forked_process import fails_in_forked_process

ROOT = Path(__file__).resolve().parents[2]


def alter(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """By hand, without a thought of digests."""
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """As a stranger would, who makes the digest too."""

    def signed(document: dict[str, Any]) -> None:
        change(document)
        document["digests"]["replay.json"] = digest_of_document(document)

    alter(path, signed)


def test_the_command_says_what_is_still_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{folder}: translate on 4 numbers (of 681 at first), held to the oracle\nsemantic: images")
    assert out.endswith("  same as recorded, to the last bit\n")
    assert main(["replay", str(folder), "--backend", "replayed_backends:plain"]) == 0
    assert f"{folder}: translate on 4 numbers" in (out := capsys.readouterr().out)
    assert "\nok: translate.oracle[n15.g1.b3-plain-cpu-float32]\n  holds on plain-cpu-float32; recorded of " in out
    assert main(["replay", str(folder), "--backend", "plain__offset_sign=replayed_backends:plain"]) == 0
    assert "\n  passes now; recorded was semantic: images" in capsys.readouterr().out


def test_one_folder_that_fails_makes_several_fail(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder), str(folder.parent / "missing")]) == 2
    said = capsys.readouterr()
    assert "same as recorded" in said.out
    assert "missing: no replay.json" in said.err


def test_the_folder_of_a_run_is_each_of_its_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, whatever else lies there."""
    law = check_of("plain__seed_ignored", "observe", "determinism", "n16.g2.b5")
    _, other = written(law, Path.cwd())
    (folder.parent / "notes").mkdir()
    parent = str(folder.parent)
    assert main(["replay", parent]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{other.path.relative_to(Path.cwd())}: semantic: ")
    assert second.startswith(f"{folder}: semantic: images (shrunk) is off by ")
    assert main(["replay", parent, "--backend", "replayed_backends:plain"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{folder}: ok: translate.oracle[n15.g1.b3-plain-cpu-float32]"
    alter(folder / "replay.json", lambda raw: raw.update(stage="diffract"))
    assert main(["replay", parent]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"parity replay: {folder}: ")
    assert "semantic: " in said.out


def test_a_folder_of_no_failures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path)]) == 2
    assert f"{tmp_path}: no replay.json" in capsys.readouterr().err


def test_no_code_comes_out_of_an_archive(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    marker = tmp_path / "executed"

    class Hostile:
        def __reduce__(self) -> Any:
            return (marker.write_text, ("",))

    array = np.empty(1, object)
    array[0] = Hostile()
    np.savez(folder / "inputs.npz", images=array, offsets=np.zeros((1, 2)))
    assert main(["replay", str(folder)]) == 2
    assert "pickled" in capsys.readouterr().err
    assert not marker.exists()
    # The file is one that a reader without care would have run.
    pickle.loads(pickle.dumps(Hostile()))
    assert marker.exists()


@pytest.mark.parametrize("name", ["inputs", "expected", "got"])
def test_an_altered_array_is_refused(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / f"{name}.npz"
    with np.load(path) as read:
        arrays = dict(read)
    arrays["images"] = arrays["images"] + 1
    np.savez(path, **arrays)
    assert main(["replay", str(folder)]) == 2
    assert f"{name}/images is not what was written" in capsys.readouterr().err
    path.unlink()
    assert main(["replay", str(folder)]) == 2


ALTERED: dict[str, Callable[[dict[str, Any]], object]] = {
    "an option": lambda raw: raw["calls"][0]["values"].update(interpolation="bilinear"),
    "the stage of a call": lambda raw: raw["calls"][0].update(stage="diffract"),
    "no call": lambda raw: raw.update(calls=[]),
    "the stage": lambda raw: raw.update(stage="diffract"),
    "the law": lambda raw: raw.update(law="linearity"),
    "the case": lambda raw: raw["case"].update(name="n16.g1.b0"),
    "the check": lambda raw: raw.update(check="diffract.oracle[n15.g1.b3-plain-cpu-float32]"),
    "the backend": lambda raw: raw.update(backends=["plain=replayed_backends:plain"]),
    "the device": lambda raw: raw.update(device="cuda"),
    "the precision": lambda raw: raw.update(precision="float64"),
    "thresholds": lambda raw: raw.update(thresholds={"peak_share": {"maximum": 1}}),
    "the verdict": lambda raw: raw.update(verdict="error"),
    "the environment": lambda raw: raw["environment"]["machine"].update(cores="99"),
    "its own digest": lambda raw: raw["digests"].update({"replay.json": "0" * 64}),
    "the digest of an array": lambda raw: raw["digests"].update({"got/images": "0" * 64}),
    "no digest of an array": lambda raw: raw["digests"].pop("inputs/images"),
    "a pack": lambda raw: raw["environment"].update(packs=["os:PACK"]),
}


@pytest.mark.parametrize("altered", ALTERED)
def test_an_altered_document_is_refused(altered: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alter(folder / "replay.json", ALTERED[altered])
    assert main(["replay", str(folder)]) == 2
    assert (
        capsys.readouterr().err == f"parity replay: {folder}: replay.json is not what was written: its sha256 differs\n"
    )


@pytest.mark.parametrize("lost", [lambda digests: digests.pop("replay.json"), lambda digests: digests.clear()])
def test_without_a_digest_of_its_own_a_document_is_refused(
    lost: Callable[[dict[str, str]], object], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alter(folder / "replay.json", lambda raw: lost(raw["digests"]))
    assert main(["replay", str(folder)]) == 2
    said = f"parity replay: {folder}: replay.json is not what was written: its sha256 is missing\n"
    assert capsys.readouterr().err == said


def test_an_array_that_is_gone_with_its_digest_is_missed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "expected.npz").unlink()
    alter(folder / "replay.json", lambda raw: raw["digests"].pop("expected/images"))
    assert main(["replay", str(folder)]) == 2
    assert "replay.json is not what was written: its sha256 differs" in capsys.readouterr().err


def test_an_array_that_was_added_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(folder / "inputs.npz") as read:
        np.savez(folder / "inputs.npz", more=np.zeros(1), **read)
    assert main(["replay", str(folder)]) == 2
    assert "inputs/more is not what was written: its sha256 is missing" in capsys.readouterr().err


@pytest.mark.parametrize("digests", [None, [], 3, {"inputs/images": 3}])
def test_digests_that_are_none_are_refused(digests: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alter(folder / "replay.json", lambda raw: raw.update(digests=digests))
    assert main(["replay", str(folder)]) == 2
    assert "digests" in capsys.readouterr().err


def test_another_layout_of_the_document_is_none_of_its_content(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((folder / "replay.json").read_text("utf-8"))
    backwards = dict(reversed(document.items()))
    (folder / "replay.json").write_text(json.dumps(backwards, indent=4, ensure_ascii=False), "utf-8")
    assert main(["replay", str(folder)]) == 1
    assert capsys.readouterr().out.endswith("  same as recorded, to the last bit\n")


def test_a_digest_is_that_of_what_is_read_back() -> None:
    document = {"digests": {}, "by size": {10: 0.1, 9: -0.0}, "pair": (1, 1e300), "text": "\N{GREEK SMALL LETTER MU}m"}
    read = json.loads(json.dumps(document))
    assert read != document
    assert digest_of_document(read) == digest_of_document(document)
    assert digest_of_document({**read, "pair": [1.0, 1e300]}) != digest_of_document(read)


def test_a_folder_may_be_moved(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = Path(shutil.move(folder, tmp_path / "elsewhere"))
    assert main(["replay", str(moved)]) == 1
    assert capsys.readouterr().out.endswith("  same as recorded, to the last bit\n")
    assert fails_in_forked_process(moved, [], None) == "yes"


def test_an_archive_that_declares_too_much_is_not_unpacked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "_LIMITS", Limits(max_bytes=2**20))
    np.savez_compressed(folder / "inputs.npz", images=np.zeros(2**20), offsets=np.zeros((1, 2)))
    assert main(["replay", str(folder)]) == 2
    assert re.search(r"inputs\.npz: .*over 1048576|inputs\.npz: .*1048576", capsys.readouterr().err, re.DOTALL)


DAMAGE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a field is gone": (lambda raw: raw.pop("verdict"), "verdict: required"),
    "a verdict is none": (lambda raw: raw.update(verdict="ok"), "verdict: one_of"),
    "a field is more": (lambda raw: raw.update(more=1), "more"),
    "a backend is no name": (lambda raw: raw.update(backends=["os.system('x')"]), "backends"),
    "a stage is unknown": (lambda raw: raw["calls"][0].update(stage="fly"), "replay.json: KeyError: 'fly'"),
    "a call is no call": (lambda raw: raw.update(calls=[3]), "replay.json: TypeError"),
    "a case is no case": (lambda raw: raw.update(case={}), "replay.json: TypeError"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_document_is_refused(damage: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, said = DAMAGE[damage]
    rewrite(folder / "replay.json", change)
    assert main(["replay", str(folder)]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_of_another_format_is_refused_in_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((folder / "replay.json").read_text("utf-8"))
    older = {name: one for name, one in document.items() if name not in ("cause", "rules", "raised")}
    (folder / "replay.json").write_text(json.dumps({**older, "format": 1, "evidence": "in words"}), "utf-8")
    assert main(["replay", str(folder)]) == 2
    said = f"parity replay: {folder}: replay.json: format 1; this suite reads 4: run the check again"
    assert capsys.readouterr().err.splitlines() == [said]


def test_a_backend_that_is_gone_is_no_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder), "--backend", "no_such_module:Mine"]) == 1
    out = capsys.readouterr().out
    assert "error: no_such_module:Mine cannot be loaded" in out
    assert "\n  could not be asked; recorded was semantic: images" in out
    assert main(["replay", str(folder), "--backend", "json:JSONDecoder"]) == 1
    assert "\n  could not be asked; recorded was semantic: images" in capsys.readouterr().out


def test_a_device_that_is_not_there_is_no_failure_of_the_backend(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(folder), "--device", "cuda"]) == 1
    out = capsys.readouterr().out
    assert "plain__offset_sign finds no CUDA device" in out
    assert "\n  could not be asked; recorded was semantic: images" in out


def test_a_backend_without_the_stage_is_no_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.parent / "idle.py").write_text(
        "class Idle:\n    def __init__(self, *, device='cpu', precision='float32'): ...\n", "utf-8"
    )
    sys.path.insert(0, str(folder.parent.resolve()))
    assert main(["replay", str(folder), "--backend", "idle:Idle"]) == 2
    out = capsys.readouterr().out
    assert "not-run: not provided: Idle does not define translate" in out
    assert "\n  could not be asked; recorded was semantic: images" in out


def test_another_environment_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(folder / "replay.json", lambda raw: raw["environment"]["machine"].update(numpy="1.0.0", cores="99"))
    assert main(["replay", str(folder)]) == 1
    line = f"  environment: cores {os.cpu_count()} (was 99), numpy {np.__version__} (was 1.0.0)\n"
    assert capsys.readouterr().out.endswith(line)


def test_the_document_keeps_its_contract(folder: Path) -> None:
    assert check_file(folder / "replay.json", role="writer").violations == ()


def test_the_script_shows_the_failure_in_a_process_of_its_own(folder: Path) -> None:
    done = script(folder)
    assert done.returncode == 1, done.stderr
    assert done.stdout.endswith("\nstill wrong\n")
    with np.load(folder / "expected.npz") as wanted, np.load(folder / "got.npz") as got:
        off = np.abs(got["images"] - wanted["images"]).max()
    assert f"off by at most {off:.3g}, at [0, 0, " in done.stdout
    assert "parity_suite" not in (folder / "replay.py").read_text("utf-8")


def test_the_script_of_a_law_runs_the_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, kept = written(check_of("plain__seed_ignored", "observe", "determinism", "n16.g2.b5"), tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{Path(__file__).parent}")
    done = subprocess.run([sys.executable, "replay.py"], cwd=kept.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "observe.determinism on n16.g2.b5\nsemantic: " in done.stdout


def test_a_failure_that_was_made_smaller_is_kept_as_it_was_found_too(folder: Path) -> None:
    kept = folder_module.read_folder(folder)
    found = kept.arrays["found"]
    assert set(found) == {"got.images", "want.images"}
    assert found["want.images"].shape == found["got.images"].shape
    assert found["want.images"].size > kept.arrays["expected"]["images"].size
    assert not np.allclose(found["got.images"], found["want.images"])
    np.savez(folder / "found.npz", **{name: one + 1 for name, one in found.items()})
    with pytest.raises(folder_module.UnfitFolder, match=r"found/\w+.images is not what was written"):
        folder_module.read_folder(folder)
