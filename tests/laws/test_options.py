"""Inputs that a contract calls optional: a method without one is never given it, and is measured on the rest."""

from __future__ import annotations

from typing import Any

import pytest
from plain import finding_of
from whole import Whole

from parity_suite.core.finding import Verdict
from parity_suite.laws.registry import all_laws
from parity_suite.ptychography.cases import select

#: A backend of one mode has no such law, and an anchor has cases of its own.
_LAWS = [
    one.name for one in all_laws() if "scale" in one.stages and not one.needs and one.name not in ("mode", "snapshot")
]


class Unlearned(Whole):
    """A scale that nothing is learned of."""

    def scale(self, psi: Any, nphotons: float, size: int) -> dict[str, Any]:
        return dict(super().scale(psi, nphotons, size, None))


class Doubled(Unlearned):
    def scale(self, psi: Any, nphotons: float, size: int) -> dict[str, Any]:
        found = super().scale(psi, nphotons, size)
        return {**found, "scale": 2 * found["scale"]}


class Nearest(Whole):
    """Groups of the nearest neighbours alone."""

    def group(self, positions: Any, gridsize: int) -> Any:
        return super().group(positions, gridsize, None, None)


class AtOnce(Whole):
    """One canvas at once."""

    def reassemble(self, patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
        return super().reassemble(patches, positions, centre, canvas, None)


@pytest.mark.parametrize(
    ("cls", "stage"), [(Unlearned, "scale"), (Nearest, "group"), (AtOnce, "reassemble")], ids=lambda one: str(one)
)
@pytest.mark.parametrize("law", ["oracle", "refusal", "statelessness"])
def test_a_method_without_an_option_is_held_to_the_rest(cls: type[Any], stage: str, law: str) -> None:
    found = finding_of(cls, stage, law)
    assert found.verdict is Verdict.OK, found.reason
    assert found.not_asked.startswith(f"{cls.__name__}.{stage} takes no ")


@pytest.mark.parametrize("law", _LAWS)
def test_no_law_of_the_scale_stops_at_an_option(law: str) -> None:
    found = finding_of(Unlearned, "scale", law)
    assert found.verdict is Verdict.OK, found.reason


def test_what_is_wrong_beside_an_option_is_named() -> None:
    found = finding_of(Doubled, "scale", "oracle")
    assert found.verdict is Verdict.SEMANTIC, found.reason
    assert found.worst is not None
    assert found.worst.output in ("scale (data)", "scale (closed)")


def test_a_snapshot_is_held_to_what_was_asked() -> None:
    (case, *_) = select("anchored", ())
    assert finding_of(Unlearned, "scale", "snapshot", case, "float64").verdict is Verdict.OK
    assert finding_of(Doubled, "scale", "snapshot", case, "float64").verdict is Verdict.SEMANTIC


class Alone(Whole):
    """Nothing but the closed form."""

    def scale(self, nphotons: float, size: int) -> dict[str, Any]:
        return dict(super().scale(None, nphotons, size, None))


@pytest.mark.parametrize("law", ["oracle", "refusal", "precedence", "means", "equivariance"])
def test_where_nothing_is_left_to_ask_the_law_is_not_run(law: str) -> None:
    found = finding_of(Alone, "scale", law)
    said = "Alone.scale takes no learned, Alone.scale takes no psi"
    if law in ("means", "equivariance"):
        assert (found.verdict, found.reason) == (Verdict.NOT_RUN, f"not provided: {said}")
    else:
        assert (found.verdict, found.not_asked) == (Verdict.OK, said), found.reason


def test_a_method_that_takes_all_is_asked_all_and_nothing_is_noted() -> None:
    found = finding_of(Whole, "scale", "oracle")
    assert found.verdict is Verdict.OK
    assert {one.output for one in found.measured} >= {"scale (learned)", "scale (data)", "scale (closed)"}
    assert not found.not_asked
    less = finding_of(Unlearned, "scale", "oracle")
    assert {one.output for one in less.measured} >= {"scale (data)", "scale (closed)"}
    assert not any("learned" in one.output for one in less.measured)
