"""Quick laws that need no framework are green on a right backend in NumPy, and red on the wrong ones they can tell.

That of crowds is left out, which takes seconds.

Some faults of the gallery that turn each law red stand in ``seen_on_numpy.json``, as measured, those first that few
laws see: a law that no longer sees one of them has lost something.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from plain import spec_of
from thinning import thinned
from whole import Knowing, Whole

from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, faulty
from parity_suite.selftest.sieve import no_shrinking, sifting

CONTEXT = RunContext()

SEEN: dict[str, list[str]] = json.loads(Path(__file__).with_name("seen_on_numpy.json").read_text("utf-8"))

#: Without a framework there is nothing to trace, no reference network that was trained or written, and no bare
#: arithmetic.
_NOT_IN_NUMPY = frozenset(
    [
        ("preflight", "arithmetic"),
        ("translate", "switch"),
        ("infer", "oracle"),
        ("objective", "gradient"),
        ("objective", "gradient_again"),
        ("bundle", "configuration"),
        ("train", "baseline"),
        ("train", "settings"),
    ]
)
#: Models of which a law asks more than that they are one.
_LEARNED = frozenset([("train", "guard"), ("infer", "guard"), ("infer", "truth")])
_ANY = BackendSpec("any", "any", "Any")


@cache
def _checks() -> dict[str, list[Check]]:
    """The quick checks of one backend by ``stage.law``; of the oracle and the anchors one recipe, which are alike."""
    found: dict[str, list[Check]] = {}
    for check in enumerate_checks([_ANY]):
        pair = check.stage, check.law
        many = check.law in ("oracle", "snapshot") and check.case.kind == "recipe" and check.case.name != "field64"
        if (
            check.device == "cpu"
            and check.specs == (_ANY,)
            and not check.slow
            and pair not in _NOT_IN_NUMPY
            and not many
        ):
            found.setdefault(f"{check.stage}.{check.law}", []).append(check)
    return found


@cache
def _wrong(fault: str) -> BackendSpec:
    """The specification of the backend with a fault in it."""
    module = sys.modules.setdefault("wrong_in_numpy", ModuleType("wrong_in_numpy"))
    setattr(module, fault, faulty(Whole, FAULTS[fault]))
    return BackendSpec(fault, module.__name__, fault)


def _ran(check: Check, spec: BackendSpec, policy: Policy) -> Finding:
    return Runner(CONTEXT, policy).run(replace(check, specs=(spec,)))


#: Thousands of items take a second of each: the gate asks them of both backends each time.
LONG = ("many", "crowd", "gradient_many")


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=pytest.mark.long if key.endswith(LONG) else ()) for key in sorted(_checks())]
)
def test_a_right_backend_is_green(key: str) -> None:
    stage, law = key.split(".")
    spec = spec_of(Knowing if (stage, law) in _LEARNED else Whole)
    findings = [_ran(check, spec, Policy("cpu", evidence=False)) for check in _checks()[key]]
    assert [f"{f.check}: {f.reason}" for f in findings if f.verdict not in (Verdict.OK, Verdict.NOT_RUN)] == []
    assert [f.check for f in findings if f.verdict is Verdict.OK]


@pytest.mark.parametrize(("key", "fault"), thinned([(key, one) for key, faults in SEEN.items() for one in faults], 10))
def test_a_wrong_one_is_red(key: str, fault: str) -> None:
    precise = [c for c in _checks()[key] if c.precision == FAULTS[fault].precision or c.stage in ("train", "infer")]
    with no_shrinking():
        seen = any(_ran(check, _wrong(fault), sifting()).red for check in precise)
    assert seen, f"{len(precise)} checks of {key} ran on {fault}, none red"


def test_a_subject_of_a_wrong_one_is_another_than_the_right_one() -> None:
    fault = next(iter(FAULTS))
    assert Subject(_wrong(fault), CONTEXT).cls is not Whole
    assert issubclass(Subject(_wrong(fault), CONTEXT).cls, Whole)
