"""What a refusal changes for the whole process is told, unless it is what is loaded where it is first needed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from plain import spec_of
from whole import Whole

from parity_suite.backends.subject import Subject
from parity_suite.core.context import RunContext
from parity_suite.laws.registry import law_of
from parity_suite.ptychography.sizes import SMALL


class EachTime(Whole):
    def diffract(self, psi: Any) -> Any:
        try:
            return super().diffract(psi)
        except (TypeError, ValueError):
            self._prepare()
            raise

    def _prepare(self) -> None:
        np.set_printoptions(precision=3)


class OnceAlone(EachTime):
    """What it needs to say what is wrong is loaded once."""

    loaded: ClassVar[bool] = False

    def _prepare(self) -> None:
        if not OnceAlone.loaded:
            OnceAlone.loaded = True
            super()._prepare()


@pytest.mark.parametrize(("cls", "told"), [(EachTime, True), (OnceAlone, False), (Whole, False)])
def test_what_refusals_change(cls: type[Any], told: bool) -> None:
    subject = Subject(spec_of(cls), RunContext())
    found = list(law_of("refusal", "diffract").run(subject, "diffract", SMALL[1]))
    (settings,) = [one for one in found if getattr(one, "output", "").startswith("settings of the process")]
    assert (settings.error > 0) == told  # type: ignore[union-attr]
