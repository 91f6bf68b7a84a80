"""Laws of the choice between implementations, on NumPy classes that record what they ran: green on one that runs what
was chosen, red on each that does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from plain import Plain, spec_of, subject_of

from parity_suite import conventions
from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.exceptions import NotProvided
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome
from parity_suite.compare.exhibit import ARTIFACTS, Fact
from parity_suite.compare.judge import measure
from parity_suite.engine.checks import enumerate_checks
from parity_suite.ptychography.laws import switches
from parity_suite.ptychography.protocol import Trace
from parity_suite.ptychography.sizes import SMALL

CASE = SMALL[0]
OTHERS = ["what ran where matrix is asked for", "what ran where half is asked for"]
FRESH = "what ran in a fresh process where {} is asked for"


class Choosing(Plain):
    """Three implementations, one of them made for each shape, and a switch."""

    implementations: ClassVar = {"matrix": "translate", "compiled": "translate", "half": "translate"}
    chosen_by: ClassVar = {"translate": "translation"}
    per_shape = ("compiled",)
    capabilities_half = Capabilities(coordinates={"translate": "float32"}, precisions=("float32",))
    translation_switches: ClassVar[Mapping[str, Mapping[str, str]]] = {"USE_MATRIX": {"1": "matrix", "0": "gather"}}

    def __init__(self, *, device: str = "cpu", precision: str = "float32", translation: str = "") -> None:
        super().__init__(device=device, precision=precision)
        self.translation = self.chosen(translation)
        self.ran: list[str] = []
        self.made: list[Any] = []

    def chosen(self, keyword: str) -> str:
        by_environment = self.translation_switches["USE_MATRIX"].get(os.environ.get("USE_MATRIX", ""), "")
        return keyword or by_environment or "gather"

    def runs(self) -> str:
        return self.translation

    def makes(self, shape: tuple[int, ...]) -> Any:
        """What is made for a batch of images: compiled code for a shape that is new."""
        return shape[1:]

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        self.ran.append(self.runs())
        made = self.makes(images.shape)
        if self.translation == "compiled" and made not in self.made:
            self.made.append(made)
        return super().translate(images, offsets, interpolation)

    def translation_trace(self, calls: Sequence[tuple[Any, Any]]) -> Trace:
        for images, offsets in calls:
            self.translate(images, offsets)
        ran = tuple(dict.fromkeys(self.ran))
        return Trace(ran, tuple(f"op_{name}" for name in ran), 0, len(self.made))

    @classmethod
    def missing_implementation(cls, name: str) -> str:
        return ""


class DeafToKeyword(Choosing):
    def runs(self) -> str:
        return "gather"


class DeafToEnvironment(Choosing):
    def chosen(self, keyword: str) -> str:
        return keyword or "gather"


class EnvironmentFirst(Choosing):
    def chosen(self, keyword: str) -> str:
        return super().chosen("") if "USE_MATRIX" in os.environ else super().chosen(keyword)


class SaysEnvironmentFirst(EnvironmentFirst):
    @conventions(precedence="environment")
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return super().translate(images, offsets, interpolation)


class SaysSoAndDoesNot(Choosing):
    @conventions(precedence="environment")
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return super().translate(images, offsets, interpolation)


class Both(Choosing):
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        self.ran.append("gather")
        return super().translate(images, offsets, interpolation)


class EveryBatch(Choosing):
    """Compiles for every size of a batch."""

    def makes(self, shape: tuple[int, ...]) -> Any:
        return shape


class NeverMakes(Choosing):
    def translation_trace(self, calls: Sequence[tuple[Any, Any]]) -> Trace:
        found = super().translation_trace(calls)
        return Trace(found.ran, found.operations)


class WrongWhenCompiled(Choosing):
    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        right = super().translate(images, offsets, interpolation)
        return right if self.translation != "compiled" else right * right.real.dtype.type(1.5)


class WrongWhenHigh(Choosing):
    """On images that no other law asks for."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        right = super().translate(images, offsets, interpolation)
        return right * right.real.dtype.type(2) if images.shape[1] == 138 else right


class Lacking(Choosing):
    @classmethod
    def missing_implementation(cls, name: str) -> str:
        return f"no {name} here" if name in ("matrix", "compiled") else ""


