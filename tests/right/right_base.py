"""What all right variants share: how one is made, and that it refuses what breaks the contract of a stage."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.backends.methods import in_place_of
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Stage
from parity_suite.ptychography.admission import admit


class Right:
    """A backend that keeps everything in its precision; each subclass writes some stages in one of many right ways."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        if device != "cpu":
            raise ValueError(f"device: {device!r} is not supported")
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def __init_subclass__(cls) -> None:
        for name in set(vars(cls)) & set(BY_NAME):
            setattr(cls, name, _refusing(BY_NAME[name], getattr(cls, name)))

    def cast(self, array: Any) -> Any:
        """The array in the precision."""
        return np.asarray(array, self.complex if np.iscomplexobj(array) else self.real)


def _refusing(stage: Stage, method: Any) -> Any:
    def answer(self: Any, given: dict[str, Any]) -> Any:
        admit(stage, given)
        return method(self, **given)

    return in_place_of(method, stage.arguments, answer)
