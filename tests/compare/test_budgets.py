"""Every check that can fail by round-off has a budget, and every budget says where it was measured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.compare import budgets
from parity_suite.compare.allowance import Worst, allowance
from parity_suite.compare.budgets import (
    EPS,
    UNCALIBRATED,
    Budget,
    BudgetTables,
    ProvenanceError,
    budget_for,
    budgets_file,
    budgets_of,
    load_budgets,
    read_budgets,
)
from parity_suite.core.id_list import read_list
from parity_suite.core.pack import Pack
from parity_suite.engine.checks import enumerate_checks
from parity_suite.laws.registry import traits_of
from parity_suite.ptychography.pack import PACK

ROOT = Path(__file__).resolve().parents[2]
KEY = "illuminate.oracle.float32"
ENTRY: dict[str, Any] = {"k": 6.0, "growth": "one", "least": 1.2, "worst": 1.5, "runs": ["first"]}
RUN: dict[str, Any] = {
    "commands": ["pytest"],
    "dates": ["2026-01-01"],
    "factor": 4.0,
    "machines": ["m"],
    "records": 2,
    "seeds": [0],
}

#: Laws, and stages whatever the law, that compare exactly or against bounds of their own.
_EXACT_LAWS = frozenset(
    {"arithmetic", "distribution", "gradient_again", "identity", "nearest", "placement", "refusal", "sign_axis"}
)
_EXACT_STAGES = frozenset({"layout", "observe"})
#: Laws of a stage that are exact, or bounded by thresholds, though others of the same name or stage know round-off.
_EXACT = frozenset(
    [
        "bundle.configuration",
        "bundle.damage",
        "bundle.paths",
        "bundle.precisions",
        "bundle.refused_load",
        "infer.guard",
        "infer.truth",
        "objective.gradient",
        "train.baseline",
        "train.dose",
        "train.guard",
        "train.liveness",
        "train.movement",
        "train.optimiser",
        "train.pair",
        "train.settings",
        "translate.compilations",
        "translate.inheritance",
        "translate.switch",
    ]
)


def _checked(exact: bool) -> set[str]:
    """Every stage, law and precision that is checked, of the exact ones or of the others."""
    # The last has implementations, of which one law more is asked.
    specs = ("a=x:A", "b=x:B", "torch=parity_suite.ptychography.torch:Torch")
    checks = enumerate_checks(list(map(parse_spec, specs)))
    return {
        f"{stage}.{law}.{precision}"
        for stage, law, precision in {(check.stage, check.law, check.precision) for check in checks}
        if not traits_of(law).budget_of
        and (law in _EXACT_LAWS or stage in _EXACT_STAGES or f"{stage}.{law}" in _EXACT) is exact
    }


def test_every_stage_law_and_precision_with_round_off_has_an_entry_and_no_other() -> None:
    assert len(_checked(exact=False)) > 50
    assert set(load_budgets()) == _checked(exact=False)
    assert {key.rpartition(".")[0] for key in _checked(exact=True)} > _EXACT


def test_every_budget_is_that_of_a_listed_check() -> None:
    """A budget that no run uses is dead, and says nothing of what was measured."""
    stored = read_list(ROOT / "snapshots" / "check-ids.txt")
    assert stored
    listed = {check.partition("[")[0] for check in stored.ids}
    assert {key.rpartition(".")[0] for key in load_budgets()} <= listed


def test_every_run_says_how_it_was_measured() -> None:
    tables = read_budgets(budgets_file(PACK).read_text("utf-8"))
    for name, facts in tables.runs.items():
        assert facts["machines"], name
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in facts["dates"]), name
        assert all("pytest" in command for command in facts["commands"]), name
        assert facts["records"] >= len(facts["seeds"]) >= 1, name
    assert all(entry["runs"] for entry in tables.entries.values())


def test_in_float64_whatever_may_be_a_plain_sum_grows_as_a_root() -> None:
    assert {key for key, one in load_budgets().items() if key.endswith(".float64") and one.growth != "sqrt"} == set()


def test_a_promise_of_float32_binds_float32_alone() -> None:
    known = load_budgets()
    assert budget_for("diffract", "oracle", "float32").allowed(256) <= 5e-7 * 1.0001
    assert budget_for("translate", "oracle", "float32").allowed(1) <= 1e-6 * 1.0001
    assert {key for key, one in known.items() if one.rule == "ceiling"} <= {
        "diffract.oracle.float32",
        "translate.oracle.float32",
    }


@pytest.mark.parametrize(
    ("growth", "terms", "factor"),
    [("one", 1000, 1.0), ("log2", 64, 6.0), ("log2", 0, 1.0), ("log2", 1, 1.0), ("sqrt", 64, 8.0), ("sqrt", 0, 1.0)],
)
def test_the_growth_laws(growth: str, terms: int, factor: float) -> None:
    for precision, eps in EPS.items():
        budget = Budget(precision, 3.0, growth, 0.5, 0.75, ("here",), "factor")
        assert budget.allowed(terms) == pytest.approx(3 * eps * factor)
        assert budget.in_units(budget.allowed(terms), terms) == pytest.approx(3)


def test_precisions_differ_in_eps_alone() -> None:
    assert EPS["float32"] == 2.0**-23
    assert EPS["float64"] == 2.0**-52
    assert EPS["tf32"] > EPS["float32"]


def _refused(entry: dict[str, Any], run: dict[str, Any] = RUN) -> str:
    with pytest.raises(ProvenanceError) as error:
        budgets_of(BudgetTables({"first": run}, {}, {KEY: entry}))
    return str(error.value)


def test_what_was_measured_makes_the_budget() -> None:
    budget = budgets_of(BudgetTables({"first": RUN}, {}, {KEY: ENTRY}))[KEY]
    assert budget == Budget("float32", 6.0, "one", 1.2, 1.5, ("first",), "factor")


@pytest.mark.parametrize("fact", sorted(RUN))
def test_a_run_that_lacks_a_fact_is_refused(fact: str) -> None:
    assert fact in _refused(ENTRY, {name: value for name, value in RUN.items() if name != fact})
    assert fact in _refused(ENTRY, RUN | {fact: [] if isinstance(RUN[fact], list) else 0})


@pytest.mark.parametrize("fact", sorted(ENTRY))
def test_an_entry_that_lacks_a_fact_or_has_another_is_refused(fact: str) -> None:
    assert f"{KEY} must give" in _refused({name: value for name, value in ENTRY.items() if name != fact})
    assert f"{KEY} must give" in _refused(ENTRY | {"note": "x"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"k": 1.4}, "0 <= least <= worst <= k"),
        ({"least": 1.6}, "0 <= least <= worst <= k"),
        ({"least": -1.0}, "0 <= least <= worst <= k"),
        ({"k": 6.1}, "k = 6.1, and what was measured makes it 6"),
        ({"k": 5.9}, "k = 5.9, and what was measured makes it 6"),
        ({"worst": 8400.0, "k": 33600.0}, "an error of 0.001 in float32, which is no round-off"),
        ({"runs": []}, "stands on no run"),
        ({"runs": ["first", "second"]}, r"['second'], which is not described"),
        ({"growth": "cube"}, "growth 'cube'"),
    ],
)
def test_an_entry_that_is_not_what_was_measured_is_refused(change: dict[str, Any], said: str) -> None:
    assert said in _refused(ENTRY | change)


def test_a_run_on_which_nothing_stands_and_another_factor_are_refused() -> None:
    with pytest.raises(ProvenanceError, match=r"no budget stands on the run second, third$"):
        budgets_of(BudgetTables({"first": RUN, "third": RUN, "second": RUN}, {}, {KEY: ENTRY}))
    assert "the factor 5, which is 4" in _refused(ENTRY, RUN | {"factor": 5.0})


def test_a_refusal_names_all_that_is_allowed_and_what_is_empty() -> None:
    assert _refused({}).endswith("must give growth, k, least, runs, worst, and nothing else")
    assert _refused(ENTRY | {"growth": "cube"}).endswith("none of one, log2, sqrt")
    assert _refused(ENTRY, RUN | {"records": 0}).endswith("the run first says nothing of ['records']")


def test_tables_without_a_run_are_read_and_their_entries_refused() -> None:
    tables = read_budgets("[diffract.energy]\nfloat32 = { k = 1 }\n")
    assert tables == BudgetTables({}, {}, {"diffract.energy.float32": {"k": 1}})


def test_a_worst_case_may_use_all_of_a_ceiling() -> None:
    entry = ENTRY | {"k": 2.0**23 * 1e-6, "worst": 2.0**23 * 1e-6}
    promised = {KEY: {"error": 1e-6, "terms": 1}}
    assert budgets_of(BudgetTables({"first": RUN}, promised, {KEY: entry}))[KEY].rule == "ceiling"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_what_was_never_measured_is_allowed_the_default_of_the_rule(precision: str) -> None:
    assert budget_for("diffract", "taste", precision) is UNCALIBRATED[precision]
    assert UNCALIBRATED[precision].allowed(64) == 8 * EPS[precision] * 8


def test_what_leans_on_the_oracle_and_was_never_measured_is_allowed_twice_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {key: one for key, one in load_budgets().items() if ".pair." not in key}
    monkeypatch.setattr(budgets, "_of_resources", lambda resources: known)
    oracle, found = known["diffract.oracle.float32"], budget_for("diffract", "pair", "float32")
    assert (found.k, found.growth, found.rule) == (2 * oracle.k, "log2", "twice diffract.oracle.float32")
    assert budget_for("diffract", "taste", "float32") is UNCALIBRATED["float32"]
    assert budget_for("train", "pair", "float64") is UNCALIBRATED["float64"], "infer is another stage"


def test_a_pack_without_resources_has_no_place_for_budgets() -> None:
    with pytest.raises(ProvenanceError, match="pack bare names no resources"):
        budgets_file(Pack("bare", (), "no.cases"))


def test_another_precision_than_those_there_are_is_refused() -> None:
    with pytest.raises(ProvenanceError, match=r"illuminate\.oracle\.float16 is of none of float32, float64"):
        budgets_of(BudgetTables({"first": RUN}, {}, {"illuminate.oracle.float16": ENTRY}))


@pytest.mark.parametrize(
    ("key", "worst", "k", "rule"),
    [
        ("illuminate.oracle", {"illuminate.oracle": 1.5}, 6.0, "factor"),
        ("illuminate.oracle", {"illuminate.oracle": 1.51}, 6.1, "factor"),
        ("illuminate.oracle", {"illuminate.oracle": 0.2}, 2.0, "floor"),
        ("illuminate.mode", {"illuminate.mode": 0.0, "illuminate.oracle": 1.5}, 12.0, "twice illuminate.oracle"),
        ("illuminate.mode", {"illuminate.mode": 9.0, "illuminate.oracle": 1.5}, 36.0, "factor"),
        ("illuminate.linearity", {"illuminate.linearity": 1.0, "illuminate.oracle": 9.0}, 4.0, "factor"),
        ("train.determinism", {"train.determinism": 0.0, "infer.oracle": 1.0}, 8.0, "twice infer.oracle"),
        ("translate.oracle", {"translate.oracle": 3.0}, 8.388608, "ceiling"),
    ],
)
def test_the_rule_that_decides_k(key: str, worst: dict[str, float], k: float, rule: str) -> None:
    of = {f"{name}.float32": Worst(units, "one") for name, units in worst.items()}
    found = allowance(f"{key}.float32", of, {"translate.oracle.float32": 2.0**23 * 1e-6})
    rule = f"{rule}.float32" if rule.startswith("twice") else rule
    assert (found.k, found.rule) == (pytest.approx(k), rule)


@pytest.mark.parametrize(("worst", "k", "rule"), [(0.1, 8.0, "floor"), (3.0, 12.0, "factor")])
def test_in_float64_no_budget_is_less_than_that_of_what_was_never_measured(worst: float, k: float, rule: str) -> None:
    found = allowance("illuminate.oracle.float64", {"illuminate.oracle.float64": Worst(worst, "sqrt")}, {})
    assert (found.k, found.rule) == (k, rule)
    assert k >= UNCALIBRATED["float64"].k


def test_every_growth_is_known() -> None:
    for name, budget in load_budgets().items():
        assert budget.allowed(64) > 0, name
