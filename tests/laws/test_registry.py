"""The register of laws: a name means one law at a stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import Outcome
from parity_suite.core.case import Case
from parity_suite.core.stage import PRECISIONS
from parity_suite.laws import registry
from parity_suite.laws.registry import Law, all_laws, law, law_of, pair_law, pair_law_of
from parity_suite.ptychography.sizes import LESSONS


@pytest.fixture(autouse=True)
def laws(monkeypatch: pytest.MonkeyPatch) -> list[Law]:
    """A register with nothing in it, beside which every module of laws has filled the other one."""
    all_laws()
    empty: list[Law] = []
    monkeypatch.setattr(registry, "LAWS", empty)
    monkeypatch.setattr(registry, "PAIR_LAWS", {})
    return empty


def mirror(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """What is left is right."""
    yield from ()


def test_a_law_is_found_by_name_and_stage(laws: list[Law]) -> None:
    assert law(stages=("train", "infer"), cases="small", needs=("state",), slow=True)(mirror) is mirror
    (found,) = laws
    assert law_of("mirror", "train") is law_of("mirror", "infer") is found
    assert (found.name, found.doc, found.needs, found.slow) == ("mirror", "What is left is right.", ("state",), True)


def test_a_law_of_another_stage_or_name_is_not_there() -> None:
    law(stages=("train",), cases="small")(mirror)
    for name, stage in (("mirror", "infer"), ("oracle", "train")):
        with pytest.raises(KeyError, match=f"{stage} has no law {name}"):
            law_of(name, stage)


def test_one_name_is_tried_in_two_ways_at_different_stages(laws: list[Law]) -> None:
    for stages, cases in ((("train",), "small"), (("infer", "stats"), "data")):
        law(stages=stages, cases=cases)(mirror)
    assert [law_of("mirror", stage).cases for stage in ("train", "infer", "stats")] == ["small", "data", "data"]


def test_two_laws_of_one_name_for_one_stage_are_refused(laws: list[Law]) -> None:
    law(stages=("train", "infer"), cases="small")(mirror)
    with pytest.raises(ValueError, match=r"^two laws of infer, train are called mirror$"):
        law(stages=("infer", "stats", "train"), cases="data")(mirror)
    assert len(laws) == 1


def beside(first: Subject, second: Subject, case: Case) -> Iterator[Outcome]:
    yield from ()


def test_a_pair_is_compared_by_the_law_of_its_stage_alone() -> None:
    assert pair_law("train", needs=("state",), cases="small")(beside) is beside
    found = pair_law_of("train")
    assert found is not None
    assert (found.run, found.cases, found.needs) == (beside, "small", ("state",))
    assert found.precisions(LESSONS[0]) == PRECISIONS
    assert pair_law_of("infer") is None
    with pytest.raises(ValueError, match=r"^two laws of train are called pair$"):
        pair_law("train", needs=())(beside)
