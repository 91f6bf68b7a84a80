"""The implementations of `translate` that a keyword chooses: what each is asked, and how coarse it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
from plain import CASE, Plain, finding_of, subject_of

from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Deviation, Outcome, deviation, exactly
from parity_suite.compare.exhibit import Artifact
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.runner import Runner
from parity_suite.laws.coordinates import eps_factor, with_places
from parity_suite.laws.registry import Law, all_laws
from parity_suite.ptychography.cases import select
from parity_suite.ptychography.pipeline import STAGES
from parity_suite.ptychography.sizes import LARGE_BATCHES


class Several(Plain):
    """Four implementations beside its own: one that is not here, one of single precision, two coarse ones."""

    implementations: ClassVar = dict.fromkeys(("coarse", "lacking", "single", "rough"), "translate")
    chosen_by: ClassVar = {"translate": "way"}
    capabilities_coarse = Capabilities(coordinates={"translate": "images"})
    capabilities_single = Capabilities(coordinates={"translate": "float32"}, precisions=("float32",))
    capabilities_rough = Capabilities(coordinates={"translate": "float32"})

    def __init__(self, *, device: str = "cpu", precision: str = "float32", way: str = "plain") -> None:
        super().__init__(device=device, precision=precision)
        self.way = way

    @classmethod
    def missing_implementation(cls, name: str) -> str:
        return "no such kernel here" if name == "lacking" else ""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        """Wrong in one implementation alone."""
        return super().translate(images, -offsets if self.way == "coarse" else offsets, interpolation)


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


class TestOneOfSeveral:
    """An implementation that a keyword chooses is asked by itself, as what it declares."""

    @staticmethod
    def found(implementation: str, precision: str = "float32") -> Finding:
        spec = subject_of(Several, precision, implementation).spec
        return Runner(RunContext()).run(Check("translate", "sign_axis", CASE, (spec,), "cpu", precision))

    def test_the_one_that_is_wrong_is_red_and_no_other(self) -> None:
        wrong = self.found("coarse")
        assert (wrong.verdict, wrong.subject) == (Verdict.SEMANTIC, "several.coarse")
        assert self.found("").passed
        assert self.found("rough").passed

    def test_what_it_cannot_do_is_not_asked(self) -> None:
        lacking, single = self.found("lacking"), self.found("single", "float64")
        assert (lacking.verdict, lacking.cause) == (Verdict.NOT_RUN, Cause.NO_DEVICE)
        assert lacking.reason == "no such kernel here"
        assert (single.verdict, single.cause) == (Verdict.NOT_RUN, Cause.OUTSIDE_CAPABILITY)
        assert self.found("single").passed

    @pytest.mark.parametrize(
        ("name", "precision", "factor"),
        [
            ("", "float32", 1.0),
            ("coarse", "float32", 138.0),
            ("single", "float32", 138.0),
            ("rough", "float32", 138.0),
            ("coarse", "float64", 1.0),
            ("rough", "float64", EPS["float32"] / EPS["float64"]),
        ],
    )
    def test_a_side_in_eps_of_what_the_places_are_rounded_to(self, name: str, precision: str, factor: float) -> None:
        assert eps_factor(subject_of(Several, precision, name), "translate", 138) == factor


def test_errors_of_a_law_carry_it_and_so_do_exact_values_which_tell_ulps_by_it() -> None:
    def law(subject: Subject, stage: str, case: Case) -> Iterator[Outcome | Artifact]:
        yield deviation("images", [1.0, 2.0], [1.0, 2.0])
        yield exactly("pixels", [1], [1])
        yield Deviation("wide", 0.0, 0.0, (), "", "", eps_factor=2048.0)

    def factors(implementation: str, case: Case = CASE) -> list[float]:
        found = with_places(law, subject_of(Several, "float32", implementation), "translate", case)
        return [one.eps_factor for one in found if isinstance(one, Deviation)]

    assert factors("") == [1.0, 1.0, 2048.0]
    assert factors("coarse") == [16.0, 16.0, 2048.0]
    # Of many images as of few: items are no pixels.
    assert factors("coarse", LARGE_BATCHES[0]) == [8.0, 8.0, 2048.0]


#: Laws of `translate` that need no more than the stage itself, and take no seconds.
BILINEAR = [
    one
    for one in all_laws()
    if "translate" in one.stages
    and not (one.needs or one.of_choice or one.per_shape or one.slow)
    and one.name not in ("nearest", "mode", "mode_sizes")
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
