"""What is refused says by which rule and why, and limits hold on both of their sides."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from test_rules import dim, field

from parity_suite.contracts import check_file
from parity_suite.contracts import stored as stored_module
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.containers.folder import files_in
from parity_suite.contracts.containers.hdf5 import read_hdf5
from parity_suite.contracts.containers.kind import kind_of
from parity_suite.contracts.contents import Content
from parity_suite.contracts.expressions import PatternError, parse_expression
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import parse_contract
from parity_suite.contracts.lookup import Column
from parity_suite.contracts.model import Relation
from parity_suite.contracts.page import contract_page
from parity_suite.contracts.relations import field_names
from parity_suite.contracts.render import checked_as_json
from parity_suite.contracts.stored import Unreadable, blocks_of, text_array
from parity_suite.contracts.validation import validate
from parity_suite.contracts.values import dtype_name, span_of
from parity_suite.contracts.violation import ContractError


def contract(body: str, container: str = "npz") -> Any:
    return parse_contract(f'name = "tiny"\nversion = 1\ncontainer = "{container}"\ndoc = "d"\n{body}'.encode(), "tiny")


def refused(call: Any) -> tuple[str, str, str]:
    """Rule, what was found and what is wanted of the one violation that a call is refused for."""
    with pytest.raises(ContractError) as caught:
        call()
    (violation,) = caught.value.violations
    return violation.rule, violation.found, violation.wanted


def test_a_file_that_is_no_known_contract_lists_all_that_it_might_be(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, strange=np.zeros(3))
    rule, found, wanted = refused(check_file(path).require)
    assert (rule, found) == ("contract", "names that fit no contract")
    names = wanted.removeprefix("--contract NAME, one of ").removesuffix(" for npz").split(", ")
    assert {"raw", "counts", "normalised"} <= set(names)
    assert all(name.isidentifier() for name in names)


def test_a_checked_file_without_a_contract_as_json(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, strange=np.zeros(3))
    assert checked_as_json(check_file(path))["contract"] is None


def test_members_that_overlap(tmp_path: Path) -> None:
    """The second entry of the directory is made to begin inside the first."""
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a.npy", "b.npy"):
            held = io.BytesIO()
            np.save(held, np.arange(100.0))
            archive.writestr(name, held.getvalue())
        second = archive.infolist()[1]
        archive.getinfo("a.npy").compress_size += 40
        assert second.header_offset
    with pytest.raises(ContractError) as caught, open_container("npz", path, ("a",), Limits()):
        pass
    assert [one.rule for one in caught.value.violations] == ["member"]


@pytest.mark.parametrize("kind", ["json", "toml"])
def test_a_folder_in_the_place_of_a_document(tmp_path: Path, kind: str) -> None:
    def opened() -> None:
        with open_container(kind, tmp_path, ("a",), Limits()):
            pass

    assert refused(opened) == ("readable", "Is a directory", "a readable file")


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", "utf-8")
    assert refused(lambda: files_in(tmp_path / "x", Limits())) == ("readable", "Not a directory", "a readable folder")


def test_a_folder_of_as_many_files_as_there_may_be(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text("", "utf-8")
    assert sorted(files_in(tmp_path, Limits(max_members=3))) == ["a", "b", "c"]
    rule, found, wanted = refused(lambda: files_in(tmp_path, Limits(max_members=2)))
    assert (rule, found, wanted) == ("members", "over 2 files", "a folder with fewer")


def test_hdf5_of_as_many_names_as_there_may_be(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = np.zeros(2), np.zeros(2)
    with read_hdf5(path, ("x",), Limits(max_members=2)) as holding:
        assert set(holding.names) == {"x", "y"}

    def opened() -> None:
        with read_hdf5(path, ("x",), Limits(max_members=1)):
            pass

    assert refused(opened) == ("members", "2 names", "at most 1")


@pytest.mark.parametrize(("big", "says"), [(8000, ""), (7999, "over 2 times as many")])
def test_hdf5_that_swells_just_as_far_as_it_may(tmp_path: Path, big: int, says: str) -> None:
    """8,000 bytes declared, and none stored."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (1000,), "f8", chunks=(100,))
    with read_hdf5(path, ("x",), Limits(big_member=big, max_ratio=2)) as holding:
        assert says in str(holding.values["x"])
        assert hasattr(holding.values["x"], "blocks") is not bool(says)


@pytest.mark.parametrize(
    ("leaves", "dtype", "filled"),
    [
        (["b", None], "<U1", ["b", ""]),
        ([True, None], "bool", [True, False]),
        ([3, None], "int64", [3, 0]),
        ([1.5, None], "float64", [1.5, float("nan")]),
        ([None, None], "float64", [float("nan")] * 2),
    ],
)
def test_nulls_of_a_column(tmp_path: Path, leaves: list[Any], dtype: str, filled: list[Any]) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"a": leaves}), "utf-8")
    with open_container("json", path, ("a",), Limits()) as holding:
        column = holding.values["a"]
    assert isinstance(column, Column)
    assert column.nulls.tolist() == [leaf is None for leaf in leaves]
    assert str(column.values.dtype) == dtype
    assert str(column.values.tolist()) == str(filled)


