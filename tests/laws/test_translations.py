"""A law on every implementation of `translate`: which are asked, under which label, and how coarse each may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from parity_suite.ptychography.laws.translations import (
    eps_factor,
    implementations,
    on_every_translation,
    on_one_translation,
)
from plain import CASE, Plain, finding_of, subject_of

from parity_suite.backends.api import Translation
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, deviation, exactly
from parity_suite.compare.exhibit import Artifact, Fact
from parity_suite.core.case import Case
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.laws.registry import Law, all_laws
from parity_suite.ptychography.cases import select
from parity_suite.ptychography.pipeline import STAGES

CONTEXT = RunContext()

#: Laws look at pictures four pixels wider than the patches of their case.
SIDE = CASE.size("N") + 4


class Several(Plain):
    """Six implementations: one made for each shape, one that is not here, one of single precision, two coarse ones."""

    translations = (
        Translation("plain"),
        Translation("coarse", coordinates="images"),
        Translation("traced", per_shape=True),
        Translation("lacking"),
        Translation("single", coordinates="float32", precisions=("float32",)),
        Translation("rough", coordinates="float32"),
    )
    own = "plain"

    def __init__(self, *, device: str = "cpu", precision: str = "float32", translation: str = "") -> None:
        super().__init__(device=device, precision=precision)
        self.translation = translation or self.own

    @classmethod
    def missing_translation(cls, name: str) -> str:
        return "no such kernel here" if name == "lacking" else ""


class Chosen(Several):
    """Runs another than the first by itself."""

    own = "coarse"


class Traced(Several):
    """Runs what is made for each shape by itself."""

    own = "traced"


class Sloppy(Several):
    """Wrong in one implementation alone."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        turned = -offsets if self.translation == "coarse" else offsets
        return super().translate(images, turned, interpolation)


class Stranger:
    """Translates, and knows of no interpolation and of no implementations."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        self.plain = Plain(precision=precision)

    def translate(self, images: Any, offsets: Any) -> Any:
        return self.plain.translate(images, offsets)


class Open(Stranger):
    """Takes whatever it is given."""

    def translate(self, images: Any, offsets: Any, **options: Any) -> Any:
        return self.plain.translate(images, offsets, **options)


class Silent:
    """Has neither a list of implementations nor an attribute that names one."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        pass


