"""Thresholds: the contract's, those of one case over them, the user's over all; what names nothing is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parity_suite.ptychography.learning import thresholds
from parity_suite.ptychography.learning.thresholds import USER_ORIGIN, ThresholdError, Thresholds

CONTRACT = """
[mean]
minimum = 0.5
maximum = 2.0
doc = "mean |x|"
origin = "measured"

[peak]
maximum = 0.25
doc = "the share of one pixel"
origin = "by reason"

[cases."lesson9.g1"]
mean = { minimum = 0.75, origin = "a brighter object" }
peak = { maximum = 0.125 }
"""


def _forget() -> None:
    thresholds._contract.cache_clear()
    thresholds._raw.cache_clear()


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "guards.toml").write_text(CONTRACT, "utf-8")
    monkeypatch.setattr(thresholds, "resource_folder", lambda name: tmp_path)
    _forget()
    yield
    _forget()


def _limits(known: Thresholds, case: str) -> dict[str, tuple[float | None, float | None, str]]:
    return {name: (one.minimum, one.maximum, one.origin) for name, one in known.of(case).items()}


def test_the_shipped_thresholds_each_say_what_and_whence() -> None:
    shipped = Thresholds().of("any.g1")
    assert {"var_zero_mean", "mean", "relative_variance", "variance_ratio", "peak_share", "train_eval"} <= set(shipped)
    assert (shipped["var_zero_mean"].minimum, shipped["mean"].minimum) == (1e-6, 1e-9)
    for name, one in shipped.items():
        assert one.name == name
        assert one.doc
        assert one.origin
        assert one.minimum is not None or one.maximum is not None


@pytest.mark.usefixtures("contract")
class TestOrder:
    def test_the_contract_alone(self) -> None:
        known = Thresholds()
        assert _limits(known, "other.g1") == {"mean": (0.5, 2.0, "measured"), "peak": (None, 0.25, "by reason")}

    def test_a_case_over_the_contract(self) -> None:
        known = Thresholds()
        assert _limits(known, "lesson9.g1") == {
            "mean": (0.75, 2.0, "a brighter object"),
            "peak": (None, 0.125, "by reason"),
        }

    def test_the_user_over_the_case_over_the_contract(self) -> None:
        known = Thresholds()
        known.override({"mean": {"minimum": 0.1}, "lesson9.g1": {"peak": {"minimum": 0.01, "maximum": 0.5}}})
        assert _limits(known, "other.g1") == {"mean": (0.1, 2.0, USER_ORIGIN), "peak": (None, 0.25, "by reason")}
        assert _limits(known, "lesson9.g1") == {"mean": (0.1, 2.0, USER_ORIGIN), "peak": (0.01, 0.5, USER_ORIGIN)}

    def test_the_users_case_over_what_he_says_of_all(self) -> None:
        known = Thresholds()
        known.override({"mean": {"minimum": 0.1, "maximum": 8}, "other.g1": {"mean": {"minimum": 0}}})
        assert _limits(known, "other.g1")["mean"] == (0, 8, USER_ORIGIN)
        assert _limits(known, "lesson9.g1")["mean"] == (0.1, 8, USER_ORIGIN)

    def test_the_last_overrides_are_the_ones_that_hold(self) -> None:
        known = Thresholds()
        known.override({"mean": {"minimum": 0.1}})
        known.override({"peak": {"maximum": 0.5}})
        assert _limits(known, "other.g1") == {"mean": (0.5, 2.0, "measured"), "peak": (None, 0.5, USER_ORIGIN)}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"meen": {"minimum": 1}}, r"meen is neither mean, peak nor a case"),
    ({"meen": 1}, r"meen is neither"),
    ({"other.g1": {"mean": {"minimum": 1}, "meen": {"minimum": 1}}}, r"other\.g1 is neither"),
    ({"mean": 1}, r"mean wants minimum, maximum or both"),
    ({"mean": {}}, r"mean wants"),
    ({"mean": {"minimum": 1, "least": 1}}, r"mean wants"),
    ({"other.g1": {"peak": {"most": 1}}}, r"other\.g1\.peak wants"),
    ({"mean": {"minimum": "1"}}, r"mean\.minimum is '1', not a number"),
    ({"mean": {"minimum": True}}, r"mean\.minimum is True"),
    ({"mean": {"maximum": -1}}, r"mean\.maximum is -1"),
    ({"mean": {"maximum": float("nan")}}, r"mean\.maximum is nan"),
    ({"other.g1": {"peak": {"maximum": None}}}, r"other\.g1\.peak\.maximum is None"),
]


@pytest.mark.usefixtures("contract")
@pytest.mark.parametrize(("given", "text"), REFUSED)
def test_what_names_nothing_or_is_no_number_is_refused_and_changes_nothing(given: dict[str, Any], text: str) -> None:
    known = Thresholds()
    known.override({"mean": {"minimum": 0.1}})
    with pytest.raises(ThresholdError, match=r"^\[tool\.parity\.thresholds\]: " + text):
        known.override(given)
    assert _limits(known, "other.g1")["mean"] == (0.1, 2.0, USER_ORIGIN)
