"""Places in the words of the axes."""

from __future__ import annotations

import pytest

from parity_suite.compare.axes import place_in_words
from parity_suite.core.about import About
from parity_suite.core.cause import Cause
from parity_suite.core.evidence import Basis, Evidence
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.report.failure import render_failure


@pytest.mark.parametrize(
    ("stage", "about", "place", "words"),
    [
        ("diffract", About("amplitude"), (3, 1, 2, 0), "item 3, row 1, column 2, channel 0"),
        ("illuminate", About("psi"), (3, 1, 2, 4, 0), "item 3, mode 1, row 2, column 4, channel 0"),
        ("translate", About("images", implementation="grid_sample"), (7, 29, 25, 0), "item 7, row 29, column 25"),
        ("extract", About("patches", "object"), (5, 6), "row 5, column 6"),
        ("group", About("coords_relative"), (4, 0, 1, 2), "item 4, y, channel 2"),
        ("reassemble", About("canvas"), (5, 6), "row 5, column 6"),
        ("reassemble", About("canvas"), (1, 5, 6), "item 1, row 5, column 6"),
        ("layout", About("images"), (1, 2, 3, 0), "item 1, row 2, column 3, channel 0"),
        ("forward", About("amplitude"), (1, 2, 3, 0), "item 1, row 2, column 3, channel 0"),
        ("stats", About("mean"), (1, 2), "item 1, channel 2"),
        ("network", About("patches", "weights"), (17,), "weight 17"),
        ("diffract", About("something else"), (1, 2), "[1, 2]"),
        ("diffract", About("amplitude"), (1, 2), "[1, 2]"),
        ("train", About("weights"), (1,), "[1]"),
    ],
)
def test_a_place_in_words(stage: str, about: About, place: tuple[int, ...], words: str) -> None:
    assert place_in_words(stage, about, "a label that nobody reads", place) == words
    if not about.wrt:
        # What is called like the output is the output.
        assert place_in_words(stage, About(), about.field, place) == words


def test_the_text_of_a_pair_that_is_traced() -> None:
    finding = Finding(
        "forward.pair[n16.g2.b5-a+b-cpu-float32]",
        "forward",
        "pair",
        "n16.g2.b5",
        "a+b",
        "cpu",
        "float32",
        Verdict.SEMANTIC,
        "a reason that nobody reads",
        "illuminate",
        Evidence(Basis.ERROR_IN_FLOAT64, 1.0),
        (Measured("amplitude", 9e-6, 1e-6, 1e-6, (2, 31, 34, 3), 8.0, 2.0),),
        Cause.OFF_BUDGET,
        "amplitude",
        oracle_has=8.5,
        trace={"extract": 0.0, "illuminate": 3.94e6, "diffract": 0.321},
        looks_like="probe conjugated (leaving 0.1 budgets)",
        kind=Kind.CONJUGATE,
        distances={"a": 0.0, "b": 1.0},
        culprit="b",
    )
    assert render_failure(finding).splitlines() == [
        "semantic: amplitude is off by 9e-06, 9 times its budget 1e-06",
        "  worst at item 2, row 31, column 34, channel 3: got 8, wanted 2, the oracle has 8.5",
        "  looks like: probe conjugated (leaving 0.1 budgets)",
        "  check: forward.pair[n16.g2.b5-a+b-cpu-float32]",
        "  semantic: another meaning, not round-off; in float64 the error is 1",
        "  each stage from the oracle's input, in budgets: extract 0, illuminate 3.9e+06, diffract 0.32",
        "  traced to the stage illuminate, which is wrong on the oracle's input",
        "  distance to the oracle: a 0, b 1",
        "  culprit: b",
    ]