def test_texts_that_take_as_much_as_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_module, "MOST_TEXT", 4 * 5 * 3)
    assert text_array(["abcde", "", "x"]).tolist() == ["abcde", "", "x"]
    with pytest.raises(Unreadable, match="3 texts of up to 6 characters"):
        text_array(["abcdef", "", "x"])
    assert text_array([]).size == 0


@pytest.mark.parametrize("gathered", [1, 16, 40, 10**6])
def test_a_transposed_array_comes_in_c_order_however_much_is_gathered(
    gathered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = np.arange(60.0).reshape(3, 4, 5).T
    monkeypatch.setattr(stored_module, "_GATHERED", gathered)
    parts = list(stored_module._parts(array, stored_module._Pages(array)))
    assert np.concatenate([part.reshape(-1) for part in parts]).tolist() == array.reshape(-1).tolist()
    assert all(part.nbytes <= max(gathered, 3 * 8) or part.ndim == 1 for part in parts)
    assert np.concatenate(list(blocks_of(array, 64))).tolist() == array.reshape(-1).tolist()


def test_the_size_of_what_no_memory_holds() -> None:
    (one,) = contract(field("a", shape="")).fields.values()
    assert Content(one, np.dtype("f8"), (2**40, 2**40), lambda: iter(()), lambda: np.zeros(0)).nbytes == 2**83


@pytest.mark.parametrize(
    ("dtype", "name"), [("U3", "str"), (np.dtypes.StringDType(), "str"), ("f4", "float32"), ("c16", "complex128")]
)
def test_names_of_types(dtype: Any, name: str) -> None:
    assert dtype_name(np.dtype(dtype)) == name


def test_a_span_is_that_of_both_parts() -> None:
    low, high = span_of(np.array([1 - 5j, 3 + 2j]))
    assert (low, high) == (-5, 3)
    low, high = span_of(np.array([4, 2, 7]))
    assert (low, high) == (2, 7)


@pytest.mark.parametrize(
    ("container", "fence", "line"), [("json", "```json", ' "c": "c 1"'), ("toml", "```toml", '"c" = "c 1"')]
)
def test_the_example_of_a_page_is_in_its_language(container: str, fence: str, line: str) -> None:
    page = contract_page(contract(field("c", "str", ""), container))
    example = page.partition("## Example")[2]
    assert fence in example
    assert line in example.splitlines()


def test_an_order_is_asked_of_real_numbers(tmp_path: Path) -> None:
    body = dim("R") + field("a", "float64", more='rules = ["increasing"]')
    for values, ok in (([1.0, 1.0, 2.0], True), ([1.0, 0.5], False)):
        path = tmp_path / "x.npz"
        np.savez(path, a=np.array(values))
        assert check_file(path, contract(body)).ok is ok
    np.savez(path, a=np.array(["b", "a"]))
    assert [one.rule for one in check_file(path, contract(body)).violations] == ["dtype"]


@pytest.mark.parametrize(
    ("big", "ratio", "says"),
    [(200_000, 2.0, None), (1000, 2.0, "100128 bytes out of"), (1000, 1e6, None)],
    ids=["small", "large and packed", "large"],
)
def test_an_archive_that_swells_is_large_and_packed(tmp_path: Path, big: int, ratio: float, says: str | None) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, a=np.zeros(12_500))
    limits = Limits(big_member=big, max_ratio=ratio)
    if says is None:
        with open_container("npz", path, ("a",), limits) as holding:
            assert "a" in holding.values
        return
    with pytest.raises(ContractError, match=says), open_container("npz", path, ("a",), limits):
        pass


@pytest.mark.parametrize("dtype", ["complex64", "float64", "str"])
def test_values_that_differ_in_a_later_block_alone(dtype: str) -> None:
    body = dim("R") + field("a", dtype, more='rules = ["not_constant"]')
    values = np.full(5000, 1, {"str": "U1"}.get(dtype, dtype))
    limits = Limits(block_bytes=4096)
    assert [one.rule for one in validate({"a": values}, contract(body), limits=limits)] == ["not_constant"]
    values[-1] = 2
    assert list(validate({"a": values}, contract(body), limits=limits)) == []


def test_the_fields_of_a_relation_are_all_named() -> None:
    relation = Relation("needs", "", {"field": "a", "fields": ["b", "c"]})
    assert field_names(relation) == ("a", "b", "c")


def test_a_number_that_no_type_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"a": [1, 2**70]}), "utf-8")
    with open_container("json", path, ("a",), Limits()) as holding:
        assert str(holding.values["a"]) == (
            "a: range: found a whole number beyond 64 bits, wanted numbers that int64 or float64 can hold"
        )


@pytest.mark.parametrize(("name", "kind"), [("x.NPZ", "npz"), ("x.h5", "hdf5"), ("x.hdf5", "hdf5"), ("x.json", "json")])
def test_what_is_damaged_at_its_start_is_told_by_its_name(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"damaged")
    assert kind_of(tmp_path / name) == kind
    (tmp_path / name).write_bytes(b"")
    rule, found, _ = refused(lambda: kind_of(tmp_path / name))
    assert (rule, found) == ("container", "an empty file")


def test_a_size_that_is_too_long_to_be_read() -> None:
    long = "M+" * 500 + "M"
    with pytest.raises(PatternError, match="1001 characters, at most"):
        parse_expression(long)
