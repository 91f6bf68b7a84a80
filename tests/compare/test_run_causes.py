"""The causes of a run: what a person mends once is one of them, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome, Stored, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.run_causes import RunCause, ToMend, numbered
from parity_suite.core.way import Raised, Rule
from parity_suite.laws.mending import told_to_mend


def finding(
    law: str = "oracle",
    case: str = "n16",
    subject: str = "mine",
    verdict: Verdict = Verdict.SEMANTIC,
    stage: str = "translate",
    **more: Any,
) -> Finding:
    parts = CheckId(stage, law, case, subject, "cpu", "float32")
    return Finding(str(parts), *vars(parts).values(), verdict, **{"blame": stage, **more})


def of_kinds(*kinds: Kind | None) -> ToMend:
    (found,) = told_to_mend(finding(case=f"n{place}", kind=kind) for place, kind in enumerate(kinds))
    return found


def test_two_mistakes_in_one_backend_are_two_causes_that_of_most_findings_first() -> None:
    wrong = [
        finding(stage="diffract", kind=Kind.FFTSHIFT),
        *(finding(case=case, kind=Kind.AXES) for case in ("n15", "n16")),
    ]
    assert [(one.cause, len(one.findings)) for one in told_to_mend(wrong)] == [
        (RunCause("mine", "translate"), 2),
        (RunCause("mine", "diffract"), 1),
    ]


def test_the_stage_that_a_chain_is_traced_to_is_that_of_the_cause() -> None:
    chained = finding(stage="forward", blame="translate")
    (one,) = told_to_mend([finding(), chained])
    assert (one.cause, one.findings) == (RunCause("mine", "translate"), (chained, finding()))


def test_an_implementation_has_a_cause_of_its_own() -> None:
    found = told_to_mend([finding(), finding(case="n15", implementation="gather")])
    assert {one.cause.implementation for one in found} == {"", "gather"}


def test_a_pair_is_part_of_what_is_wrong_with_a_side_of_it() -> None:
    pair = finding("pair", subject="mine+other")
    (one,) = told_to_mend([finding(), pair])
    assert (one.cause.subject, len(one.findings)) == ("mine", 2)
    (one,) = told_to_mend([finding(subject="other"), pair])
    assert (one.cause.subject, len(one.findings)) == ("other", 2)


def test_a_pair_of_which_no_side_is_red_there_is_a_cause() -> None:
    for beside in ([], [finding(stage="diffract")], [finding(subject="third")]):
        found = [one.cause for one in told_to_mend([*beside, finding("pair", subject="mine+other")])]
        assert RunCause("mine+other", "translate") in found


def test_a_pair_that_names_its_culprit_is_of_that_one() -> None:
    (one,) = told_to_mend([finding("pair", subject="mine+other", culprit="other")])
    assert one.cause.subject == "other"


def test_what_holds_is_known_or_did_not_run_is_no_cause() -> None:
    note = LedgerNote("entry 1", LedgerOutcome.AS_SAID)
    unavailable = finding(case="n17", verdict=Verdict.NOT_RUN, cause=Cause.UNAVAILABLE)
    assert told_to_mend([finding(verdict=Verdict.OK), finding(case="n15", ledger=note), unavailable]) == []
    otherwise = replace(note, outcome=LedgerOutcome.OTHERWISE)
    assert len(told_to_mend([finding(ledger=otherwise)])) == 1


def test_a_contract_has_its_rule_and_an_error_its_exception_and_function() -> None:
    rules = (Rule("scale", "rank", "scale: rank"), Rule("scale", "dtype", "scale: dtype"))
    raised = Raised("ValueError", "no", "mine.py", 3, "Mine.translate")
    broken = finding(verdict=Verdict.CONTRACT, rules=rules)
    failing = [finding("mode", case, verdict=Verdict.ERROR, raised=raised) for case in ("n15", "n16")]
    elsewhere = finding("form", verdict=Verdict.ERROR, raised=replace(raised, function="Mine.helper"))
    assert [one.cause for one in told_to_mend([broken, *failing, elsewhere])] == [
        RunCause("mine", "translate", exception="ValueError", function="mine.py:Mine.translate"),
        RunCause("mine", "translate", rule="rank"),
        RunCause("mine", "translate", exception="ValueError", function="mine.py:Mine.helper"),
    ]


def test_rules_that_are_broken_beside_a_wrong_number_are_not_the_cause() -> None:
    (one,) = told_to_mend([finding(rules=(Rule("scale", "rank", "scale: rank"),))])
    assert one.cause.rule == ""


def test_a_kind_is_named_where_it_explains_all_but_one_in_ten() -> None:
    axes = of_kinds(*[Kind.AXES] * 9, Kind.SIGN)
    assert axes.kind is Kind.AXES
    assert [one.kind for one in axes.otherwise] == [Kind.SIGN]
    assert of_kinds(*[Kind.AXES] * 8, Kind.SIGN).kind is None
    assert of_kinds(*[Kind.AXES] * 8, Kind.SIGN).otherwise == []


def test_a_failure_that_looks_like_nothing_is_not_explained() -> None:
    axes = of_kinds(*[Kind.AXES] * 9, None)
    assert (axes.kind, [one.kind for one in axes.otherwise]) == (Kind.AXES, [None])
    assert of_kinds(Kind.AXES, None).kind is None
    assert of_kinds(None).kind is None


def test_the_most_telling_check_is_one_that_a_person_understands_at_sight() -> None:
    laws = ["means", "identity", "sign_axis", "oracle", "linearity", "adjoint"]
    wrong = [finding(law) for law in reversed(laws)]
    for place, law in enumerate(laws):
        (one,) = told_to_mend(wrong[: len(laws) - place])
        assert one.most_telling.law == law
    (one,) = told_to_mend([finding("adjoint", "a"), finding("pair", "a"), finding("zeros", "z")])
    assert one.most_telling.law == "zeros"


def test_another_meaning_is_told_before_arithmetic() -> None:
    arithmetic = finding("identity", verdict=Verdict.NUMERICAL)
    (one,) = told_to_mend([arithmetic, *(finding(case=case) for case in ("n15", "n16"))])
    assert one.most_telling.verdict is Verdict.SEMANTIC
    (one,) = told_to_mend([arithmetic])
    assert one.most_telling is arithmetic


def test_of_two_as_telling_the_one_with_a_folder_is_told() -> None:
    kept = finding(case="n64", replay=Stored("parity-failures/here"))
    (one,) = told_to_mend([finding(case="n15"), kept])
    assert one.most_telling is kept


def test_what_holds_of_the_stage_is_counted() -> None:
    holding = [finding(law, verdict=Verdict.OK) for law in ("form", "mode")]
    others = [finding("form", subject="other", verdict=Verdict.OK), finding(stage="diffract", verdict=Verdict.OK)]
    (one,) = told_to_mend([finding(), *holding, *others])
    assert one.passing == 2


def test_a_ledger_counts_causes_as_the_terminal_does() -> None:
    """What is known, or joined to another cause, has a number behind all that the terminal shows."""
    as_said = LedgerNote("old", LedgerOutcome.AS_SAID)
    known = [finding(case=f"n{k}", stage="extract", ledger=as_said) for k in range(4)]
    pairs = [finding("pair", case=f"n{k}", subject="mine+other") for k in range(3)]
    alone = [finding(case="n15"), finding(case="n16")]
    two = [*(finding(case=f"n{k}", stage="loss") for k in range(3))]
    found = [*known, *pairs, *alone, *two]
    shown = [one.cause for one in told_to_mend(found)]
    assert [(cause.subject, cause.stage) for cause in shown] == [("mine", "translate"), ("mine", "loss")]
    assert list(numbered(found))[:2] == shown
    assert {cause: len(those) for cause, those in numbered(found).items()} == {
        RunCause("mine", "translate"): 2,
        RunCause("mine", "loss"): 3,
        RunCause("mine", "extract"): 4,
        RunCause("mine+other", "translate"): 3,
    }


def told_of(red: dict[str, str], held: dict[str, str]) -> str:
    """The condition of a mistake, of cases by their laws."""
    wrong = [finding(law, case) for law, cases in red.items() for case in cases.split()]
    right = [finding(law, case, verdict=Verdict.OK) for law, cases in held.items() for case in cases.split()]
    (found,) = told_to_mend([*wrong, *right])
    return found.condition


ODD, EVEN = "n15.g1.b3 n15.g3.b1 n63.g1.b1 n15.g1.b65", "n16.g2.b5 n16.g1.b0 n16.g1.b64 n16.g2.b4.p4"


def test_a_condition_is_one_that_parts_what_fails_from_what_holds() -> None:
    assert told_of({"oracle": ODD}, {"oracle": EVEN}) == "where n is odd"
    assert told_of({"oracle": f"{EVEN} n4.g2.b4"}, {"oracle": ODD}) == "where n is even"
    assert (
        told_of({"oracle": "n16.g1.b64 n15.g1.b65"}, {"oracle": "n15.g1.b3 n16.g2.b5 n63.g1.b1"})
        == "where b is above 5"
    )
    assert told_of({"oracle": "n16.g1.b0"}, {"oracle": "n15.g1.b3 n16.g2.b5 n16.g1.b64"}) == "where b is below 3"
    assert told_of({"oracle": "n16.g2.b5 n15.g3.b1"}, {"oracle": "n16.g1.b3 n15.g1.b64"}) == "where g is above 1"


def test_no_condition_is_told_that_another_failure_contradicts_or_that_others_rival() -> None:
    assert told_of({"oracle": ODD, "linearity": "n16.g2.b5"}, {"oracle": EVEN}) == ""
    assert told_of({"oracle": f"{ODD} n16.g1.b64"}, {"oracle": "n16.g2.b5 n16.g1.b0"}) == ""
    assert told_of({"oracle": f"{ODD} star128"}, {"oracle": EVEN}) == "", "what is not named after its sizes"
    assert told_of({"oracle": "n63.g3.b64"}, {"oracle": "n15.g1.b3 n16.g2.b5"}) == "", "any of three"
    assert told_of({"oracle": "n16.g2.b5 n16.g4.b2"}, {"oracle": "n16.g1.b3 n16.g1.b64"}) == "", "even, or above 1"
    assert told_of({"oracle": ODD}, {"oracle": "n16.g2.b5"}) == "", "one that holds is not enough"
    assert told_of({"linearity": ODD}, {"oracle": EVEN}) == "", "no case failed as it is"


def test_what_asks_sizes_of_its_own_contradicts_no_condition() -> None:
    assert told_of({"oracle": ODD, "search": "n16.g2.b5"}, {"oracle": EVEN}) == "where n is odd"
