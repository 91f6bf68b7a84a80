"""The id of a check is put together and taken apart in one place, and what would not survive that is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_suite.contracts.resources import resource_folder
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.check_id import CheckId, Side, sides_of
from parity_suite.core.id_list import read_list
from parity_suite.plugin.scheduling import SubjectScheduling

_NAME = st.from_regex(r"\A[a-z0-9_]+([.+][a-z0-9_]+)*\Z")
_WORD = st.from_regex(r"\A[a-z0-9_]+\Z")


@given(st.builds(CheckId, _NAME, _WORD, _NAME, _NAME, _WORD, _WORD))
def test_an_id_is_read_as_it_was_written(check: CheckId) -> None:
    assert CheckId.parse(str(check)) == check
    assert CheckId.at_end(f"tests/test_a-b.py::test_parity[other-{check}") == check


def test_every_stored_id_is_an_id() -> None:
    stored = read_list(resource_folder("snapshots") / "check-ids.txt")
    assert stored
    ids = sorted(stored.ids)
    assert [str(CheckId.parse(text)) for text in ids] == ids


@pytest.mark.parametrize(
    ("subject", "sides"),
    [
        ("tensorflow", (Side("tensorflow"),)),
        ("tensorflow.gather_xla", (Side("tensorflow", "gather_xla"),)),
        ("tensorflow.gather_xla+torch", (Side("tensorflow", "gather_xla"), Side("torch"))),
    ],
)
def test_a_subject_names_backends_and_their_implementations(subject: str, sides: tuple[Side, ...]) -> None:
    assert sides_of(subject) == sides
    assert CheckId.parse(f"translate.oracle[scan.gold.g1-{subject}-cpu-float32]").sides == sides


@pytest.mark.parametrize(
    "text",
    [
        "",
        "diffract.oracle",
        "diffract[n16-torch-cpu-float32]",
        "diffract.oracle[n16-torch-cpu]",
        "diffract.oracle[n16-torch-cpu-float32",
        "diffract.oracle[my-scan-torch-cpu-float32]",
        "diffract.oracle[N16-torch-cpu-float32]",
        "diffract.oracle[n16-torch-cpu-float32] ",
        "diffract.oracle[*-torch-cpu-float32]",
    ],
)
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not the id of a check"):
        CheckId.parse(text)


@pytest.mark.parametrize("name", ["my-scan", "", "Scan", "a b", "a[b"])
def test_a_name_that_would_divide_an_id_elsewhere_is_refused_where_it_is_made(name: str) -> None:
    with pytest.raises(ValueError, match="a name has the characters a-z 0-9"):
        CheckId("diffract", "oracle", name, "torch", "cpu", "float32")
    with pytest.raises(ValueError, match="a name has the characters a-z 0-9"):
        Case(name)
    with pytest.raises(ValueError, match="a name has the characters a-z 0-9"):
        BackendSpec(name, "module", "Class")


def test_a_dot_and_a_plus_are_no_part_of_a_backends_own_name() -> None:
    for name in ("tensorflow.gather_xla", "one+two"):
        with pytest.raises(ValueError, match="a name has the characters a-z 0-9 _ alone"):
            BackendSpec(name, "module", "Class")


@pytest.mark.parametrize(
    ("node", "group"),
    [
        ("test_a.py::test_parity[diffract.oracle[n16-torch-cpu-float32]]", "torch float32"),
        ("test_a.py::test_parity[translate.compiled[n16-torch-cpu-float32]]", "torch modes"),
        ("test_a.py::test_parity[translate.oracle[n16-tf.gather_xla-cpu-float64]]", "tf float64"),
        ("test_a.py::test_parity[forward.pair[n16-tensorflow+torch-cpu-float32]]", "pairs"),
        ("test_a.py::test_parity[again-forward.pair[n16-tensorflow+torch-cpu-float32]]", "pairs"),
        ("test_a.py::test_other[a-b-c-d]", "test_a.py::test_other[a-b-c-d]"),
        ("test_a.py::test_other", "test_a.py::test_other"),
    ],
)
def test_a_worker_is_chosen_by_the_subject_in_the_id(node: str, group: str) -> None:
    assert SubjectScheduling._split_scope(SubjectScheduling.__new__(SubjectScheduling), node) == group
