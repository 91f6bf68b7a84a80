"""Places in the words of the axes."""

from __future__ import annotations

import pytest

from parity_suite.axes import place_in_words
from parity_suite.compare.finding import Finding, Verdict
from parity_suite.report.failure import render_failure


@pytest.mark.parametrize(
    ("stage", "output", "place", "words"),
    [
        ("diffract", "amplitude (modes)", (3, 1, 2, 0), "item 3, row 1, column 2, channel 0"),
        ("illuminate", "psi (modes)", (3, 1, 2, 4, 0), "item 3, mode 1, row 2, column 4, channel 0"),
        ("translate", "images (complex), grid_sample", (7, 29, 25, 0), "item 7, row 29, column 25"),
        ("extract", "d patches / d object (subpixel)", (5, 6), "row 5, column 6"),
        ("group", "coords_relative (nearest)", (4, 0, 1, 2), "item 4, y, channel 2"),
        ("reassemble", "canvas (one)", (5, 6), "row 5, column 6"),
        ("reassemble", "canvas (own)", (1, 5, 6), "item 1, row 5, column 6"),
        ("layout", "images (grid.flat)", (1, 2, 3, 0), "item 1, row 2, column 3, channel 0"),
        ("forward", "amplitude", (1, 2, 3, 0), "item 1, row 2, column 3, channel 0"),
        ("stats", "mean (complex)", (1, 2), "item 1, channel 2"),
        ("network", "d patches / d weights (unit)", (17,), "weight 17"),
        ("diffract", "something else", (1, 2), "[1, 2]"),
        ("diffract", "amplitude", (1, 2), "[1, 2]"),
        ("train", "weights", (1,), "[1]"),
    ],
)
def test_a_place_in_words(stage: str, output: str, place: tuple[int, ...], words: str) -> None:
    assert place_in_words(stage, output, place) == words


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
        "amplitude is off by 1, 9 times its budget 1e-06; worst at [2, 31, 34, 3]: got 8, wanted 2",
        "illuminate",
        "in float64 the error is 1",
        (),
        {
            "the oracle has there": "8.5",
            "trace": {"extract": "0", "illuminate": "3.9e+06", "diffract": "0.32"},
            "looks like": "probe conjugated (leaving 0.1 budgets)",
            "kind": "conjugated",
            "culprit": "b",
        },
    )
    assert render_failure(finding).splitlines() == [
        "semantic: amplitude is off by 1, 9 times its budget 1e-06",
        "  worst at item 2, row 31, column 34, channel 3: got 8, wanted 2, the oracle has 8.5",
        "  looks like: probe conjugated (leaving 0.1 budgets)",
        "  check: forward.pair[n16.g2.b5-a+b-cpu-float32]",
        "  semantic: another meaning, not round-off; in float64 the error is 1",
        "  each stage from the oracle's input, in budgets: extract 0, illuminate 3.9e+06, diffract 0.32",
        "  traced to the stage illuminate, which is wrong on the oracle's input",
        "  culprit: b",
    ]
