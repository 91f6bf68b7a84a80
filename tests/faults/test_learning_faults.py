"""Faults of learning: they are what they say, the guards let no dead network past, and TensorFlow's copies are red."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from thinning import thinned

from parity_suite.compare.ratio import BASELINE_ZERO
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, faulty
from parity_suite.faults.fault import REGISTERED
from parity_suite.faults.specs import faulty_spec, installed
from parity_suite.ptychography.faults.by_hand import ByHand
from parity_suite.ptychography.faults.network import network_with
from parity_suite.ptychography.inputs import seasoned_weights
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import GUARDED
from parity_suite.selftest.choice import relevant
from parity_suite.selftest.sieve import sifting

CONTEXT = RunContext()

DEAD = ("zero", "flat", "one_pixel", "nan", "thousandfold")
DOORS = {"train": "trained_patches_", "infer": "inferred_"}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    pytest.importorskip("torch").set_num_threads(1)


@pytest.fixture
def by_hand() -> Iterator[type[ByHand]]:
    """The Adam that faults are made in, without a fault."""

    class ByHandAndRight(ByHand, stage="train"):
        """Trains as it should."""

    yield ByHandAndRight
    del REGISTERED[ByHandAndRight.name]


@pytest.mark.long
def test_a_training_by_hand_without_a_mistake_is_green(by_hand: type[ByHand]) -> None:
    checks = list(relevant(faulty_spec(installed("torch"), by_hand.name, "torch_by_hand"), by_hand, "made"))
    findings = [Runner(CONTEXT, Policy("cpu")).run(check) for check in checks]
    assert {"optimiser", "movement", "dose", "determinism", "guard", "pair"} <= {f.law for f in findings}
    assert [(f.check, f.reason) for f in findings if f.verdict is not Verdict.OK] == []


def _guard(fault: str, stage: str, gridsize: int) -> Finding:
    case = next(case for case in GUARDED if case.size("C") == gridsize**2)
    spec = faulty_spec(installed("torch"), fault, "torch_guarded")
    return Runner(CONTEXT, sifting()).run(Check(stage, "guard", case, (spec,), "cpu", "float32"))


@pytest.mark.parametrize(("output", "stage", "gridsize"), thinned(product(DEAD, ["train", "infer"], [1, 2, 3]), 4))
def test_no_dead_network_passes_the_guards(output: str, stage: str, gridsize: int) -> None:
    finding = _guard(DOORS[stage] + output, stage, gridsize)
    assert finding.red
    assert finding.blame == stage
    # Red for what the patches are, and not for a check that could not run.
    assert finding.verdict is not Verdict.ERROR
    wanted = "nan" if output == "nan" else "must be at"
    assert wanted in finding.reason


@pytest.mark.parametrize("gridsize", [1, 2, 3])
def test_the_right_network_passes_the_guards(gridsize: int) -> None:
    case = next(case for case in GUARDED if case.size("C") == gridsize**2)
    spec = BackendSpec("torch", "parity_suite.ptychography.torch", "Torch")
    findings = [Runner(CONTEXT, Policy("cpu")).run(Check(s, "guard", case, (spec,), "cpu", "float32")) for s in DOORS]
    assert [f.verdict for f in findings] == [Verdict.OK] * 2


def test_a_baseline_of_zero_is_red_in_training_and_beside_evaluation() -> None:
    training, evaluation = (_guard("trained_patches_zero", stage, 2) for stage in DOORS)
    assert training.red
    assert "is 0, and must be at least" in training.reason
    assert evaluation.red
    compared = [one for one in evaluation.measured if one.output.startswith("train_eval")]
    assert compared
    assert not any(one.within for one in compared)


@pytest.mark.parametrize("wrong_first", [True, False])
def test_a_pair_over_a_baseline_of_zero_is_blocked_and_gives_no_ratio(wrong_first: bool) -> None:
    fault = FAULTS["trained_patches_zero"]
    spec = faulty_spec(installed("torch"), fault.name, "torch_zero")
    check = next(c for c in relevant(spec, fault, "made") if c.law == "pair")
    finding = Runner(CONTEXT, Policy("cpu")).run(check if wrong_first else replace(check, specs=check.specs[::-1]))
    assert finding.red
    assert "inf" not in finding.reason.split()
    assert (BASELINE_ZERO in finding.reason) == wrong_first


def test_the_oracle_with_no_wrong_ingredient_is_the_oracle() -> None:
    bits = np.random.default_rng(5)
    amplitude, probe = bits.random((2, 16, 16, 4)), bits.normal(size=(1, 16, 16)) + 1j * bits.normal(size=(1, 16, 16))
    given = {"amplitude": amplitude, "probe": probe, "scale": 1.5, "weights": seasoned_weights(2)}
    right = Oracle().network(**given)
    assert np.array_equal(network_with()(**given), right)
    assert not np.array_equal(network_with(DAMPING=0.0)(**given), right)
    assert np.array_equal(Oracle().network(**given), right)
    with pytest.raises(KeyError, match="_pull"):
        network_with(_pull=None)


class Keeper:
    """A stranger's class with a format of its own."""

    def train(self, **given: Any) -> Any:
        return given

    def save(self, folder: str) -> None:
        """Writes nothing."""


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [("inferred_zero", "Keeper does not define infer"), ("scale_not_saved", "and not that of Keeper")],
)
def test_a_class_that_lacks_the_door_or_the_format_has_no_such_copy(fault: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        faulty(Keeper, FAULTS[fault])


def test_a_faulty_door_takes_arguments_by_place_or_by_name() -> None:
    class Doubling:
        def infer(self, amplitude: Any, batch: int | None = None) -> Any:
            return 2.0 * amplitude

    wrong = faulty(Doubling, FAULTS["partial_batch_dropped"])()
    rows = np.ones((5, 4, 4, 1))
    assert len(wrong.infer(rows, 2)) == len(wrong.infer(amplitude=rows, batch=2)) == 4
    assert len(Doubling().infer(rows, 2)) == 5


#: One law that is red for each, among those that take TensorFlow the least time.
IN_TENSORFLOW = {
    "inferred_zero": "statelessness",
    "scale_not_saved": "round_trip",
    "scale_divided_twice": "oracle",
    "inferred_zero_at_one": "guard",
    "empty_chunk_crashes": "batch_invariance",
    "stitched_uncentred": "streaming",
    "epsilon_inside_the_root": "optimiser",
    "epsilon_of_the_framework": "optimiser",
}


def _in_tensorflow(name: str) -> Check:
    """The check that sees a fault in TensorFlow."""
    pytest.importorskip("tensorflow")
    spec = faulty_spec(installed("tensorflow"), name, "tensorflow_made")
    return next(c for c in relevant(spec, FAULTS[name], "made") if c.law == IN_TENSORFLOW[name])


@pytest.mark.parametrize("name", thinned(IN_TENSORFLOW, 8))
def test_a_fault_of_learning_is_seen_in_tensorflow_too(name: str) -> None:
    finding = Runner(CONTEXT, sifting()).run(_in_tensorflow(name))
    assert finding.red
    assert finding.blame == FAULTS[name].stage


@pytest.mark.long  # The main job asks the same.
@pytest.mark.parametrize("name", thinned(IN_TENSORFLOW, 8))
def test_the_right_tensorflow_passes_the_same(name: str) -> None:
    check = replace(_in_tensorflow(name), specs=(installed("tensorflow"),))
    assert Runner(CONTEXT, sifting()).run(check).verdict is Verdict.OK