def _told(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
    """One outcome of every kind."""
    assert stage == "translate"
    yield deviation("images", [1.0, 2.0], [1.0, 2.0])
    yield exactly("pixels", [1], [1])
    yield Bound("share", 0.5, 1.0, "a limit")
    yield BrokenRule(f"{subject.translation or 'default'} broke")
    yield Fact("asked", subject.translation)


def _names(outcomes: list[Outcome | Artifact]) -> list[str]:
    return [one.output if isinstance(one, Deviation | Bound) else one.message for one in outcomes if not _fact(one)]


def _fact(one: Outcome | Artifact) -> bool:
    return isinstance(one, Fact)


def _every(cls: type[Any], law: Any = _told, precision: str = "float32", chosen: str = "") -> list[Outcome | Artifact]:
    return list(on_every_translation(law, subject_of(cls, precision, chosen), CASE))


def _asked(outcomes: list[Outcome | Artifact]) -> list[str]:
    return [one.value for one in outcomes if isinstance(one, Fact) and one.name == "asked"]


class TestEvery:
    def test_the_default_is_bare_and_every_other_is_named_in_its_labels(self) -> None:
        outcomes = _every(Several)
        labels = ["images", "pixels", "share"]
        others = ("coarse", "single", "rough")
        wanted = [*labels, "default broke"]
        for other in others:
            wanted += [*(f"{label}, {other}" for label in labels), f"{other}: {other} broke"]
        assert _names(outcomes) == wanted
        assert _asked(outcomes) == ["", *others]

    def test_what_is_not_here_is_a_fact_and_is_not_asked(self) -> None:
        assert Fact("lacking is missing", "no such kernel here") in _every(Several)

    def test_what_is_made_for_each_shape_is_not_asked(self) -> None:
        assert "traced" not in _asked(_every(Several))
        assert _asked(_every(Traced)) == ["", "plain", "coarse", "single", "rough"]

    def test_what_does_not_know_the_precision_is_not_asked(self) -> None:
        assert _asked(_every(Several, precision="float64")) == ["", "coarse", "rough"]
        names = [one.name for one in implementations(subject_of(Several, "float64"))]
        assert names == ["plain", "coarse", "traced", "lacking", "rough"]

    def test_the_one_that_runs_by_itself_or_on_request_is_asked_once(self) -> None:
        assert _asked(_every(Chosen)) == ["", "plain", "single", "rough"]
        assert _asked(_every(Several, chosen="rough")) == ["rough", "plain", "coarse", "single"]
        assert _names(_every(Several, chosen="rough"))[:3] == ["images", "pixels", "share"]

    @pytest.mark.parametrize("cls", [Plain, Silent, Stranger])
    def test_a_backend_without_a_list_is_asked_once(self, cls: type[Any]) -> None:
        outcomes = _every(cls)
        assert _asked(outcomes) == [""]
        assert _names(outcomes) == ["images", "pixels", "share", "default broke"]

    def test_what_the_default_does_not_provide_is_not_provided(self) -> None:
        def law(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
            yield deviation("images", 1.0, 1.0)
            raise NotProvided("no gradient")

        with pytest.raises(NotProvided, match=r"^no gradient$"):
            _every(Several, law)

    def test_what_another_does_not_provide_is_a_fact_and_the_rest_is_asked(self) -> None:
        def law(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
            yield deviation("images", 1.0, 1.0)
            if subject.translation == "coarse":
                raise NotProvided("no gradient")
            yield deviation("gradient", 1.0, 1.0)

        outcomes = _every(Several, law)
        assert Fact("coarse, not provided", "no gradient") in outcomes
        assert "gradient, coarse" not in _names(outcomes)
        assert {"gradient", "images, coarse", "gradient, single", "gradient, rough"} <= set(_names(outcomes))

    def test_one_alone_is_named(self) -> None:
        outcomes = list(on_one_translation(_told, subject_of(Several, translation="traced"), CASE))
        assert _names(outcomes) == ["images, traced", "pixels, traced", "share, traced", "traced: traced broke"]

    def test_a_run_names_the_implementation_that_is_wrong(self) -> None:
        assert finding_of(Several, "translate", "sign_axis").verdict is Verdict.OK
        found = finding_of(Sloppy, "translate", "sign_axis")
        assert found.verdict is Verdict.SEMANTIC
        red = {one.output for one in found.measured if not one.within}
        assert red
        assert all(label.endswith(", coarse") for label in red)
        assert found.facts["lacking is missing"] == "no such kernel here"


class TestCoarseness:
    @pytest.mark.parametrize(
        ("name", "precision", "factor"),
        [
            ("plain", "float32", 1.0),
            ("coarse", "float32", 138.0),
            ("single", "float32", 138.0),
            ("rough", "float32", 138.0),
            ("coarse", "float64", 1.0),
            ("rough", "float64", EPS["float32"] / EPS["float64"]),
            ("unheard of", "float32", 1.0),
        ],
    )
    def test_a_side_in_eps_of_what_the_places_are_rounded_to(self, name: str, precision: str, factor: float) -> None:
        assert eps_factor(subject_of(Several, precision, name), "translate", 138) == factor

    def test_without_a_word_it_is_that_of_what_runs_by_itself(self) -> None:
        assert eps_factor(subject_of(Several), "translate", 50) == 1.0
        assert eps_factor(subject_of(Chosen), "translate", 50) == 50.0
        assert eps_factor(subject_of(Chosen, translation="plain"), "translate", 50) == 1.0

    @pytest.mark.parametrize("cls", [Plain, Silent])
    def test_a_backend_without_a_list_is_as_exact_as_its_precision(self, cls: type[Any]) -> None:
        assert eps_factor(subject_of(cls), "translate", 138) == 1.0

    def test_errors_of_a_law_carry_it_and_so_do_exact_values_which_tell_ulps_by_it(self) -> None:
        found = {one.output: one.eps_factor for one in _every(Several) if isinstance(one, Deviation)}
        assert (found["images"], found["images, coarse"]) == (1.0, float(SIDE))
        assert (found["pixels"], found["pixels, coarse"]) == (1.0, float(SIDE))

    def test_what_a_law_knows_to_be_coarser_stays(self) -> None:
        def law(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
            yield Deviation("wide", 0.0, 0.0, (), "", "", eps_factor=2048.0)
            yield Deviation("narrow", 0.0, 0.0, (), "", "", eps_factor=3.0)

        found = {one.output: one.eps_factor for one in _every(Several, law) if isinstance(one, Deviation)}
        assert (found["wide, coarse"], found["narrow, coarse"]) == (2048.0, float(SIDE))
        assert (found["wide"], found["narrow"]) == (2048.0, 3.0)


#: Laws of `translate` that need no more than the stage itself, and take no seconds.
BILINEAR = [
    one
    for one in all_laws()
    if "translate" in one.stages and not (one.needs or one.once or one.slow) and one.name not in ("nearest", "mode")
]


class TestOptions:
    IMAGES = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4, 1) ** 2
    OFFSETS = np.array([(0.5, -1.5), (1.25, 0.0)], np.float32)

    def _ask(self, cls: type[Any], **options: Any) -> Any:
        given = {"images": self.IMAGES, "offsets": self.OFFSETS, **options}
        return subject_of(cls)("translate", given)["images"]

    def test_an_option_that_a_method_does_not_take_is_not_provided(self) -> None:
        with pytest.raises(NotProvided, match=r"^Stranger\.translate takes no interpolation$"):
            self._ask(Stranger, interpolation="nearest")

    def test_an_option_that_is_not_given_is_not_missed(self) -> None:
        assert np.array_equal(self._ask(Stranger), self._ask(Plain))

    def test_a_method_that_takes_anything_or_the_option_itself_is_given_it(self) -> None:
        nearest = self._ask(Plain, interpolation="nearest")
        assert np.array_equal(self._ask(Open, interpolation="nearest"), nearest)
        assert not np.array_equal(nearest, self._ask(Plain))

    @pytest.mark.parametrize("law", BILINEAR, ids=lambda one: one.name)
    def test_a_stranger_of_two_arguments_passes_every_bilinear_law(self, law: Law) -> None:
        found = finding_of(Stranger, "translate", law.name, select(law.cases, ())[-1])
        assert found.verdict is Verdict.OK, found.reason

    def test_among_them_are_those_of_signs_reach_blocks_and_sums(self) -> None:
        wanted = {"oracle", "identity", "sign_axis", "composition", "mass", "reach", "blocks", "dtypes", "refusal"}
        assert wanted <= {one.name for one in BILINEAR}

    def test_and_is_not_run_for_nearest(self) -> None:
        found = finding_of(Stranger, "translate", "nearest")
        assert (found.verdict, found.reason) == (
            Verdict.NOT_RUN,
            "not provided: Stranger.translate takes no interpolation",
        )
        assert finding_of(Open, "translate", "nearest").verdict is Verdict.OK
        assert finding_of(Plain, "translate", "nearest").verdict is Verdict.OK


def test_translate_is_the_stage_that_has_an_offset_for_a_block() -> None:
    assert {stage.name for stage in STAGES for field in stage.inputs if field.for_blocks} == {"translate"}


def test_a_runner_makes_the_backend_with_what_was_chosen_for_its_name() -> None:
    runner = Runner(CONTEXT, Policy(translations={"chosen": "rough", "other": "single"}))
    subject = subject_of(Chosen)
    made = runner.subject(Check("translate", "oracle", CASE, (subject.spec,), "cpu", "float32"), subject.spec)
    assert made.keywords == {"device": "cpu", "precision": "float32", "translation": "rough"}
    assert made.backend.translation == "rough"
