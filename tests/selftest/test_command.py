"""`parity selftest` on a backend of one stage: its exit code, and what it says of a right and of a wrong one."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.cli.main import main
from parity_suite.core.kinds import Kind
from parity_suite.faults import Fault
from parity_suite.faults.fault import REGISTERED, Ask, Given

BACKEND = """
import numpy as np


class Mine:
    def __init__(self, *, device="cpu", precision="float32"):
        if device != "cpu":
            raise ValueError(f"device: {device!r} is not supported")
        self.complex = np.complex64 if precision == "float32" else np.complex128

    def illuminate(self, patches, probe):
        for name, value, rank in (("patches", patches, 4), ("probe", probe, 3)):
            if value.dtype.kind not in "fc" or value.ndim != rank or not np.isfinite(value).all():
                raise ValueError(f"{name}: a finite array of rank {rank} is wanted")
        if patches.shape[1:3] != probe.shape[1:]:
            raise ValueError("probe: it does not fit the patches")
        return (patches[:, None] * self.seen(probe)[None, ..., None]).astype(self.complex)

    def seen(self, probe):
        return probe


class Differentiable(Mine):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        patches, probe = inputs["patches"][:, None], inputs["probe"][None, ..., None]
        gradient = {
            "patches": lambda: (cotangent * probe.conj()).sum(axis=1),
            "probe": lambda: (cotangent * patches.conj()).sum(axis=(0, 4)),
        }
        return gradient[wrt]().astype(inputs[wrt].dtype)


class Withholding(Differentiable):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        from parity_suite.backends.exceptions import NotProvided

        raise NotProvided("no gradient is ever wanted of it")


class OfPatchesAlone(Differentiable):
    def vjp(self, stage, inputs, output, wrt, cotangent):
        if wrt != "patches":
            raise NotImplementedError(f"the gradient of {wrt}")
        return super().vjp(stage, inputs, output, wrt, cotangent)


class Shift(Mine):
    def translate(self, images, offsets):
        from parity_suite.ptychography.admission import admit
        from parity_suite.ptychography.oracle import Oracle
        from parity_suite.core.packs import BY_NAME

        admit(BY_NAME["translate"], {"images": images, "offsets": offsets, "interpolation": None})
        moved = Oracle().translate(images, offsets)
        return moved.astype(self.complex if images.dtype.kind == "c" else images.dtype)


class Single(Shift):
    def __init__(self, *, device="cpu", precision="float32"):
        if precision != "float32":
            raise ValueError("precision: float32 only")
        super().__init__(device=device, precision=precision)


class Misspelt:
    def __init__(self, *, device="cpu", precision="float32"):
        pass

    def iluminate(self, patches, probe):
        return patches


