"""What may be refused of how an array lies in memory, and what may not; and that nothing is misread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain import CASE, Plain, finding_of

from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind


class _Particular(Plain):
    """Takes what lies as it should; ``misread`` are the images otherwise."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return super().translate(self.misread(images), offsets, interpolation)

    def misread(self, images: Any) -> Any:
        raise NotImplementedError


class RefusesWhatFrameworksRefuse(_Particular):
    def misread(self, images: Any) -> Any:
        if min(images.strides) < 0:
            raise ValueError("images: a negative stride")
        return images


class RefusesReadOnly(_Particular):
    def misread(self, images: Any) -> Any:
        if not images.flags.writeable:
            raise ValueError("images: read-only")
        return images


class FromTheOtherEnd(_Particular):
    def misread(self, images: Any) -> Any:
        return np.flip(images).copy() if min(images.strides) < 0 else images


class FirstAlone(_Particular):
    def misread(self, images: Any) -> Any:
        if not images.strides[0]:
            images = images.copy()
            images[1:] = 0
        return images


def test_what_frameworks_refuse_may_be_refused() -> None:
    assert finding_of(RefusesWhatFrameworksRefuse, "translate", "form", case=CASE).verdict is Verdict.OK


def test_what_is_read_only_may_not_be_refused() -> None:
    assert finding_of(RefusesReadOnly, "translate", "form", case=CASE).verdict is Verdict.ERROR


@pytest.mark.parametrize("cls", [FromTheOtherEnd, FirstAlone])
def test_what_is_misread_is_told_by_its_form(cls: type[Any]) -> None:
    found = finding_of(cls, "translate", "form", case=CASE)
    assert (found.verdict, found.kind) == (Verdict.SEMANTIC, Kind.FORM)
