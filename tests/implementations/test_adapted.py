"""Implementations and chains that are adapted: their own conventions, gradients and placement go along."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from adapted_pair import Two

from parity_suite.backends.adapted import conversions_of
from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner

FAR_FIELD = "illuminate+diffract"


def found(backend: str, subject: str, stage: str) -> dict[str, list[Finding]]:
    runner, by_law = Runner(RunContext()), dict[str, list[Finding]]()
    for one in enumerate_checks([parse_spec(f"adapted_pair:{backend}")]):
        mine = (one.subject, one.stage, one.device) == (subject, stage, "cpu") and one.case.kind == "probing"
        if mine and (not one.slow or one.law == "gradient"):
            by_law.setdefault(one.law, []).append(runner.run(one))
    return by_law


@pytest.mark.parametrize(("subject", "stage"), [("two", FAR_FIELD), ("two.first", "diffract")])
def test_what_is_right_is_green(subject: str, stage: str) -> None:
    by_law = found("Two", subject, stage)
    assert not [(one.check, one.reason) for of in by_law.values() for one in of if one.red]
    passed = {law for law, of in by_law.items() if all(one.verdict is Verdict.OK for one in of)}
    wanted = {"oracle", "batch_invariance", "equivariance", "form", "gradient", "gradient_again", "many", "placement"}
    assert passed >= wanted | ({"composition"} if stage == FAR_FIELD else {"energy"})


@pytest.mark.parametrize(
    ("subject", "stage", "kind"),
    [("transposed", FAR_FIELD, Kind.TRANSPOSE), ("transposed.first", "diffract", Kind.DECLARED)],
)
def test_what_is_wrong_is_red_and_blamed_on_itself(subject: str, stage: str, kind: Kind) -> None:
    by_law = found("Transposed", subject, stage)
    red = {law for law, of in by_law.items() if any(one.red for one in of)}
    assert red >= {"oracle", "gradient"} | ({"composition"} if stage == FAR_FIELD else set())
    assert {one.blame for of in by_law.values() for one in of if one.red} == {stage}
    assert kind in {one.kind for one in by_law["oracle"] if one.red}
    assert not [one for of in found("Transposed", "transposed", "diffract").values() for one in of if one.red]


def test_a_gradient_of_the_chain_is_the_chain_rule() -> None:
    by_law = found("Cut", "cut", FAR_FIELD)
    assert {law for law, of in by_law.items() if any(one.red for one in of)} == {"gradient", "gradient_many"}
    assert BY_NAME[FAR_FIELD].differentiable == (("amplitude", "patches"), ("amplitude", "probe"))


def test_an_implementation_has_conventions_of_its_own() -> None:
    texts = {
        name: [one.text for one in conversions_of(parse_spec(name).load(), "diffract").values()]
        for name in ("adapted_pair:Two", "adapted_pair:Two.first")
    }
    assert texts["adapted_pair:Two"] != texts["adapted_pair:Two.first"]
    assert Two.diffract is not parse_spec("adapted_pair:Two.first").load().diffract
