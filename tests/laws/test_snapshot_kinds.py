"""What a snapshot says where statistics of another kind of array come back than are stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain import finding_of
from whole import Whole

from parity_suite.core.finding import Finding, Verdict
from parity_suite.ptychography.cases import select


class AlwaysComplex(Whole):
    """Real images come back complex, of no imaginary part."""

    def translate(self, images: Any, offsets: Any, interpolation: str = "bilinear") -> Any:
        moved = super().translate(images, offsets, interpolation)
        return moved.astype(np.result_type(moved, np.complex64))


class Nothing(Whole):
    def translate(self, images: Any, offsets: Any, interpolation: str = "bilinear") -> Any:
        return np.zeros_like(super().translate(images, offsets, interpolation))


def _snapshot(cls: type[Any], precision: str) -> Finding:
    (case, *_) = select("anchored", ())
    return finding_of(cls, "translate", "snapshot", case, precision)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_complex_for_real_is_a_broken_contract(precision: str) -> None:
    found = _snapshot(AlwaysComplex, precision)
    assert found.verdict is Verdict.CONTRACT
    assert found.reason.startswith("images (real): complex, stored real"), found.reason


def test_zero_for_an_image_is_told_by_its_size() -> None:
    found = _snapshot(Nothing, "float32")
    assert found.verdict is Verdict.SEMANTIC
    assert found.worst is not None
    assert found.worst.output.endswith((", rms", ", peak"))
    assert found.worst.got == 0
    assert found.worst.want > 0
