"""A composed stage is traced to the stage that is wrong on the oracle's input, and to none that passed it on."""

from __future__ import annotations

import math
from typing import Any

import pytest
from plain import CASE, Plain, subject_of

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.laws.tracing import composed_of, gravest, trace
from parity_suite.ptychography.sizes import SMALL

CONTEXT = RunContext()

WRONG = {
    "patches_mirrored": ("forward", "extract"),
    "probe_conjugated": ("forward", "illuminate"),
    "fftshift_missing": ("forward", "diffract"),
    "wrong_dtype": ("forward", "diffract"),
    "modulus_not_doubled": ("infer", "network"),
    "stitch_offset_sign": ("objective", "reassemble"),
    "nll_sum_over_batch": ("train", "loss"),
    "power_not_held": ("train", "objective"),
}


def _subject(member: str) -> Subject:
    return Subject(BackendSpec("numpy", "measure_diagnosis", member), CONTEXT, "cpu", "float64", "float64")


@pytest.mark.parametrize("fault", WRONG)
def test_the_first_that_parts(fault: str) -> None:
    stage, wrong = WRONG[fault]
    found = trace(_subject(f"reference__{fault}"), stage, SMALL[1])
    assert tuple(found) == composed_of(stage)
    assert gravest(found) == wrong
    # The objective of this backend calls its own stages, and is wrong where one of them is.
    assert [name for name, share in found.items() if not share <= 1] in ([wrong], [wrong, "objective"])


@pytest.mark.parametrize("stage", ["forward", "objective", "train", "infer"])
def test_none_parts_where_all_are_right(stage: str) -> None:
    found = trace(_subject("Reference"), stage, SMALL[1])
    assert tuple(found) == composed_of(stage)
    assert gravest(found) == ""


def test_the_gravest_is_blamed_and_of_those_beyond_all_arithmetic_the_first() -> None:
    assert gravest({"extract": 49.0, "illuminate": 0.1, "diffract": 6.5e5}) == "diffract"
    assert gravest({"extract": 6.5e5, "illuminate": 3e4, "diffract": 2e7}) == "extract"
    assert gravest({"extract": 49.0, "illuminate": 0.1, "diffract": 48.0}) == "extract"
    assert gravest({}) == ""


def test_a_budget_is_used_up_at_one_and_by_what_is_no_number() -> None:
    assert gravest({"extract": 0.5, "illuminate": math.nan, "diffract": 3.0}) == "illuminate"
    assert gravest({"extract": 1.0, "illuminate": 1.01}) == "illuminate"
    assert trace(_subject("Reference"), "diffract", SMALL[1]) == {}


class Failing(Plain):
    def extract(self, **given: Any) -> Any:
        raise ZeroDivisionError


class Unready(Plain):
    def extract(self, **given: Any) -> Any:
        raise NotProvided("no extract yet")


class Misshapen(Plain):
    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi)[:, :-1]


@pytest.mark.parametrize(("cls", "failing"), [(Failing, "extract"), (Unready, ""), (Misshapen, "diffract")])
def test_a_stage_that_fails_is_infinitely_wrong_and_one_that_is_not_provided_is_left_out(
    cls: type[Any], failing: str
) -> None:
    found = trace(subject_of(cls), "forward", CASE)
    assert list(found) == [one for one in composed_of("forward") if (cls, one) != (Unready, "extract")]
    assert gravest(found) == failing
    assert [name for name, share in found.items() if share == math.inf] == [failing] * bool(failing)
