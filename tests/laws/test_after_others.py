"""A stage that leaves something where another one finds it is blamed, whichever of the two is red."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import Plain

from parity_suite.backends.capabilities import Capabilities
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import SMALL

#: A table of settings of a module.
PARAMETERS: dict[str, Any] = {}


class Right(Plain):
    """Writes into the table in every stage, and reads what it wrote itself."""

    def diffract(self, psi: Any) -> Any:
        PARAMETERS["side"] = psi.shape[1]
        return super().diffract(psi) * (PARAMETERS["side"] / psi.shape[1])

    def illuminate(self, patches: Any, probe: Any) -> Any:
        PARAMETERS["side"] = patches.shape[1]
        return super().illuminate(patches, probe)


class LeavesItsSide(Right):
    """Finds the side that another stage wrote last."""

    def diffract(self, psi: Any) -> Any:
        side = PARAMETERS.setdefault("side", psi.shape[1])
        return Plain.diffract(self, psi) * (side / psi.shape[1])


class LeavesASwitch(Right):
    """A switch that one stage turns and none turns back."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        PARAMETERS["turned"] = True
        return Plain.illuminate(self, patches, probe)

    def diffract(self, psi: Any) -> Any:
        return Plain.diffract(self, psi) * (1.5 if PARAMETERS.get("turned") else 1.0)


class Configured(LeavesItsSide):
    """Says before each call what the stage is to find."""

    def configure(self, stage: str, inputs: Mapping[str, Any]) -> None:
        if stage == "diffract":
            PARAMETERS["side"] = inputs["psi"].shape[1]


class Restored(LeavesASwitch):
    """Declares that the table is outside, so that what a stage leaves there is gone after it."""

    def state_outside(self) -> dict[str, Any]:
        return dict(PARAMETERS)

    def restore_outside(self, state: dict[str, Any]) -> None:
        PARAMETERS.clear()
        PARAMETERS.update(state)


class RestoresNothing(Restored):
    def restore_outside(self, state: dict[str, Any]) -> None:
        pass


class HalfDeclared(LeavesASwitch):
    def state_outside(self) -> dict[str, Any]:
        return dict(PARAMETERS)


class LeavesInFloat64(LeavesItsSide):
    """Has the one precision in which it can be asked."""

    capabilities = Capabilities(precisions=("float64",))


class BreaksElsewhere(Right):
    """Another stage breaks its contract and fails, which is not a matter of this one."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        raise RuntimeError("illuminate is broken")

    def layout(self, *_: Any, **__: Any) -> Any:
        return np.zeros(3)


class Drifts(Right):
    """Has another answer at every call, whoever was asked in between."""

    calls = 0

    def diffract(self, psi: Any) -> Any:
        type(self).calls += 1
        return super().diffract(psi) * type(self).calls


class RemembersLast(Right):
    """Gives what it gave the last time that it was asked of these shapes; another stage is made of it."""

    last: Any = None

    def diffract(self, psi: Any) -> Any:
        before, self.last = self.last, Plain.diffract(self, psi)
        return self.last if before is None or before.shape != self.last.shape else before

    def illuminate(self, patches: Any, probe: Any) -> Any:
        if self.last is not None:
            batch, side, _, channels = self.last.shape
            self.diffract(np.ones((batch, 1, side, side, channels), self.last.dtype.char.upper()))
        return super().illuminate(patches, probe)


@pytest.fixture(autouse=True)
def _empty() -> None:
    PARAMETERS.clear()


def _found(cls: type[Any], precision: str = "float32") -> Finding:
    spec = BackendSpec(cls.__name__.lower(), __name__, cls.__name__)
    return Runner(RunContext()).run(Check("diffract", "surroundings", SMALL[1], (spec,), "cpu", precision))


@pytest.mark.parametrize("cls", [Right, BreaksElsewhere, Configured, Restored])
def test_what_is_written_and_read_by_one_stage_or_put_back_is_right(cls: type[Any]) -> None:
    found = _found(cls)
    assert found.verdict is Verdict.OK, found.reason


def test_the_table_is_as_it_was_after_a_check() -> None:
    PARAMETERS["kept"] = 1
    _found(Restored)
    assert PARAMETERS == {"kept": 1}


def test_what_cannot_be_put_back_is_said() -> None:
    found = _found(HalfDeclared)
    assert (found.verdict, found.reason) == (
        Verdict.ERROR,
        "HalfDeclared cannot be made: TypeError: HalfDeclared defines state_outside and no restore_outside",
    )


@pytest.mark.parametrize(
    ("cls", "precision"),
    [
        (LeavesItsSide, "float32"),
        (LeavesASwitch, "float32"),
        (RestoresNothing, "float32"),
        (LeavesInFloat64, "float64"),
    ],
)
def test_the_stage_that_left_it_is_blamed(cls: type[Any], precision: str) -> None:
    found = _found(cls, precision)
    assert (found.verdict, found.blame) == (Verdict.SEMANTIC, "illuminate")
    # Of what stays as it was left, those that were asked later are not told; the objective illuminates too.
    off = {one.about.after for one in found.measured if one.error > 1e-3}
    assert "illuminate" in off
    assert off <= {"illuminate", "objective"}


@pytest.mark.parametrize("cls", [Drifts, RemembersLast])
def test_what_needs_no_other_stage_blames_none(cls: type[Any]) -> None:
    found = _found(cls)
    assert (found.verdict, found.blame) == (Verdict.SEMANTIC, "diffract")
    assert not any(one.about.after for one in found.measured if one.error > 1e-3)
