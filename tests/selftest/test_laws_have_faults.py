"""A law that no fault turns red has not been seen to fail: whoever adds one adds a fault that it kills."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from parity_suite.faults import FAULTS
from parity_suite.laws import registry
from parity_suite.laws.registry import Law, all_laws

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "faults.md"

TESTS: Final = Path(__file__).resolve().parents[1]

#: Laws that the matrix of PyTorch cannot see red, and the test that does: those of switches in the environment and of
#: modes, which PyTorch does not have, and that of baselines, of which a faulty copy has none.
SEEN_ELSEWHERE: Final = {
    "inheritance": "faults/test_translation_history.py",
    "mode": "selftest/test_faults_seen.py",
    "mode_sizes": "selftest/test_faults_seen.py",
    "baseline": "laws/test_trained.py",
}


def kills() -> dict[str, int]:
    """How many faults each ``stage.law`` kills, as the matrix in the documentation has it."""
    found = re.findall(r"^\| (\w+\.\w+) \| (\d+|\*\*none\*\*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: int(count) if count.isdigit() else 0 for name, count in found}


def without_fault(laws: list[Law]) -> list[str]:
    """The laws that kill no fault of any stage."""
    killing = {name.partition(".")[2] for name, count in kills().items() if count}
    return sorted({law.name for law in laws} - killing)


def test_every_law_kills_a_fault() -> None:
    lazy = set(without_fault(all_laws())) - set(SEEN_ELSEWHERE)
    assert not lazy, f"add a fault to parity_suite/faults that each of {lazy} kills, and write docs/faults.md anew"


def test_a_law_without_a_fault_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(all_laws())
    monkeypatch.setattr(registry, "LAWS", list(before))

    @registry.law(stages=("diffract",), cases="small")
    def never_red(subject: object, stage: str, case: object) -> object:  # type: ignore[misc]
        """Holds of everything."""
        yield from ()

    assert set(without_fault(registry.LAWS)) - set(without_fault(before)) == {"never_red"}


#: Laws whose function is one for all stages and looks at nothing of theirs: seen red in one, they are seen red.
OF_NO_STAGE: Final = frozenset({"placement"})

#: What the matrix leaves out since a lesson of thousands of groups is no quick one.
LONG: Final = frozenset({"infer.crowd"})


def test_every_law_of_every_stage_kills_a_fault() -> None:
    """Of the stage itself: one that was extended to another stage has to be seen red there too."""
    wanted = {
        f"{stage}.{law.name}"
        for law in all_laws()
        if law.name not in {*SEEN_ELSEWHERE, *OF_NO_STAGE}
        for stage in law.stages
    }
    killing = {name for name, count in kills().items() if count}
    assert sorted(wanted - killing - LONG) == []
    assert not [name for name, count in kills().items() if not count]


@pytest.mark.parametrize(("law", "test"), SEEN_ELSEWHERE.items())
def test_what_is_seen_elsewhere_is_named_there(law: str, test: str) -> None:
    assert re.search(rf'"{law}"|import .*\b{law}\b', (TESTS / test).read_text("utf-8"))


def test_the_matrix_has_every_fault() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name in FAULTS if f"`{name}`" not in text] == []
