"""The packs that are known, and the checks that a backend of one of them is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import variants
from parity_suite.core import packs as registry
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.core.pack import Pack
from parity_suite.core.packs import BY_NAME, name_pack, pack_of, packs
from parity_suite.core.stage import Field, Stage
from parity_suite.engine.checks import enumerate_checks
from parity_suite.laws.refusals import damages

HALVE = Stage("halve", (Field("x", "real", ("B", "N")),), (Field("y", "real", ("B", "N")),), "y = x / 2", items="B")
SOURCE = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage

_X, _Y = (Field(name, "real", ("B", "N")) for name in "xy")
HALVE = Stage("halve", (_X,), (_Y,), "y = x / 2", items="B", linear_in=("x",))
PACK = Pack("halves", (HALVE,), "halves", "halves:Oracle")
CASES = (Case.of_sizes("n3", B=2, N=3),)

def inputs(stage, case, rng):
    return {"x": rng.normal(size=(case.size("B"), case.size("N")))}

class Oracle:
    def __init__(self, precision="float64"): ...
    def halve(self, x):
        return x / 2

class Mine(Oracle):
    def __init__(self, device="cpu", precision="float32"): ...

class Named(Mine):
    packs = ("halves",)
    def diffract(self, psi): ...
"""


@pytest.fixture(autouse=True)
def _halves(unnamed: Callable[..., Path]) -> None:
    unnamed(halves=SOURCE)


def laws_of(text: str) -> set[str]:
    """The stages and laws of a backend's checks, but for the preflight that each has."""
    found = {f"{check.stage}.{check.law}" for check in enumerate_checks([parse_spec(text)])}
    return found - {"preflight.arithmetic"}


def test_a_pack_that_is_named_is_known_with_its_stages() -> None:
    assert "halve" not in BY_NAME
    name_pack("halves:PACK")
    assert pack_of("halve").name == "halves"
    assert BY_NAME["halve"].doc == "y = x / 2"
    assert pack_of("forward").name == "ptychography", "a chain is no stage and has a pack as well"
    name_pack("halves:PACK")
    assert registry.named_packs() == ("halves:PACK",), "once, however often it is named"


def test_a_backend_is_asked_what_its_packs_have() -> None:
    name_pack("halves:PACK")
    asked = {f"halve.{law}" for law in ("oracle", "mode", "linearity", "batch_invariance", "equivariance")}
    asked |= {f"halve.{law}" for law in ("adjoint", "statelessness", "refusal", "placement", "form", "many")}
    asked |= {f"halve.{law}" for law in ("repeats", "surroundings", "mode_sizes")}
    assert laws_of("halves:Mine") == asked, "by the stages that it defines"
    assert laws_of("halves:Named") == asked, "by the packs that it names, whatever else it defines"
    assert "diffract.oracle" in laws_of("parity_suite.ptychography.torch:Torch")


@pytest.mark.parametrize(
    ("pack", "error", "said"),
    [
        (Pack("ptychography", (HALVE,), "c", "a:B"), ValueError, "there is another pack 'ptychography'"),
        (
            Pack("mine", (HALVE, Stage("diffract", (), (), "")), "c", "a:B"),
            ValueError,
            "the pack 'ptychography' has a stage 'diffract' as well",
        ),
        ("no pack", TypeError, "m:P is not a Pack"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(pack: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        registry.add_pack(pack, "m:P")
    assert "halve" not in BY_NAME


@pytest.mark.parametrize("variable", ["PARITY_PACK", "_PARITY_PACKS_OF_PARENT"])
def test_a_process_that_is_started_knows_the_packs_of_its_parent(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_PACKS", {})
    monkeypatch.setenv(variable, "halves:PACK")
    assert [one.name for one in packs()] == ["ptychography", "halves"]


def test_a_pack_that_cannot_be_had_is_missed_by_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_PACKS", {})
    monkeypatch.setenv("PARITY_PACK", "halves:NONE")
    for _ in range(2):
        with pytest.raises(AttributeError, match="NONE"):
            packs()


def test_a_pack_may_ask_for_those_that_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "halves.py").write_text(SOURCE + "\nfrom parity_suite.core.packs import BY_NAME\nBY_NAME['diffract']\n")
    monkeypatch.setattr(registry, "_PACKS", {})
    monkeypatch.setenv("PARITY_PACK", "halves:PACK")
    assert [one.name for one in packs()] == ["ptychography", "halves"]


def test_a_stage_is_exempt_from_a_law_that_it_names() -> None:
    name_pack("halves:PACK")
    assert "statelessness" in BY_NAME["observe"].exempt
    assert "observe.statelessness" not in laws_of("parity_suite.ptychography.torch:Torch")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"linear_in": ("y",)}, "linear_in names y, which is no input"),
        ({"differentiable": (("y", "z"),)}, "differentiable names z, which is no input"),
        ({"differentiable": (("z", "x"),)}, "differentiable names z, which is no output"),
        ({"differentiable": ("x",)}, "differentiable has pairs of an output and an input, and not 'x'"),
        ({"linear_in": "x"}, "linear_in is a tuple, and not 'x'"),
        ({"items": "A"}, "items names A, which is no axis of (an input|y)"),
        ({"outputs": (Field("y", "real", ("N",)),)}, "items names B, which is no axis of y"),
        ({"permuted": ("C", "N")}, "permuted names C, which is no axis of an input"),
    ],
)
def test_a_stage_says_nothing_of_fields_and_axes_that_it_has_not(told: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"stage halve: {said}"):
        replace(HALVE, **told)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def halve(self, x)", "def halv(self, x)", "pack halves: halves:Oracle has no method halve"),
        ('"halves:Oracle")', '"halves:Oracle", "halves")', "pack halves: halves has a class Halv, and no stage is"),
        ('return {"x"', 'return {"z"', "halves: inputs of halve on n3 has z; halve takes x"),
    ],
)
def test_what_a_pack_says_wrong_of_itself_is_told_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SOURCE
    source = SOURCE.replace(old, new) + "\nfrom parity_suite import Rules\nclass Halv(Rules): ...\n"
    (tmp_path / "halves.py").write_text(source)
    name_pack("halves:PACK")
    rules_of.cache_clear()

    def asked() -> tuple[object, ...]:
        rules_of("halve")
        laws_of("halves:Mine")
        return variants(RunContext(), Case.of_sizes("n3", B=2, N=3), "halve", "float32")

    with pytest.raises(ValueError, match=said):
        asked()


@pytest.mark.parametrize("axes", [("S", 2), "B"])
def test_axes_that_are_no_tuple_of_texts_are_refused(axes: Any) -> None:
    with pytest.raises(TypeError, match="field x: axes are a tuple of texts, such as"):
        Field("x", "real", axes)


def test_damages_that_are_no_triples_are_told_and_not_taken_for_such(tmp_path: Path) -> None:
    """Of a mapping with three inputs the names would be taken for the parts of one."""
    rules = (
        "\nfrom parity_suite import Rules\nclass Halve(Rules):\n    def damages(self, inputs):\n        yield inputs\n"
    )
    (tmp_path / "halves.py").write_text(SOURCE.replace('"halves:Oracle")', '"halves:Oracle", "halves")') + rules)
    name_pack("halves:PACK")
    rules_of.cache_clear()
    with pytest.raises(TypeError, match="pack halves: rules of halve: damages gives the field to be named"):
        list(damages("halve", {"x": np.ones((2, 3))}))
