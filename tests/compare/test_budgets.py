"""Every check that can fail by round-off has a budget, and every budget says where it was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.checks import enumerate_checks
from parity_suite.compare import budgets
from parity_suite.compare.budgets import EPS, Budget, budget_for, load_budgets

_ENTRY = {"k": 2.0, "growth": "log2", "worst": 1.0, "run": "first"}
_RUN = {"first": {"machine": "m", "date": "2026-01-01", "command": "pytest"}}

#: Laws, and stages whatever the law, that compare exactly or against bounds of their own.
_EXACT_LAWS = frozenset({"arithmetic", "distribution", "identity", "nearest", "placement", "refusal", "sign_axis"})
_EXACT_STAGES = frozenset({"layout", "observe"})
#: Laws of a stage that are exact, or bounded by thresholds, though others of the same name or stage know round-off.
_EXACT = frozenset(
    [
        "bundle.damage",
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
        "translate.compilations",
        "translate.inheritance",
        "translate.switch",
    ]
)


def _checked(exact: bool) -> set[str]:
    """Every stage and law that is checked, of the exact ones or of the others."""
    checks = {(check.stage, check.law) for check in enumerate_checks([parse_spec("a=x:A"), parse_spec("b=x:B")])}
    return {
        f"{stage}.{law}"
        for stage, law in checks
        if (law in _EXACT_LAWS or stage in _EXACT_STAGES or f"{stage}.{law}" in _EXACT) is exact
    }


def test_every_stage_and_law_with_round_off_has_an_entry_and_no_other() -> None:
    assert len(_checked(exact=False)) > 50
    assert set(load_budgets()) == _checked(exact=False)
    assert _checked(exact=True) > _EXACT


def test_every_entry_says_where_it_was_measured() -> None:
    for name, budget in load_budgets().items():
        assert budget.k > 0, name
        assert budget.worst <= budget.k, name
        assert re.search(r"\S+ on \d{4}-\d{2}-\d{2}, \S+", budget.source), name


@pytest.mark.parametrize(
    ("growth", "terms", "factor"),
    [("one", 1000, 1.0), ("log2", 64, 6.0), ("log2", 0, 1.0), ("log2", 1, 1.0), ("sqrt", 64, 8.0), ("sqrt", 0, 1.0)],
)
def test_the_growth_laws(growth: str, terms: int, factor: float) -> None:
    budget = Budget(3.0, growth, 1.0, "here")
    for precision, eps in EPS.items():
        assert budget.allowed(precision, terms) == pytest.approx(3 * eps * factor)
        assert budget.in_units(budget.allowed(precision, terms), precision, terms) == pytest.approx(3)


def test_precisions_differ_in_eps_alone() -> None:
    assert EPS["float32"] == 2.0**-23
    assert EPS["float64"] == 2.0**-52
    assert EPS["tf32"] > EPS["float32"]


@pytest.mark.parametrize("change", [{"note": "x"}, {"k": None}])
def test_an_entry_with_other_keys_is_refused(change: dict[str, object]) -> None:
    entry = {name: value for name, value in (_ENTRY | change).items() if value is not None}
    with pytest.raises(ValueError, match=r"diffract\.oracle must give k, growth, worst and run"):
        budgets._budget("diffract.oracle", entry, _RUN)


def test_an_unknown_run_or_budget_is_refused() -> None:
    with pytest.raises(KeyError, match="second"):
        budgets._budget("diffract.oracle", _ENTRY | {"run": "second"}, _RUN)
    with pytest.raises(KeyError, match=r"no entry for diffract\.taste"):
        budget_for("diffract", "taste")


def test_every_growth_is_known() -> None:
    for name, budget in load_budgets().items():
        assert budget.allowed("float32", 64) > 0, name


def test_an_entry_is_read_with_its_source() -> None:
    found = budgets._budget("diffract.oracle", _ENTRY, _RUN)
    assert found == Budget(2.0, "log2", 1.0, "pytest on 2026-01-01, m")


def test_all_entries_of_the_file_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "budgets.toml"
    table = '[measured.first]\nmachine = "m"\ndate = "2026-01-01"\ncommand = "pytest"\n'
    path.write_text(f'{table}[loss.oracle]\nk = 2\ngrowth = "one"\nworst = 1\nrun = "first"\n', "utf-8")
    monkeypatch.setattr(budgets, "BUDGETS_FILE", path)
    load_budgets.cache_clear()
    try:
        assert load_budgets() == {"loss.oracle": Budget(2.0, "one", 1.0, "pytest on 2026-01-01, m")}
        assert budget_for("loss", "oracle").k == 2
    finally:
        load_budgets.cache_clear()
