"""The first stage beyond its budget is named, what a backend lacks is left out, and a stage that fails is infinite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, subject_of

from parity_suite.backends.subject import NotProvided
from parity_suite.compare.deviation import Breach
from parity_suite.laws.outputs import compare
from parity_suite.laws.tracing import first_to_part, trace


class Louder(Plain):
    def illuminate(self, patches: Any, probe: Any) -> Any:
        return super().illuminate(patches, probe) * self.real.type(1.5)


class Failing(Plain):
    def extract(self, **given: Any) -> Any:
        raise ZeroDivisionError


class Unready(Plain):
    def extract(self, **given: Any) -> Any:
        raise NotProvided("no extract yet")


class Misshapen(Plain):
    def diffract(self, psi: Any) -> Any:
        return super().diffract(psi)[:, :-1]


@pytest.mark.parametrize(
    ("cls", "stage"),
    [(Plain, ""), (Louder, "illuminate"), (Failing, "extract"), (Unready, ""), (Misshapen, "diffract")],
)
def test_the_stage_that_is_wrong_on_the_oracles_input(cls: type[Any], stage: str) -> None:
    found = trace(subject_of(cls), "forward", CASE)
    assert list(found) == [one for one in ("extract", "illuminate", "diffract") if (cls, one) != (Unready, "extract")]
    assert first_to_part(found) == stage
    assert all(share <= 1 for name, share in found.items() if name != stage)
    assert (found.get("extract") == math.inf) is (cls is Failing)
    assert (found["diffract"] == math.inf) is (cls is Misshapen)


def test_what_is_not_composed_has_no_trace() -> None:
    assert trace(subject_of(Louder), "illuminate", CASE) == {}


def test_a_budget_is_used_up_at_one() -> None:
    assert first_to_part({"extract": 1.0, "illuminate": 1.01, "diffract": 5.0}) == "illuminate"
    assert first_to_part({"extract": math.nan}) == "extract"
    assert first_to_part({"extract": 1.0}) == ""


@pytest.mark.parametrize("output", ["canvas", "count"])
def test_a_canvas_or_count_of_another_shape_is_a_breach(output: str) -> None:
    from parity_suite.cases.variants import variants

    variant = next(iter(variants(CASE, "reassemble", "float32")))
    got = {name: np.asarray(value) for name, value in variant.expected.items()}
    assert not [one for one in compare(variant, got, variant.expected) if isinstance(one, Breach)]
    wrong = list(compare(variant, got | {output: got[output][:-1]}, variant.expected))
    assert any(isinstance(one, Breach) and one.verdict == "contract" for one in wrong)
