"""JSON and TOML made to do harm: refused in one line, without recursion and within a limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from container_samples import contract_for

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import kind_of
from parity_suite.contracts.limits import Limits

Refusal = Callable[..., str]
SOUND = b'{"x": [1.5, -2, 3.0]}'


def test_the_sound_twin_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "scan.json"
    path.write_bytes(SOUND)
    assert check_file(path, contract_for("json")).violations == ()
    deep = b'{"x": [1.0], "note": "' + b"[" * 10_000 + b'", "y": ' + b"[" * 31 + b"]" * 31 + b"}"
    path.write_bytes(deep)
    assert check_file(path, contract_for("json")).violations == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"x": [1.5, NaN]}', "file: readable: found NaN is no JSON number, wanted strict JSON in UTF-8"),
        (b'{"x": [-Infinity]}', "file: readable: found -Infinity is no JSON number"),
        (b'{"x": [1e400]}', "file: readable: found 1e400, which is no finite float64"),
        (b'{"x": [1], "x": [2]}', "file: readable: found duplicate key 'x'"),
        (b'{"y": {"a": 1, "b": 2, "a": 3}, "x": [1]}', "file: readable: found duplicate key 'a'"),
        (b"[" * 10_000 + b"]" * 10_000, "file: readable: found nested over 32 levels deep"),
        (b'{"x":' * 10_000 + b"1" + b"}" * 10_000, "file: readable: found nested over 32 levels deep"),
        (b'{"x": ["\\ud800"]}', "file: readable: found half of a surrogate pair, which is no text"),
        (b'\xef\xbb\xbf{"x": [1]}', "file: readable: found a byte order mark"),
        ('{"x": [1]}'.encode("utf-16"), "file: readable: found 'utf-8' codec can't decode byte 0xff in position 0"),
        (b'{"x": "\xff"}', "file: readable: found 'utf-8' codec can't decode byte 0xff"),
        (b'{"x": [' + b"9" * 5000 + b"]}", "file: readable: found a whole number of over 4300 digits"),
        (b'{"x": [1]} {}', "file: readable: found Extra data"),
        (b'{"x": [1', "file: readable: found Expecting"),
        (b"[1, 2]", "file: readable: found a list, wanted strict JSON in UTF-8, an object outermost"),
        (b'{"x": [[1.5], [2.0, 3.0]]}', "x: rank: found lists of unequal length or depth"),
        (b'{"x": [1.5, "2"]}', "x: dtype: found a mix of float and str, wanted values of one type"),
        (b'{"x": [1.5, true]}', "x: dtype: found a mix of bool and float"),
        (b'{"x": [99999999999999999999, 1]}', "x: range: found a whole number beyond 64 bits"),
        (b'{"x": [1.5, null]}', "x: null: found null (1 of 2 values) at [1], wanted float64"),
        (b'{"x": null}', "x: null: found null, wanted float64"),
        (b'{"x": {"0": 1.5}}', "x: dtype: found dict, wanted an array of float64"),
        (b'{"x": ["1.5"]}', "x: dtype: found str, wanted float64"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "scan.JSON"
    path.write_bytes(content)
    assert str(check_file(path, contract_for("json")).violations[0]).startswith(says)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x = [1.5, nan]", "x: finite: found nan (1 of 2 values) at [1], wanted finite values"),
        (b"x = [1.5]\nx = [2.5]", "file: readable: found Cannot overwrite a value"),
        (b"x = " + b"[" * 10_000 + b"]" * 10_000, "file: readable: found nested"),
        (b"a." * 10_000 + b"x = 1\n", "file: readable: found a key of over 100 parts, wanted TOML in UTF-8"),
        (b"a." * 60 + b"x = 1\n", "file: depth: found more levels, wanted at most 32 levels of objects and lists"),
        (b"x = [1.5, 1979-05-27]", "x: dtype: found a mix of float and str"),
        (b"x = [1.5\n", "file: readable: found Unclosed array"),
    ],
)
def test_toml_that_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "scan.toml"
    path.write_bytes(content)
    assert str(check_file(path, contract_for("toml")).violations[0]).startswith(says)


def test_a_text_over_the_limit_is_not_read(tmp_path: Path, refused: Refusal) -> None:
    path = tmp_path / "scan.json"
    path.write_bytes(SOUND)
    assert refused(path, "json", Limits(max_document=20)) == "file: size: found 21 bytes, wanted at most 20"


def test_what_is_no_container(tmp_path: Path, refused: Refusal) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe", "json") == "file: file: found no regular file, wanted a file or a folder"
    assert "no regular file" in refused(Path("/dev/zero"), "json")
    assert "No such file" in refused(tmp_path / "nowhere.json", "json")
    (tmp_path / "empty.json").write_bytes(b"")
    assert "an empty file" in refused(tmp_path / "empty.json", "json")
    (tmp_path / "scan.npz").write_bytes(SOUND)
    assert kind_of(tmp_path / "scan.npz") == "json"
    assert refused(tmp_path / "scan.npz", "npz") == (
        "file: container: found json, wanted npz, as the contract scan says"
    )


FOLDER = """
name = "run"
version = 1
container = "folder"
doc = "a run"
closed = true
[files."stats.json"]
doc = "statistics"
contract = "canvas"
[files."*.png"]
doc = "pictures"
required = false
"""


def test_a_folder_with_links_or_too_many_files(tmp_path: Path) -> None:
    from parity_suite.contracts.load import parse_contract

    contract = parse_contract(FOLDER.encode(), "inline")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    assert [str(one) for one in check_file(folder, contract).violations] == [
        "stats.json: required: found no such file among a.png, notes.txt, wanted statistics",
        "notes.txt: unknown: found the file 'notes.txt', wanted one of stats.json, *.png",
    ]
    assert "found over 1 files" in str(check_file(folder, contract, limits=Limits(max_members=1)).violations[0])
    (folder / "stats.json").symlink_to("/etc/passwd")
    assert [str(one) for one in check_file(folder, contract).violations] == [
        "file: file: found 'stats.json', a symbolic link, wanted regular files in the folder itself"
    ]
