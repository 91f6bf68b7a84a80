"""What the command answers of a class, a machine, a check and a finished run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parity_suite.cli.main import main

BACKEND = """
import numpy as np

class Right:
    def __init__(self, *, device="cpu", precision="float32"):
        self.real = np.dtype(precision)

    def {stage}(self, psi):
        if getattr(psi, "ndim", 0) != 5 or psi.dtype.kind not in "fc" or not np.isfinite(psi).all():
            raise ValueError("psi: (B, P, N, N, C), finite")
        if psi.shape[2] != psi.shape[3]:
            raise ValueError("psi: not square")
        wave = np.fft.fft2(psi, axes=(2, 3)) / psi.shape[2]
        return np.sqrt({shift}((np.abs(wave) ** 2).sum(axis=1), axes=(1, 2))).astype(self.real)

class Plain:
    def diffract(self, psi): ...

class Nothing:
    def __init__(self, *, device="cpu", precision="float32"):
        pass
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def write(module: str, stage: str = "diffract", shift: str = "np.fft.fftshift") -> str:
        (tmp_path / f"{module}.py").write_text(BACKEND.format(stage=stage, shift=shift), "utf-8")
        return f"{module}:Right"

    return write


def test_a_right_class_is_asked_once_a_stage(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-backend", written("asked_right")]) == 0
    out = capsys.readouterr().out
    assert [line.split() for line in out.splitlines() if line.startswith("diffract")] == [["diffract", "ok", "ok"]]
    assert "1 of 14 stages defined" in out
    assert "not defined: probe, group," in out


def test_a_class_is_asked_within_what_it_declares_and_once_beyond(
    written: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written("asked_even")
    with (tmp_path / "asked_even.py").open("a") as file:
        file.write("\nfrom parity_suite import Capabilities, Sizes\n")
        file.write("Right.capabilities = Capabilities(sizes={'N': Sizes(multiple_of=2)})\n")
    assert main(["check-backend", "asked_even:Right"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "diffract ok ok" in out
    assert "too narrow: N a multiple of 2 is declared, and diffract is right on B = " in out


@pytest.mark.parametrize(
    ("module", "changed", "said"),
    [
        (
            "asked_wrong",
            {"shift": "np.fft.ifftshift"},
            "diffract.oracle[n15.g1.b3-right-cpu-float32]: semantic: looks like: zero frequency elsewhere;",
        ),
        ("asked_nearly", {"stage": "difract"}, "Right has a method difract and no diffract"),
    ],
)
def test_a_wrong_class(
    written: Any, capsys: pytest.CaptureFixture[str], module: str, changed: dict[str, str], said: str
) -> None:
    assert main(["check-backend", written(module, **changed)]) == 1
    assert said in " ".join(capsys.readouterr().out.split())


def test_a_class_without_stages_and_one_that_is_not_there(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    written("asked_nothing")
    assert main(["check-backend", "asked_nothing:Nothing"]) == 1
    assert "0 of 14 stages defined" in capsys.readouterr().out
    assert main(["check-backend", "asked_nothing:Nobody"]) == 1
    assert "asked_nothing:Nobody cannot be had: AttributeError" in capsys.readouterr().out
    assert main(["check-backend", "no class"]) == 2
    assert main(["check-backend", "asked_nothing:Plain"]) == 1
    assert capsys.readouterr().out == "plain: Plain cannot be made: TypeError: Plain() takes no arguments\n"


def test_the_doctor_finds_a_ledger_that_has_expired(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    backend = written("asked_doctor")
    assert main(["doctor", "--backend", backend]) == 0
    assert "nothing to mend" in capsys.readouterr().out
    Path("parity-ledger.toml").write_text("format = 1\n[[broken", "utf-8")
    assert main(["doctor", "--backend", backend]) == 1
    assert "MEND         parity-ledger.toml: " in capsys.readouterr().out
    Path("parity-ledger.toml").unlink()
    Path("snapshots").mkdir()
    Path("snapshots/check-ids.txt").write_text("# ids of parity checks, format 2: 3\n", "utf-8")
    assert main(["doctor", "--backend", backend]) == 1
    assert "check-ids.txt is torn: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("semantic", "semantic (verdict): meaning: "),
        ("not run", "not-run (verdict): "),
        ("conjugated", "conjugated (kind of mistake): the complex conjugate"),
        ("not-provided", "not-provided (cause): "),
        ("adjoint", "adjoint (law): "),
        ("pair", "pair (law): Two backends give the same"),
    ],
)
def test_a_word_of_a_report_is_explained(
    written: Any, capsys: pytest.CaptureFixture[str], word: str, said: str
) -> None:
    assert main(["explain", word, "--backend", written("asked_word")]) == 0
    assert capsys.readouterr().out.startswith(said)


def test_a_word_that_is_almost_one_is_put_right(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "semantc", "--backend", written("asked_almost")]) == 2
    assert "did you mean semantic" in capsys.readouterr().err


def test_a_check_is_explained(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    backend = written("asked_explained")
    check = "diffract.oracle[n16.g2.b5-right-cpu-float32]"
    assert main(["explain", check, "--backend", backend]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == check
    assert all(len(line) < 80 for line in out.splitlines())
    for title in ("law:", "stage:", "inputs:", "outputs:", "case:", "budget:", "asked by:"):
        assert f"\n{title}" in out
    assert "N = 16, C = 4, B = 5" in out
    assert main(["explain", "difract.oracle", "--backend", backend]) == 2
    assert "did you mean diffract.oracle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stages", "diff*"), "diffract"),
        (("laws", "sign*"), "sign_axis"),
        (("laws", "pair"), "pair"),
        (("cases", "n16.g2.b5*"), "n16.g2.b5"),
        (("faults", "ifft*"), "ifftshift_for_fftshift"),
    ],
)
def test_lists(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    assert main(["list", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:] if line[1:2].strip()] == [said]
    assert main(["list", arguments[0], "nothing_of_this_name"]) == 1


def test_the_checks_of_a_backend_are_listed_by_their_ids(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "checks", "diffract.oracle[n16.g2.b5-*", "--backend", written("asked_listed")]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 4
    assert "diffract.oracle[n16.g2.b5-right-cpu-float64]" in listed


def test_what_a_run_left_to_mend(written: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["causes", str(tmp_path / "nowhere")]) == 2
    assert main(["failures"]) == 0
    assert "no failures in parity-failures" in capsys.readouterr().out
    folder = tmp_path / "parity-failures" / "one"
    folder.mkdir(parents=True)
    (folder / "replay.json").write_text(json.dumps({}), "utf-8")
    assert main(["failures"]) == 2
