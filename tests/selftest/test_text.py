"""What the matrix says below its table, of sightings made by hand: every section, and what fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind
from parity_suite.faults import FAULTS
from parity_suite.selftest.matrix import idle, rows_of
from parity_suite.selftest.sighting import Kill, MutantResult
from parity_suite.selftest.text import lines_of

ORACLE = "illuminate.oracle[n16.g2.b5-mine-cpu-float32]"
LINEAR = "illuminate.linearity[n16.g2.b5-mine-cpu-float32]"


def kill(check: str, blame: str = "illuminate", kind: Kind | None = None) -> Kill:
    stage, law = check.partition("[")[0].split(".")
    return Kill(check, stage, law, blame, Verdict.SEMANTIC, kind)


def sighting(fault: str, *kills: Kill, green: Mapping[str, int] | None = None, **more: Any) -> MutantResult:
    return MutantResult(fault, "mine", "made", kills, green or {}, **more)


def sections(*sightings: MutantResult) -> dict[str, list[str]]:
    """The lines below each title, and those of the summary under an empty one."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in lines_of(rows_of(sightings), table=False):
        if line.startswith("  "):
            found[title].append(line.strip())
        else:
            title = line.rstrip(":") if line.endswith(":") else ""
            found.setdefault(title, []).extend([line] if line and not title else [])
    return found


def test_two_witnesses_leave_nothing_to_say() -> None:
    said = sections(sighting("probe_conjugated", kill(ORACLE, kind=Kind.CONJUGATE), kill(LINEAR)))
    assert said == {
        "": [
            "mine: 1 fault: 1 killed, 0 survived, 0 equivalent, 0 without a place in it; 1 of 1 blamed on the right "
            "stage alone; kind of mistake named for 1, rightly for 1"
        ]
    }


def test_a_survivor_is_said_with_what_it_does_and_how_many_checks_passed_over_it() -> None:
    said = sections(sighting("probe_conjugated", green={"illuminate.oracle": 3, "illuminate.linearity": 2}))
    (line,) = said["survived, so that this mistake would go unnoticed"]
    assert line == (
        "probe_conjugated of illuminate in mine (Multiplies by the conjugate of the probe.) survived: no check saw it "
        "on made data; 5 ran"
    )
    assert "1 survived" in said[""][0]


def test_an_anchor_alone_does_not_save_a_fault() -> None:
    anchor = kill("illuminate.snapshot[field64-mine-cpu-float32]")
    assert "survived, so that this mistake would go unnoticed" in sections(sighting("probe_conjugated", anchor))


def test_checks_that_are_red_anyway_come_first_and_once() -> None:
    spoilt = (ORACLE, ORACLE.replace("n16", "n15"), LINEAR)
    found = [sighting(name, spoilt=spoilt) for name in ("probe_conjugated", "probe_transposed")]
    said = sections(*found)
    first, second = [title for title in said if title][:2]
    assert first.startswith("RED WITHOUT ANY FAULT")
    assert next(lines_of(rows_of(found), table=True)) == f"{first}:", "above the table, too"
    assert "; 3 checks RED WITHOUT ANY FAULT;" in said[""][-1]
    assert said[first] == [
        f"mine: {LINEAR}",
        f"mine: {ORACLE.replace('n16', 'n15')} and 1 more of illuminate.oracle",
    ]
    assert said[second][0].endswith("survived: no check saw it on made data; 0 ran, and 3 more are red without it")


def test_methods_that_a_backend_lacks_share_a_line() -> None:
    lacking = [sighting(name, reason="long", missing="translate") for name in ("offset_sign", "offset_axes_swapped")]
    switch = sighting("stale_canvas", reason="stale_canvas: Mine lacks a switch")
    said = sections(*lacking, switch, sighting("probe_conjugated", reason="long", missing="illuminate"))
    assert said["faults without a place"] == [
        "mine does not define translate (2), illuminate (1)",
        "mine: stale_canvas: Mine lacks a switch (1: stale_canvas)",
    ]


def test_another_stage_that_is_blamed_is_named() -> None:
    said = sections(sighting("probe_conjugated", kill(ORACLE, blame="diffract"), kill(LINEAR)))
    assert said["blamed on another stage"] == [f"probe_conjugated of illuminate: {ORACLE} blames diffract"]
    assert "0 of 1 blamed on the right stage alone" in said[""][0]


def test_one_witness_needs_a_reason() -> None:
    said = sections(sighting("probe_conjugated", kill(ORACLE)))
    assert said["seen by one check alone"] == [f"probe_conjugated: {ORACLE}; NO REASON GIVEN"]
    reasoned = next(fault for fault in FAULTS.values() if fault.single)
    witness = Kill("s.l[c-mine-cpu-float32]", reasoned.stage, "l", reasoned.stage, Verdict.SEMANTIC)
    assert sections(sighting(reasoned.name, witness))["seen by one check alone"][0].endswith(reasoned.single)


def test_an_equivalent_fault_is_neither_unless_a_check_sees_it() -> None:
    name, stage = next((fault.name, fault.stage) for fault in FAULTS.values() if fault.equivalent)
    said = sections(sighting(name, green={f"{stage}.oracle": 4}))
    assert said["equivalent, so neither killed nor surviving"][0].startswith(f"{name} of {stage}: ")
    assert rows_of([sighting(name, green={f"{stage}.oracle": 4})])[0].failed == ""
    (seen,) = rows_of([sighting(name, kill(f"{stage}.oracle[c-mine-cpu-float32]", blame=stage))])
    assert seen.failed == f"is said to be equivalent, and {stage}.oracle[c-mine-cpu-float32] sees it"


def test_unseen_on_one_kind_of_data_is_a_survivor() -> None:
    made = sighting("probe_conjugated", kill(ORACLE), kill(LINEAR))
    measured = MutantResult("probe_conjugated", "mine", "measured", green={"illuminate.oracle": 1})
    (row,) = rows_of([made, measured])
    assert row.failed == "survived: no check saw it on measured data"
    (row,) = rows_of([made, MutantResult("probe_conjugated", "mine", "measured", shows=False)])
    assert row.failed == ""


def test_a_law_is_idle_only_where_all_faults_of_its_stage_were_run() -> None:
    oracle = "loss.oracle[n16.g2.b5-mine-cpu-float32]"
    mine = [fault.name for fault in FAULTS.values() if fault.stage == "loss"]
    seen = [sighting(name, kill(oracle, blame="loss"), green={"loss.idle": 1}) for name in mine]
    assert idle(rows_of(seen)) == ["loss.idle"]
    assert idle(rows_of(seen[1:])) == []