class Conjugated(Mine):
    def seen(self, probe):
        return probe.conj()
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with two backends, in the directory that the command is called in."""
    name = f"mine_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(BACKEND, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return name


def selftest(*arguments: str) -> int:
    return main(["selftest", *arguments, "-n", "1"])


@pytest.mark.long
def test_a_right_backend_sees_every_fault(mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    assert selftest("--backend", f"{mine}:Mine", "illuminate", "--markdown", str(page)) == 0
    said = capsys.readouterr().out
    assert "survived, so" not in said
    assert "RED WITHOUT" not in said
    line = next(line for line in said.splitlines() if line.lstrip().startswith("illuminate  probe_conjugated"))
    assert "conjugated" in line.split()[3:]
    assert "oracle" in line
    assert "mine: 23 faults: 19 killed, 0 survived, 0 equivalent, 4 without a place" in said
    assert "mine does not define vjp (4)" in said, "for the four of its gradient"
    assert "| illuminate | `probe_conjugated` |" in page.read_text("utf-8")
    assert "## Survived\n\nNone.\n" in page.read_text("utf-8")


def test_faults_of_a_gradient_have_a_place_where_there_is_one(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    faults = ["gradient_of_product_unconjugated", "gradient_of_probe_from_one_item", "probe_conjugated"]
    assert selftest("--backend", f"{mine}:Differentiable", *faults) == 0
    assert "differentiable: 3 faults: 3 killed, 0 survived" in capsys.readouterr().out
    assert selftest("--backend", f"{mine}:Withholding", *faults) == 0
    said = capsys.readouterr().out
    assert "withholding: 3 faults: 1 killed, 0 survived, 0 equivalent, 2 without a place" in said
    assert "withholding: no gradient is ever wanted of it (2: " in said


def test_a_gradient_of_one_input_is_asked_where_that_of_another_is_withheld(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = ["gradient_of_product_unconjugated", "gradient_of_probe_from_one_item"]
    assert selftest("--backend", f"{mine}:OfPatchesAlone", *faults) == 0
    said = capsys.readouterr().out
    assert "RED WITHOUT" not in said
    assert "2 faults: 1 killed, 0 survived, 0 equivalent, 1 without a place" in said
    assert "ofpatchesalone: the gradient of probe (1: gradient_of_probe_from_one_item)" in said


def test_a_fault_of_an_option_has_no_place_where_there_is_no_such_option(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = ["offsets_truncated", "interpolation_ignored", "nearest_half_to_even", "offset_sign"]
    assert selftest("--backend", f"{mine}:Shift", *faults) == 0
    said = capsys.readouterr().out
    assert "RED WITHOUT" not in said
    assert "shift: 4 faults: 1 killed, 0 survived, 0 equivalent, 3 without a place" in said
    assert said.count("Shift lacks an interpolation asked for by name") == 3


@pytest.mark.long
def test_a_fault_of_a_precision_has_no_place_where_the_backend_cannot_be_made_in_it(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = ["offsets_in_float32", "places_in_float32", "nan_offsets_accepted"]
    assert selftest("--backend", f"{mine}:Single", *faults) == 0
    said = capsys.readouterr().out
    assert "fails by itself" not in said
    assert "RED WITHOUT" not in said
    assert "single: 3 faults: 2 killed, 0 survived, 0 equivalent, 1 without a place" in said
    assert "single: Single cannot be made: ValueError: precision: float32 only (1: offsets_in_float32)" in said


def test_a_wrong_backend_is_told_so_first_and_its_own_mistake_survives(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = ["probe_conjugated", "probe_transposed", "main_mode_for_all"]
    assert selftest("--backend", f"theirs={mine}:Conjugated", *faults) == 1
    said = capsys.readouterr().out
    red, survived = said.index("RED WITHOUT ANY FAULT"), said.index("survived, so that")
    assert red < survived
    assert "theirs: illuminate.oracle[" in said[red:survived]
    assert "more are red without it" in said[survived:]
    assert "kind of mistake named for 0" in said, "of a fault, although the backend makes that mistake by itself"


def test_a_stage_that_is_missing_is_a_line(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest("--backend", f"{mine}:Mine", "translate", "loss", "probe_conjugated") == 0
    said = capsys.readouterr().out
    assert said.count("does not define") == 1
    assert "mine does not define translate (" in said
    assert "1 killed, 0 survived" in said


def test_where_no_fault_has_a_place_nothing_is_proved(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As of a backend whose methods are misspelt."""
    assert selftest("--backend", f"{mine}:Mine", "--backend", f"{mine}:Misspelt", "probe_conjugated") == 1
    said = capsys.readouterr().out
    assert "RED: misspelt: no fault has a place in it, so nothing is proved" in said
    assert "RED: mine" not in said


class Careless(Fault, stage="illuminate", kind=Kind.CONJUGATE):
    """Looks for an input that there is not."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "probe": given["prob"].conj()})


class Inventive(Fault, stage="illuminate", kind=Kind.ZERO):
    """Gives gradients where the right backend gives none."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)

    def vjp(self, ask: Ask, given: Given) -> Any:
        return np.zeros_like(given["inputs"][given["wrt"]])


class Unmade(Fault, stage="illuminate", kind=Kind.CONJUGATE):
    """Cannot be made."""

    def __init__(self) -> None:
        np.ones(3).reshape(2, 2)


#: They are no part of the gallery.
for _fault in (Careless, Inventive, Unmade):
    del REGISTERED[_fault.name]


@pytest.mark.parametrize(("fault", "error"), [(Careless, "KeyError: 'prob'"), (Unmade, "ValueError: cannot reshape")])
def test_a_fault_that_fails_by_itself_proves_nothing(
    mine: str, fault: type[Fault], error: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(REGISTERED, fault.name, fault)
    assert selftest("--backend", f"{mine}:Mine", fault.name, "probe_conjugated") == 1
    said = capsys.readouterr().out
    assert "1 killed, 1 survived" in said
    assert f"fails by itself, so that what saw it proves nothing: {error}" in said
    assert "(test_command.py:" in said


def test_what_the_right_backend_was_not_asked_neither_kills_nor_is_red_without_a_fault(
    mine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(REGISTERED, Inventive.name, Inventive)
    assert selftest("--backend", f"{mine}:Withholding", Inventive.name, "probe_conjugated") == 1
    said = capsys.readouterr().out
    assert "RED WITHOUT" not in said
    assert "2 faults: 1 killed, 1 survived" in said


def test_a_fault_of_a_stage_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="misplaced: there is no stage 'iluminate'"):
        type("Misplaced", (Fault,), {}, stage="iluminate")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--backend", "{}:Mine", "no_such_fault"], "no fault and no stage with faults is called 'no_such_fault'"),
        (["--backend", "{}:Absent"], "has no attribute 'Absent'"),
        (["--backend", "absent_module:Mine"], "absent_module"),
        (["--backend", "{}:Mine", "--dataset", "absent.npz"], "absent.npz"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(
    mine: str, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert selftest(*(one.format(mine) for one in arguments)) == 2
    said = capsys.readouterr().err
    assert said.startswith("parity selftest: ")
    assert word in said
