"""Every outcome that fails is judged by its own evidence, and the gravest of them is what is said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from parity_suite.compare.deviation import Bound, BrokenRule, Deviation, Outcome, exactly
from parity_suite.compare.escalation import RoundOff
from parity_suite.compare.judge import Judgement, judge
from parity_suite.core.finding import Verdict

NOISE = "var_zero_mean (modes)"
MEANING = "minimum (modes)"
REFUSED = BrokenRule("5 images with 0 offsets: accepted", "contract")


def _off(output: str, error: float) -> Deviation:
    return Deviation(output, error / 2, error, (0, 1), "3", "4")


def _judge(outcomes: Sequence[Outcome], repeated: Sequence[Outcome] = (), precision: str = "float32") -> Judgement:
    return judge("stats", "oracle", precision, outcomes, lambda: repeated)


#: Far beyond its budget and gone in float64, beside what is less far beyond it and stays.
GIVEN = [_off(NOISE, 0.1), _off(MEANING, 1e-3)]
REPEATED = [_off(NOISE, 1e-9), _off(MEANING, 1e-3)]


@pytest.mark.parametrize("order", [1, -1])
def test_round_off_that_is_greater_hides_no_meaning(order: int) -> None:
    found = _judge(GIVEN[::order], REPEATED)
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "in float64 the error is 0.001")
    assert found.reason.startswith(f"{MEANING} is off by 0.001")
    assert found.decided_by == MEANING
    assert found.worst is not None
    assert found.worst.output == MEANING
    assert found.aside == {NOISE}
    assert {one.output for one in found.measured if not one.within} == {NOISE, MEANING}


def test_of_one_verdict_the_farthest_beyond_its_budget_is_said() -> None:
    gone = [_off(NOISE, 0.0), _off(MEANING, 0.0)]
    for order, (repeated, verdict) in product((1, -1), ((GIVEN, Verdict.SEMANTIC), (gone, Verdict.NUMERICAL))):
        found = _judge(GIVEN[::order], repeated)
        assert (found.verdict, found.decided_by, found.aside) == (verdict, NOISE, frozenset())
        assert found.reason.startswith(NOISE)


def test_the_law_is_repeated_once() -> None:
    asked = []

    def again() -> Sequence[Outcome]:
        asked.append(1)
        return REPEATED

    assert judge("stats", "oracle", "float32", GIVEN, again).verdict is Verdict.SEMANTIC
    assert len(asked) == 1


def test_what_one_ulp_moves_is_measured_once() -> None:
    asked = []

    def ulp() -> RoundOff:
        asked.append(1)
        return {"": 2e-4}

    found = judge("stats", "oracle", "float32", GIVEN, None, ulp)
    assert (found.verdict, found.decided_by, found.aside) == (Verdict.SEMANTIC, NOISE, {MEANING})
    assert len(asked) == 1


def test_the_last_digits_of_an_exact_value_hide_no_bound() -> None:
    counts = exactly("counts", np.array([1.0]), np.array([np.nextafter(1.0, 2.0)]))
    found = _judge([counts, Bound("z of the mean", 40.0, 5.0, "standard error")], precision="float64")
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "a bound is exceeded")
    assert found.reason == "z of the mean is 40, and must be at most 5 (standard error)"


def test_a_missing_refusal_hides_no_wrong_answer() -> None:
    found = _judge([REFUSED, _off(MEANING, 1e-3)], [REFUSED, _off(MEANING, 1e-3)])
    assert (found.verdict, found.decided_by) == (Verdict.SEMANTIC, MEANING)
    assert found.reason.startswith(f"{MEANING} is off by ")
    assert found.reason.endswith(f"; {REFUSED.message}")


def test_a_missing_refusal_is_graver_than_round_off_and_makes_none_a_meaning() -> None:
    found = _judge([REFUSED, _off(NOISE, 0.1)], [REFUSED, _off(NOISE, 1e-9)])
    assert (found.verdict, found.decided_by, found.aside) == (Verdict.CONTRACT, "", {NOISE})
    assert found.reason.startswith(f"{REFUSED.message}; {NOISE} is off by ")
    assert [one.output for one in found.measured] == [NOISE]


@pytest.mark.parametrize("order", [1, -1])
def test_of_exact_values_the_one_that_is_farthest_off_is_said(order: int) -> None:
    """Both differ everywhere, so that their distance alone tells them apart."""
    given = [exactly(name, np.array([1.0 + error]), np.array([1.0])) for name, error in (("near", 0.1), ("far", 0.4))]
    assert _judge(given[::order], given).decided_by == "far"


def test_a_value_without_a_distance_is_not_said_to_be_off_by_one() -> None:
    reason = _judge([exactly("mask", np.array([True, False]), np.array([True, True]))]).reason
    assert reason == "mask must be exact, and 0.5 of it differs; worst at [1]: got False, wanted True"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_hint_is_of_the_output_that_is_wrong(precision: str) -> None:
    off = _off(MEANING, 0.5)
    for moved, told in (({MEANING: 0.5}, True), ({NOISE: 0.5}, False), ({NOISE: 0.5, MEANING: 1e-9}, False)):
        found = judge("stats", "oracle", precision, [off], lambda: [off], lambda moved=moved: moved)  # type: ignore[misc]
        assert found.verdict is (Verdict.NUMERICAL if told else Verdict.SEMANTIC)
        assert (", no more than float32 makes" in str(found.evidence)) is told


def test_a_breach_that_float64_alone_has_is_a_meaning_still() -> None:
    broken = [REFUSED, BrokenRule("shape (2,), wanted (3,)", "contract")]
    assert _judge([REFUSED, _off(NOISE, 0.1)], broken).verdict is Verdict.SEMANTIC


def test_a_wrong_answer_without_a_distance_needs_no_evidence() -> None:
    def never() -> Sequence[Outcome]:
        raise AssertionError("asked")

    found = judge("stats", "oracle", "float32", [_off(NOISE, 0.1), BrokenRule("one answer to two questions")], never)
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "")
    assert found.reason.startswith("one answer to two questions; ")


def test_the_last_digits_of_one_number_are_arithmetic_too() -> None:
    """A scale that went through float32, and is equal in float64."""
    wide = 9.882118
    near = exactly("learned scale", np.float64(np.float32(wide)), np.float64(wide))
    found = _judge([near], [exactly("learned scale", wide, wide)])
    assert (found.verdict, str(found.evidence)) == (Verdict.NUMERICAL, "in float64 it is off by 0")
    assert found.reason == "learned scale is 9.88211823, and must be 9.882118"
    far = [exactly("learned scale", 9.9, wide)]
    assert _judge(far, far).verdict is Verdict.SEMANTIC


def test_a_count_of_rules_that_were_kept_is_no_other_meaning_than_the_rules() -> None:
    count = exactly("damaged inputs refused", 13, 14, "contract")
    found = _judge([REFUSED, count])
    assert (found.verdict, found.reason) == (
        Verdict.CONTRACT,
        f"{REFUSED.message}; damaged inputs refused is 13, and must be 14",
    )
    alone = _judge([count, _off(NOISE, 0.1)], [count, _off(NOISE, 0.0)])
    assert (alone.verdict, alone.decided_by, alone.aside) == (Verdict.CONTRACT, "damaged inputs refused", {NOISE})
    beside = _judge([REFUSED, count, _off(NOISE, 0.1)], [REFUSED, count, _off(NOISE, 0.0)])
    assert (beside.verdict, beside.aside) == (Verdict.CONTRACT, {NOISE})
    assert _judge([count, _off(MEANING, 1e-3)], [count, _off(MEANING, 1e-3)]).verdict is Verdict.SEMANTIC
