"""Every fault says what kind it is, and the diagnosis of a NumPy backend with it in says the same."""

from __future__ import annotations

from collections import Counter

import pytest
from measure_diagnosis import Named, can_be_named, name, named

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import SMALL
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS

CONTEXT = RunContext()


def test_every_fault_that_is_a_mistake_has_a_kind() -> None:
    assert not [fault.name for fault in FAULTS.values() if not fault.kind and not fault.equivalent]


#: Stages whose checks on the oracle take a second or less, a fault.
QUICK = ("probe", "extract", "illuminate", "diffract", "scale", "loss", "group", "layout", "stats")
FAULTY = [fault for fault in FAULTS.values() if can_be_named(fault) and fault.kind and fault.stage in QUICK]


@pytest.fixture(scope="module")
def everything() -> dict[str, Named]:
    return {fault.name: name(fault) for fault in FAULTY}


def test_kinds_are_named(everything: dict[str, Named]) -> None:
    """At least four of five that were seen, and none wrongly."""
    how = Counter(one.how for one in everything.values())
    wrong = {n: (one.kind, one.fault.kind) for n, one in everything.items() if one.how == "wrong"}
    assert not wrong
    seen = len(everything) - how["unseen"]
    assert seen >= 45
    assert how["right"] >= 0.8 * seen, sorted(n for n, one in everything.items() if one.how == "none")


#: Faults that transformations and misread inputs explain, though the fault itself is not tried.
GENERIC = """
cut_offset_sign cut_axes_swapped cut_at_nearest_pixel cut_off_by_one cut_between_pixels patches_mirrored
patches_transposed patches_conjugated channels_transposed one_channel_for_all last_partial_batch_blank
probe_conjugated probe_transposed main_mode_for_all fftshift_missing divided_by_n not_normalised no_square_root
wave_conjugated float16_inside wrong_dtype nan_in_the_dark stale_answer patterns_collapse nan_accepted
scale_one scale_data_before_learned scale_not_in_loss nll_sum_over_batch sample_variance std_is_variance
stats_of_real_part relative_sign positions_as_row_column
""".split()  # noqa: SIM905 (a table of words)


@pytest.mark.parametrize("fault", GENERIC)
def test_named_without_being_known(fault: str) -> None:
    one = name(FAULTS[fault], without=True)
    assert one.how == "right", (one.kinds, FAULTS[fault].kind)


def test_the_right_backend_has_nothing_named() -> None:
    spec = BackendSpec("right", "measure_diagnosis", "Reference")
    finding = Runner(CONTEXT, Policy("cpu")).run(Check("diffract", "oracle", SMALL[1], (spec,), "cpu", "float64"))
    assert finding.verdict is Verdict.OK
    assert not named([finding])
    assert not finding.looks_like
