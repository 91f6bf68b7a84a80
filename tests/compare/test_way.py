"""Two failures are the same by cause, outputs, rules and the place of an exception, not by what their messages say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.measured import Measured
from parity_suite.core.way import Raised, Rule, Way, missing, way_of

OFF = Measured("images (real)", 1.0, 1.0, 1e-6, (), 2.0, 1.0)
OTHER = replace(OFF, output="images (complex)")
WITHIN = replace(OFF, output="count", norm=0.0, peak=0.0)
DTYPE = Rule("images", "dtype", "images: dtype: found float16 for 12 images")
RAISED = Raised("ValueError", "cannot reshape array of size 12", "mine.py", 7, "Mine.translate")


def _way(
    *measured: Measured, rules: tuple[Rule, ...] = (), raised: Raised | None = None, cause: Cause | None = None
) -> Way:
    return way_of(cause or Cause.OFF_BUDGET, measured, rules, raised or Raised())


def test_what_is_within_its_budget_is_no_part_of_a_failure() -> None:
    assert _way(OFF, WITHIN) == _way(OFF)
    assert _way(OFF).outputs == {"images (real)"}


def test_fewer_outputs_and_rules_may_be_the_same_failure_and_others_are_not() -> None:
    both = _way(OFF, OTHER, rules=(DTYPE,))
    assert _way(OFF).is_part_of(both)
    assert _way(OFF, rules=(DTYPE,)).is_part_of(both)
    assert not both.is_part_of(_way(OFF))
    assert not _way(OFF).is_part_of(_way(OTHER))
    assert not _way(OFF, cause=Cause.NOT_EXACT).is_part_of(both)
    assert not _way(OFF, rules=(replace(DTYPE, rule="shape"),)).is_part_of(both)
    assert not _way(OFF, rules=(replace(DTYPE, field="count"),)).is_part_of(both)


def test_a_failure_of_nothing_is_no_part_of_any() -> None:
    assert not _way().is_part_of(_way(OFF))


@pytest.mark.parametrize("size", [1, 3, 12])
def test_messages_that_name_sizes_tell_no_failures_apart(size: int) -> None:
    said = replace(RAISED, message=f"cannot reshape array of size {size} into shape {(size, size)}")
    assert _way(raised=said) == _way(raised=RAISED)
    assert _way(rules=(replace(DTYPE, message=f"found float16 for {size} images"),)) == _way(rules=(DTYPE,))


@pytest.mark.parametrize(
    "change", [{"type": "TypeError"}, {"file": "other.py"}, {"line": 8}, {"function": "Mine.loss"}]
)
def test_exceptions_from_elsewhere_are_other_failures_whatever_they_say(change: dict[str, object]) -> None:
    assert not _way(raised=replace(RAISED, **change)).is_part_of(_way(raised=RAISED))  # type: ignore[arg-type]


def test_one_thing_that_cannot_be_had_is_told_from_another_without_its_text() -> None:
    one = missing("torch", "float32", Cause.UNAVAILABLE, RAISED)
    assert one == missing("torch", "float64", Cause.UNAVAILABLE, replace(RAISED, message="other words"))
    assert one != missing("other", "float32", Cause.UNAVAILABLE, RAISED)
    assert one != missing("torch", "float32", Cause.UNAVAILABLE, replace(RAISED, line=8))
    off = [missing("torch", precision, Cause.ARITHMETIC_OFF, Raised()) for precision in ("float32", "float64")]
    assert off[0] != off[1]
