"""Every fault says what kind it is, and the diagnosis of a NumPy backend with it in says the same."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from measure_diagnosis import Named, can_be_named, name, named

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import JUDGED_ON, Kind
from parity_suite.diagnosis.whole_numbers import miscounted
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS
from parity_suite.faults.specs import faulty_spec
from parity_suite.ptychography.sizes import SMALL

CONTEXT = RunContext()


def test_every_fault_that_is_a_mistake_has_a_kind() -> None:
    assert not [fault.name for fault in FAULTS.values() if not fault.kind and not fault.equivalent]


def test_every_kind_says_what_it_is_judged_on() -> None:
    assert {where for kind in Kind for where in kind.judged_on} == set(JUDGED_ON)
    assert not [kind for kind in Kind if not kind.means or not kind.judged_on]
    assert len({str(kind) for kind in Kind}) == len(Kind)


def test_indices_and_whole_numbers_are_read_one_too_high_and_too_low() -> None:
    read = {one.text: one for one in miscounted("group")}
    assert {"gridsize one too many", "gridsize one too few", "draws one too high", "draws one too low"} <= set(read)
    given = {"gridsize": 2, "draws": np.array([[[1, 3]]]), "neighbours": None}
    assert read["gridsize one too few"].change(given) == {**given, "gridsize": 1}
    assert read["neighbours one too many"].change(given) is None
    changed = read["draws one too high"].change(given)
    assert changed is not None
    assert changed["draws"].tolist() == [[[2, 4]]]


#: Stages whose checks on the oracle take a second or less, a fault.
QUICK = ("probe", "extract", "illuminate", "diffract", "scale", "loss", "group", "layout", "stats")
FAULTY = [fault for fault in FAULTS.values() if can_be_named(fault) and fault.kind and fault.stage in QUICK]


@pytest.fixture(scope="module")
def without() -> dict[str, Named]:
    """What red checks call each fault where the gallery that is tried does not have it."""
    return {fault.name: name(fault, without=True) for fault in FAULTY}


@pytest.mark.long
def test_kinds_are_named_without_the_fault_being_known(without: dict[str, Named]) -> None:
    """At least nine of ten that were seen and have a kind of the catalogue, and none wrongly."""
    how = Counter(one.how for one in without.values())
    wrong = {n: (one.kind, one.fault.kind) for n, one in without.items() if one.how == "wrong"}
    assert not wrong
    assert how["right"] >= 115
    catalogued = how["right"] + how["none"]
    assert how["right"] >= 0.9 * catalogued, sorted(n for n, one in without.items() if one.how == "none")


@pytest.mark.parametrize(
    ("fault", "law", "kind"),
    [
        # What is asked in another form, or from another thread, is asked later, too.
        ("stale_answer", "form", Kind.STATE),
        ("stale_answer", "surroundings", Kind.STATE),
        ("diffract_reads_memory", "form", Kind.FORM),
        ("diffract_wrong_in_another_thread", "surroundings", Kind.THREAD),
    ],
)
def test_what_is_kept_from_call_to_call_is_neither_form_nor_thread(fault: str, law: str, kind: Kind) -> None:
    spec = faulty_spec(BackendSpec("right", "measure_diagnosis", "Reference"), fault, "wrong")
    finding = Runner(CONTEXT, Policy("cpu")).run(Check("diffract", law, SMALL[1], (spec,), "cpu", "float64"))
    assert (finding.verdict, finding.kind) == (Verdict.SEMANTIC, kind)


@pytest.mark.parametrize(
    "fault",
    [
        "extract_one_for_channels_after_sixteen",
        "loss_channels_after_sixteen_dropped",
        "diffract_modes_after_sixteen_dropped",
        "last_batch_dropped",
        "one_draw_not_taken",
        "variation_wraps_around",
        "probe_scaled_by_power",
        "group_remembers",
        "scale_reads_memory",
    ],
)
def test_a_mistake_is_named_that_is_not_known(fault: str) -> None:
    assert name(FAULTS[fault], without=True).how == "right"


def test_the_right_backend_has_nothing_named() -> None:
    spec = BackendSpec("right", "measure_diagnosis", "Reference")
    finding = Runner(CONTEXT, Policy("cpu")).run(Check("diffract", "oracle", SMALL[1], (spec,), "cpu", "float64"))
    assert finding.verdict is Verdict.OK
    assert not named([finding])
    assert not finding.looks_like
