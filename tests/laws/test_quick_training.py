"""Mistakes of a training: seen by the quick part, blamed on the side that makes them; a copy has a baseline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from thinning import thinned

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults.specs import faulty_spec
from parity_suite.ptychography.sizes import LESSONS
from parity_suite.ptychography.torch import Torch

CONTEXT = RunContext()
TORCH = BackendSpec("torch", "parity_suite.ptychography.torch", "Torch")
LESSON = next(case for case in LESSONS if case.size("C") == 4)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    pytest.importorskip("torch").set_num_threads(1)


class Copied(Torch):
    """Right, and under a name that no baseline has."""


class Hurried(Torch):
    """Takes steps of twice the length."""

    def train(self, *given, settings, **named):  # type: ignore[no-untyped-def]
        return super().train(*given, settings={**settings, "learning_rate": 2 * settings["learning_rate"]}, **named)


class OwnStart(Hurried):
    """Begins with weights of its own, and so learns something else."""

    def initial_weights(self, seed, channels):  # type: ignore[no-untyped-def]
        raise NotImplementedError


def of(member: str) -> BackendSpec:
    return BackendSpec(member.lower(), __name__, member)


def test_half_of_the_training_faults_are_seen_by_a_law_of_the_quick_part() -> None:
    """By the page, which is measured; `pair` is left out, since one backend alone has none."""
    quick = {c.law for c in enumerate_checks([TORCH]) if c.stage == "train" and c.device == "cpu" and not c.slow}
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    rows = re.findall(r"^\| train \| `\w+` \|.*\| \d+/\d+: ([\w, ]+) \|[^|]*\|$", page, re.MULTILINE)
    seen = [bool(quick & set(laws.split(", "))) for laws in rows]
    assert len(seen) >= 50
    assert sum(seen) >= 0.75 * len(seen), (sum(seen), len(seen))


@pytest.mark.parametrize("fault", thinned(["first_scale_one", "trained_patches_dim", "bias_not_corrected"], 3))
def test_the_side_whose_training_is_not_the_written_out_one_is_the_culprit(fault: str) -> None:
    wrong = faulty_spec(TORCH, fault, "wrong")
    finding = Runner(CONTEXT, Policy("cpu")).run(Check("train", "pair", LESSON, (TORCH, wrong), "cpu", "float32"))
    assert finding.red
    assert finding.culprit == "wrong"
    assert finding.distances["torch"] == 0.0
    assert finding.distances["wrong"] > 1e-3


def test_a_copy_is_held_to_the_baseline_of_what_it_is_derived_from() -> None:
    def ask(member: str):  # type: ignore[no-untyped-def]
        check = Check("train", "baseline", LESSON, (of(member),), "cpu", "float32")
        return Runner(CONTEXT, Policy("cpu")).run(check)

    assert ask("Copied").verdict is Verdict.OK
    assert ask("Hurried").red


def test_what_begins_with_weights_of_its_own_has_no_baseline_of_another() -> None:
    check = Check("train", "baseline", LESSON, (of("OwnStart"),), "cpu", "float32")
    finding = Runner(CONTEXT, Policy("cpu")).run(check)
    assert (finding.verdict, finding.cause) == (Verdict.NOT_RUN, Cause.NO_BASELINE)