class Single(Plain):
    translation = "gather"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, in which no environment outlives a law."""
    monkeypatch.delenv("USE_MATRIX", raising=False)
    monkeypatch.setattr(
        switches, "traces", lambda one, them, asked: [one.fresh(**k).translation_trace(asked) for k in them]
    )


def said(law: Any, cls: type[Any], precision: str = "float32", of: str = "") -> tuple[list[str], dict[str, Any]]:
    """What is wrong, and the facts beside it; of a class or one of its implementations."""
    shown: Iterator[Any] = law(subject_of(cls, precision, of), "translate", CASE)
    outcomes: list[Outcome] = []
    facts: dict[str, Any] = {}
    for one in shown:
        if isinstance(one, Fact):
            facts[one.name] = one.value
        elif not isinstance(one, ARTIFACTS):
            outcomes.append(one)
    wrong = [one.message for one in outcomes if isinstance(one, BrokenRule)]
    assert len(outcomes) > len(wrong)
    return wrong + [m.output for m in measure("translate", law.__name__, precision, outcomes) if not m.within], facts


def test_calls_are_the_same_every_time_and_of_the_precision() -> None:
    (images, offsets), *more = switches.calls("float64", ((3, 12, 16), (0, 2, 5)))
    assert (images.shape, images.dtype, offsets.shape, offsets.dtype) == (
        (3, 12, 16, 1),
        "complex128",
        (3, 2),
        "float64",
    )
    assert [(one.shape, two.shape) for one, two in more] == [((0, 2, 5, 1), (0, 2))]
    assert switches.calls("float32")[0][0].dtype == "complex64"
    assert np.array_equal(images, switches.calls("float64")[0][0])
    assert np.all(np.abs(offsets) < 3)
    assert np.abs(offsets).max() > 1


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_what_is_chosen_runs(precision: str) -> None:
    wrong, facts = said(switches.switch, Choosing, precision)
    assert wrong == []
    assert facts == {"translation": {"chosen": "gather", "ran": "gather", "trace": ["op_gather"]}}
    assert "USE_MATRIX" not in os.environ


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (DeafToKeyword, [*OTHERS, "what ran under USE_MATRIX=1"]),
        (DeafToEnvironment, ["what ran under USE_MATRIX=1"]),
        (EnvironmentFirst, ["what ran by keyword under USE_MATRIX=1"]),
        (SaysSoAndDoesNot, ["what ran by keyword under USE_MATRIX=1"]),
        (Both, [*OTHERS, "what ran under USE_MATRIX=1"]),
    ],
)
def test_what_is_chosen_does_not_run(cls: type[Any], wrong: list[str]) -> None:
    assert said(switches.switch, cls)[0] == wrong


def test_the_environment_may_come_first_where_that_is_declared() -> None:
    assert said(switches.switch, SaysEnvironmentFirst)[0] == []


def test_the_environment_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_MATRIX", "0")
    assert said(switches.switch, Choosing)[0] == []
    assert os.environ["USE_MATRIX"] == "0"
    with switches.environment({"USE_MATRIX": None, "PARITY_NEW": "x"}):
        assert "USE_MATRIX" not in os.environ
        assert os.environ["PARITY_NEW"] == "x"
    assert os.environ["USE_MATRIX"] == "0"
    assert "PARITY_NEW" not in os.environ


def test_an_implementation_that_is_missing_is_a_fact() -> None:
    wrong, facts = said(switches.switch, Lacking)
    assert facts["matrix is missing"] == "no matrix here"
    assert wrong == []


def test_a_switch_reaches_a_fresh_process() -> None:
    found = list(switches.inheritance(subject_of(Choosing), "translate", CASE))
    assert [getattr(one, "output", "") for one in found] == ["what ran in a fresh process under USE_MATRIX=1"]
    assert said(switches.inheritance, Choosing)[0] == []
    assert said(switches.inheritance, DeafToEnvironment)[0] == ["what ran in a fresh process under USE_MATRIX=1"]
    with pytest.raises(NotProvided, match="Single has no switch in the environment"):
        list(switches.inheritance(subject_of(Single), "translate", CASE))


def test_a_switch_that_is_set_already_is_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_MATRIX", "1")
    found = list(switches.inheritance(subject_of(Choosing), "translate", CASE))
    assert [getattr(one, "output", "") for one in found] == ["what ran in a fresh process under USE_MATRIX=1"]


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (Choosing, []),
        (DeafToKeyword, [FRESH.format(name) for name in ("matrix", "compiled", "half")]),
        (EveryBatch, ["compilations by compiled beyond one for each of 2 shapes"]),
        (NeverMakes, ["compiled is made for each shape, and nothing that was made is counted"]),
    ],
)
def test_nothing_is_made_twice_for_a_shape(cls: type[Any], wrong: list[str]) -> None:
    found, facts = said(switches.compilations, cls)
    assert found == wrong
    made = facts["made by compiled for 2 shapes in 18 batches"]
    assert made == {"traces": 0, "compilations": {EveryBatch: 16, NeverMakes: 0}.get(cls, 2)}
    assert facts["made by gather for 2 shapes in 18 batches"] == {"traces": 0, "compilations": 0}


def test_what_is_missing_makes_nothing() -> None:
    found, facts = said(switches.compilations, Lacking)
    assert found == []
    assert {name: value for name, value in facts.items() if "missing" in name} == {
        "compiled is missing": "no compiled here",
        "matrix is missing": "no matrix here",
    }
    assert not [name for name in facts if name.startswith("made by compiled")]


def test_what_is_compiled_obeys_the_other_laws() -> None:
    assert said(switches.compiled, Choosing, of="compiled")[0] == []
    wrong = said(switches.compiled, WrongWhenCompiled, of="compiled")[0]
    asked = {name.partition(":")[0] for name in wrong}
    assert {"oracle", "canvases", "crowd", "blocks", "dtypes"} <= asked
    assert not asked & switches._NOT_FOR_COMPILERS - {"canvases"}
    assert said(switches.compiled, WrongWhenHigh, of="compiled")[0] == ["canvases: images of 138 x 139"]


def test_what_is_made_for_each_shape_is_asked_that_alone() -> None:
    laws: dict[str, set[str]] = {}
    for one in enumerate_checks([spec_of(Choosing)]):
        if one.stage == "translate" and one.subject != "oracle":
            laws.setdefault(one.subject, set()).add(one.law)
    choice = {"switch", "inheritance", "compilations"}
    assert laws.pop("choosing.compiled") == {"compiled"}
    assert choice < laws["choosing"]
    assert laws == {name: laws["choosing"] - (choice if "." in name else set()) for name in laws}
    assert set(laws) == {"choosing", "choosing.matrix", "choosing.half"}


def test_a_label_says_under_which_law() -> None:
    found = next(
        one
        for one in switches.compiled(subject_of(Choosing, implementation="compiled"), "translate", CASE)
        if isinstance(one, Deviation)
    )
    assert ": " in found.output
    assert switches._under("mass", BrokenRule("no", "contract")) == BrokenRule("mass: no", "contract")
    fact = Fact("a", "b")
    assert switches._under("mass", fact) is fact
