"""Which failure is the known one, value by value: numbers of every kind, thresholds, places that move, round-off."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.deviation import deviation
from parity_suite.compare.fingerprint import PATTERNS, fingerprint
from parity_suite.compare.judge import measure
from parity_suite.core.about import DRAWN, About
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import Evidence
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.core.way import Raised, Rule
from parity_suite.ledger.form import pin_from
from parity_suite.ledger.pin import KnownValue, Pin, pin_of

NAN, INF = math.nan, math.inf


def measured(got: Any, want: Any, **more: Any) -> Measured:
    known = {"output": "images", "norm": 1.0, "peak": 1.0, "budget": 1e-6, "place": (1, 2)}
    return Measured(**{**known, "got": got, "want": want, **more})


def finding(*those: Measured, verdict: Verdict = Verdict.SEMANTIC, **more: Any) -> Finding:
    parts = ("translate.oracle[n16-mine-cpu-float32]", "translate", "oracle", "n16", "mine", "cpu", "float32")
    return Finding(*parts, verdict, measured=those, **more)


def judged(got: Any, want: Any) -> Finding:
    return finding(*measure("translate", "oracle", "float64", [deviation("images", got, want)]))


def said(then: Finding, now: Finding) -> list[str]:
    return list(pin_of(then).differences(now))


@pytest.mark.parametrize(
    ("then", "want", "now", "same"),
    [
        (1.0, 3.0, 1.19, True),
        (1.0, 3.0, 0.81, True),
        (1.0, 3.0, 1.21, False),
        (1.0, 3.0, 3.0, False),
        (1.0, 3.0, NAN, False),
        (1.0, 3.0, 1 + 0.1j, True),
        (1 + 1j, 3 + 1j, 1 + 1.19j, True),
        (1 + 1j, 3 + 1j, 1.15 + 1.15j, False),
        (NAN, 3.0, NAN, True),
        (NAN, 3.0, INF, False),
        (NAN, 3.0, 1.0, False),
        (INF, 3.0, INF, True),
        (INF, 3.0, -INF, False),
        (complex(NAN, 1), 3.0, complex(NAN, 1), True),
        (complex(NAN, 1), 3.0, complex(1, NAN), False),
        (2.0, INF, 2.1, True),
        (2.0, NAN, 2.3, False),
        (0.0, NAN, 0.0, True),
        (700, 5, 700, True),
        (700, 5, 701, False),
        (True, False, True, True),
        (1, 0, True, False),
        ("left", "right", "left", True),
        ("left", "right", "up", False),
    ],
)
def test_what_the_code_gives_is_what_is_known(then: Any, want: Any, now: Any, same: bool) -> None:
    assert (said(finding(measured(then, want)), finding(measured(now, want))) == []) is same


def test_what_was_wanted_counts_too_since_it_is_the_other_side_of_a_pair() -> None:
    known = finding(measured(1.0, 3.0))
    assert said(known, finding(measured(1.0, 3.1))) == []
    assert said(known, finding(measured(1.0, 3.3))) == ["images has 1 at [1, 2], where 1 at [1, 2] is known"]


def test_of_a_threshold_the_value_counts_and_not_the_limit() -> None:
    limit: Any = {"bound": "at most", "place": ()}
    known = finding(measured(50.0, 5.0, **limit))
    assert said(known, finding(measured(54.0, 4.0, **limit))) == []
    assert said(known, finding(measured(55.0, 5.0, **limit))) == ["images has 55, where 50 is known"]


def test_a_place_may_move_between_errors_that_are_a_tie() -> None:
    known = finding(measured(1.0, 3.0))
    assert said(known, finding(measured(-5.0, -3.0005, place=(0, 0)))) == []
    assert said(known, finding(measured(-5.0, -3.01, place=(0, 0)))) == [
        "images has -5 at [0, 0], where 1 at [1, 2] is known"
    ]
    # Values without a distance have no tie, and two that are infinitely far are none.
    for got in ("left", NAN, 7):
        known = finding(measured(got, got))
        assert said(known, finding(measured(got, got, place=(0, 0)))) != []


def test_more_values_without_a_distance_that_differ_are_news() -> None:
    known = finding(measured(7, 5, norm=0.1, peak=0.1, exact=True))
    assert said(known, finding(measured(7, 5, norm=0.105, peak=0.105, exact=True))) == []
    assert said(known, finding(measured(7, 5, norm=0.2, peak=0.2, exact=True))) != []


def test_more_that_is_wrong_beside_the_worst_place_is_news() -> None:
    known = finding(measured(1.0, 3.0, norm=0.5))
    assert said(known, finding(measured(1.0, 3.0, norm=0.545))) == []
    for norm in (0.6, 0.4, INF, NAN):
        (news,) = said(known, finding(measured(1.0, 3.0, norm=norm)))
        assert news == f"images has an error of {norm:.3g} in all, where 0.5 is known"
    assert said(known, finding(measured(-5.0, -3.0, place=(0, 0), norm=0.7))) != [], "a tie"
    # An older entry does not say it.
    older = Pin(
        Verdict.SEMANTIC, tuple(replace(one, norm=0.0) for one in pin_of(known).outputs if isinstance(one, KnownValue))
    )
    assert list(older.differences(finding(measured(1.0, 3.0, norm=0.7)))) == []


def test_a_second_error_that_moves_neither_the_worst_place_nor_the_size_is_news() -> None:
    want = np.zeros((2, 8, 8), complex)
    flipped = want + np.random.Generator(np.random.PCG64(1)).uniform(0.2, 0.8, want.shape)
    flipped[1, 2, 3] = 1
    known = judged(flipped, want)
    assert said(known, judged(flipped * (1 + 1e-3), want)) == []
    turned = flipped * 1j ** (flipped.real < 0.5)
    for other in (flipped[:, ::-1].copy(), np.roll(flipped, 1, 0), turned):
        other[1, 2, 3] = 1
        (news,) = said(known, judged(other, want))
        assert news == "images has an error of another pattern, where one of this size is known"
    marks = known.measured[0].fingerprint
    assert len(marks) == PATTERNS
    assert all(0 < abs(one) < 6 for one in marks)
    # An older entry does not say it.
    older = Pin(
        Verdict.SEMANTIC,
        tuple(replace(one, fingerprint=()) for one in pin_of(known).outputs if isinstance(one, KnownValue)),
    )
    assert list(older.differences(judged(turned, want))) == []


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("blank", [NAN, INF])
def test_what_is_wrong_beside_what_is_not_finite_is_news(kind: type, blank: float) -> None:
    want = np.random.Generator(np.random.PCG64(2)).uniform(0.5, 1, (2, 6, 6)).astype(kind)
    dark = want.copy()
    dark[0, :2] = blank
    known = judged(dark, want)
    elsewhere = dark.copy()
    elsewhere[np.isfinite(dark)] *= 1 + 1e-6
    assert said(known, judged(elsewhere, want)) == [], "round-off of another machine"
    more, other, moved = dark.copy(), dark.copy(), np.roll(dark, 1, axis=2)
    more[1, 3, 3] = blank
    other[1] *= 1.1
    moved[0, 2:] *= -1
    for now in (more, other, moved):
        assert said(known, judged(now, want)) != []
    assert judged(want, want).measured[0].fingerprint == ()


@pytest.mark.parametrize(
    ("got", "want", "now"),
    [
        (np.arange(40)[::-1], np.arange(40), np.roll(np.arange(40), 20)),
        (np.array([True, False] * 20), np.array([False] * 40), np.array([False, True, True, False] * 10)),
        (np.array(["left", "right"] * 9), np.array(["left"] * 18), np.array(["right", "left"] * 9)),
    ],
)
def test_other_values_of_those_without_round_off_are_news(got: Any, want: Any, now: Any) -> None:
    one, other, third = (fingerprint(*both) for both in ((got, want), (now, want), (got, want)))
    assert one == third != other
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.1


def test_of_drawn_inputs_the_error_counts() -> None:
    drawn: Any = {"about": About(variant=DRAWN)}
    known = finding(measured(1.0, 3.0, **drawn))
    assert said(known, finding(measured(8.0, 9.0, place=(), norm=1.09, peak=0.2, **drawn))) == []
    for size in (1.11, 0.89, INF, NAN):
        assert said(known, finding(measured(1.0, 3.0, norm=size, peak=0.0, **drawn))) != []
    assert said(known, finding(measured(1.0, 3.0, output="canvas", **drawn))) == ["canvas fails as well"]


def test_round_off_may_be_twice_what_it_was() -> None:
    known = finding(measured(1.0, 1.00001, norm=1e-5, peak=1e-5), verdict=Verdict.NUMERICAL)
    for size, same in ((1.9e-5, True), (2e-6, True), (2.1e-5, False), (INF, False)):
        now = finding(measured(3.0, 3.1, place=(), norm=size, peak=0.0), verdict=Verdict.NUMERICAL)
        assert (said(known, now) == []) is same
    assert said(known, finding(measured(1.0, 1.00001)))[0] == "semantic and not numerical"


@pytest.mark.parametrize(
    ("known", "found", "precision", "rule", "same"),
    [
        (4.9e-8, 1.2e-7, "float64", "dtype", True),
        (1.2e-7, 4.9e-8, "float64", "dtype", True),
        (4.9e-8, 1.2e-4, "float64", "dtype", False),
        (1.2e-4, 4.9e-8, "float64", "dtype", False),
        (4.9e-8, 1.2e-7, "float32", "dtype", False),
        (4.9e-8, 1.2e-7, "float64", "finite", False),
    ],
)
def test_what_float32_makes_where_float64_is_asked_is_another_error_on_each_machine(
    known: float, found: float, precision: str, rule: str, same: bool
) -> None:
    then, now = (
        replace(
            finding(
                measured(
                    1 + way * error,
                    1.0,
                    norm=error,
                    peak=error,
                    budget=6e-14,
                    place=(),
                    fingerprint=(way, way, -way, way),
                ),
                verdict=Verdict.CONTRACT,
                rules=(Rule("probe", rule, ""),),
            ),
            precision=precision,
        )
        for error, way in ((known, 1.0), (found, -1.0))
    )
    assert (said(then, now) == []) is same


@pytest.mark.parametrize(("narrow", "same"), [(True, True), (False, False)])
def test_so_it_is_where_nothing_but_the_error_says_so(narrow: bool, same: bool) -> None:
    then, now = (
        replace(
            finding(
                measured(1 + error, 1.0, norm=error, peak=error, budget=6e-14, place=()), verdict=Verdict.NUMERICAL
            ),
            precision="float64",
            evidence=Evidence(like_float32=narrow),
        )
        for error in (4.9e-8, 1.2e-7)
    )
    assert (said(then, now) == []) is same


def test_an_output_that_is_not_known_is_red_and_one_that_is_mended_is_not() -> None:
    other = measured(1.0, 3.0, output="images, other", about=About(implementation="other"))
    assert said(finding(measured(1.0, 3.0), other), finding(other)) == []
    assert said(finding(other), finding(other, measured(1.0, 3.0))) == ["images fails as well"]
    # A name alone is not an implementation.
    assert said(finding(other), finding(measured(1.0, 3.0, output="images, other"))) == ["images, other fails as well"]
    # What holds is no part of it.
    assert said(finding(other), finding(other, measured(1.0, 1.0, norm=0.0, peak=0.0))) == []


def test_a_rule_is_known_by_field_name_and_implementation() -> None:
    def broken(*rules: Rule) -> Finding:
        return finding(verdict=Verdict.CONTRACT, rules=rules)

    known = broken(Rule("images", "dtype", "float16 in (3, 4)"))
    assert said(known, broken(Rule("images", "dtype", "float16 in (5, 6)"))) == []
    assert said(known, broken(Rule("images", "shape", ""))) == ["breaks shape of images"]
    assert said(known, broken(Rule("canvas", "dtype", ""))) == ["breaks dtype of canvas"]
    assert said(known, broken(Rule("images", "dtype", "", "other"))) == ["breaks dtype of images other"]


def test_an_error_is_known_by_type_and_function_and_by_no_line() -> None:
    def raised(*parts: Any, **more: Any) -> Finding:
        return finding(verdict=Verdict.ERROR, cause=Cause.EXCEPTION, raised=Raised(*parts), **more)

    known = raised("ValueError", "(3, 4)", "mine.py", 7, "Mine.loss")
    assert said(known, raised("ValueError", "(5, 6)", "mine.py", 9, "Mine.loss")) == []
    assert said(known, raised("KeyError", "", "mine.py", 7, "Mine.loss")) == ["raises KeyError mine.py Mine.loss"]
    assert said(known, raised("ValueError", "", "mine.py", 7, "Mine.save")) != []
    assert said(known, raised("ValueError", "", "mine.py", 7, "Mine.loss", implementation="other")) != []


def test_an_error_with_nothing_raised_is_known_by_its_cause() -> None:
    known = finding(verdict=Verdict.ERROR, cause=Cause.MEASURED_NOTHING)
    assert said(known, known) == []
    assert said(known, finding(verdict=Verdict.ERROR, cause=Cause.UNAVAILABLE)) == ["unavailable"]
    # Once it is said that a backend cannot be had, other checks are not run for it: in this run, or in another order.
    unasked = finding(verdict=Verdict.NOT_RUN, cause=Cause.UNAVAILABLE)
    assert pin_of(unasked).verdict is Verdict.ERROR


def test_the_kind_of_a_mistake_decides_nothing() -> None:
    known = finding(measured(1.0, 3.0), looks_like="a mirrored image")
    assert pin_of(known) == pin_of(finding(measured(1.0, 3.0)))


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        ({}, "nothing is known to fail"),
        ({"output": []}, "output is not one of outputs, rules, raised, cause"),
        ({"outputs": {}}, "not a list of tables"),
        ({"outputs": [{"gives": 1}]}, "no name"),
        ({"outputs": [{"output": "a", "gives": {"number": 1}}]}, "not a value"),
        ({"outputs": [{"output": "a", "gives": [1]}]}, "not a value"),
        ({"outputs": [{"output": "a", "gives": 1, "place": [1.5]}]}, "not a list of whole numbers"),
        ({"outputs": [{"output": "a", "given": 1}]}, "given is not one of output, "),
        ({"outputs": [{"output": "a", "error": [1]}]}, "not a number"),
        ({"outputs": [{"output": "a", "error": 1.0, "gives": 1}]}, "gives is not one of output, "),
        ({"rules": [["a", "b"]]}, "not lists of field, rule and implementation"),
        ({"raised": ["ValueError"]}, "not a list of type, file, function and implementation"),
        ({"cause": "bad-luck"}, "bad-luck"),
    ],
)
def test_what_is_no_pin_is_refused(fails: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pin_from("semantic", fails)
