"""What JSON does not have is written in one way, and read back."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity_suite.contracts.plain_json import json_text, number, plain
from parity_suite.core.finding import Finding, Measured, Verdict


def _refused(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


def strictly(document: Any) -> Any:
    """What a reader finds that knows JSON alone."""
    return json.loads(json_text(plain(document)), parse_constant=_refused)


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan"), (np.float32(np.inf), "inf")]
)
def test_what_is_not_finite_is_text_that_is_read_back(value: float, text: str) -> None:
    assert strictly({"a": [{"b": (value, 1.5)}]}) == {"a": [{"b": [text, 1.5]}]}
    assert np.array_equal(number(text), value, equal_nan=True)
    assert plain({"a": value}, gaps=True) == {"a": None}


def test_arrays_and_numbers_of_numpy_are_lists_and_numbers() -> None:
    assert plain({"a": np.array([[1.0, np.nan]]), "b": np.int64(3)}) == {"a": [[1.0, "nan"]], "b": 3}


def test_a_document_that_is_not_plain_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text({"a": math.inf})


def test_a_finding_comes_back_with_its_infinities() -> None:
    one = Measured("a", math.inf, 1.0, 0.0, (1, 2), -math.inf, 0.0, math.inf)
    finding = Finding("s.l[c]", "s", "l", "c", "b", "cpu", "float32", Verdict.SEMANTIC, measured=(one,))
    found = replace(finding, facts={"distances": {"torch": math.inf}})
    written = strictly(found.to_json())
    assert written["facts"] == {"distances": {"torch": "inf"}}
    assert Finding.from_json(written) == replace(found, facts=written["facts"])
