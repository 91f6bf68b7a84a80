"""Gradients, implementations and composed stages are asked by the conventions that a class declares, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("torch")

import strangers_in_torch
from strangers_in_torch import Declared, HalvesToEven, Misdeclared, Objective, SilentHalves

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.stage import PRECISIONS
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner

CONTEXT = RunContext()
CASES = ("n15.g1.b3", "n16.g2.b5")


def findings(cls: type[Any], stage: str, *laws: str, precisions: Sequence[str] = PRECISIONS) -> list[Finding]:
    spec = BackendSpec(cls.__name__.lower(), strangers_in_torch.__name__, cls.__name__)
    runner = Runner(CONTEXT, Policy("cpu", preflight=False, diagnosing=Diagnosing.ALWAYS))
    every = (one for one in enumerate_checks([spec]) if one.specs == (spec,) and one.stage == stage)
    asked = (one for one in every if one.law in laws and one.case.name in CASES and one.device == "cpu")
    chosen = [one for one in asked if one.precision in precisions]
    assert {one.law for one in chosen} == set(laws)
    return [runner.run(one) for one in chosen]


def test_gradients_are_those_of_the_declared_conventions() -> None:
    found = findings(Declared, "loss", "gradient", "oracle", "means", "scalars")
    assert [f"{one.check} {one.reason}" for one in found if one.verdict is not Verdict.OK] == []


def test_a_gradient_of_another_mean_is_red() -> None:
    assert {one.verdict for one in findings(Misdeclared, "loss", "gradient")} == {Verdict.SEMANTIC}


def test_halves_go_where_they_are_declared_to_go() -> None:
    found = findings(HalvesToEven, "translate", "nearest", "oracle", "digits")
    assert [f"{one.check} {one.reason}" for one in found if one.verdict is not Verdict.OK] == []
    red = findings(SilentHalves, "translate", "nearest")
    assert {one.verdict for one in red} == {Verdict.SEMANTIC}
    assert all(Kind.CONVENTION in (one.kind, *one.other_kinds) for one in red)


def test_the_objective_and_its_gradient_are_asked_by_them() -> None:
    # In one precision: the gradients of 130 groups are the dearest that there are.
    found = findings(Objective, "objective", "oracle", "scalars", "gradient", precisions=("float64",))
    assert [f"{one.check} {one.reason}" for one in found if one.verdict is not Verdict.OK] == []
