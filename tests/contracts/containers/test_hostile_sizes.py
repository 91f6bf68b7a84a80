"""Files of hostile size or number: what the command does with each, its time on the processor and its memory measured.

A figure stands for its kind: many names, values, tables, texts and levels; one name, text, number that is as long as
the file. The bounds are those of docs/contracts.md, 20 s and 512 MB for any file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from container_samples import HEAD
from thinning import thinned

from parity_suite.cli import main as cli
from parity_suite.core.run_facts import RunFacts

MOST_SECONDS = 20
MOST_KIB = 512 * 1024
CLOSED = HEAD.format(container="json", field="x", dtype="float64").replace(
    'doc = "a scan"', 'doc = "a scan"\nclosed = true', 1
)


#: Small and with nothing in memory, unlike the process of the tests, it forks for each file that is checked.
SERVER = """
import json, os, resource, sys
import jsonschema, rich.console, rich.table
from parity_suite.cli import main as cli
for line in sys.stdin:
    most, said, *arguments = json.loads(line)
    child = os.fork()
    if not child:
        code = 70
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            sys.stdout = sys.stderr = open(said, "w", encoding="utf-8")
            code = cli.main(["check", *arguments])
            sys.stdout.flush()
        finally:
            from parity_suite.contracts.containers import isolated
            isolated.end_all()
            os._exit(code)
    _, status, used = os.wait4(child, 0)
    print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss]), flush=True)
"""
Checked = Callable[..., str]


@pytest.fixture(scope="module")
def server() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def checked(server: subprocess.Popen[str], tmp_path: Path) -> Checked:
    """What ``parity check`` prints of a file in which it must find something, within the bounds."""

    def asked(*arguments: str) -> str:
        assert server.stdin is not None
        assert server.stdout is not None
        said = tmp_path / "said.txt"
        print(json.dumps([MOST_SECONDS, str(said), *arguments]), file=server.stdin, flush=True)
        code, seconds, kib = json.loads(server.stdout.readline())
        found = said.read_text("utf-8")
        assert code == 1, found[-2000:]
        assert seconds < MOST_SECONDS
        assert kib < MOST_KIB, f"{kib // 1024} MiB"
        return found

    return asked


def names(count: int) -> bytes:
    return b"{" + b",".join(b'"k%07d":0' % index for index in range(count)) + b"}"


FACE = "\N{GRINNING FACE}".encode()
DOCUMENTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "2 million names.json": (lambda: names(2_000_000), "over 2500000 names and values"),
    "names.json": (lambda: names(1_255_000), "over 2500000 names and values"),
    "some names.json": (lambda: names(100_000), "100000 names at most 10000"),
    "objects.json": (lambda: b'{"x":[' + b"{}," * 1_240_000 + b"{}]}", "list an array of float64"),
    "lists.json": (lambda: b'{"x":[' + b"[]," * 1_240_000 + b"[]]}", "shape (1240001, 0) with 2 axes"),
    "numbers.json": (lambda: b'{"x":[' + b"0," * 2_480_000 + b"null]}", "null (1 of 2480001 values)"),
    "text of 60 MB.json": (lambda: b'{"x":"' + b"a" * 60_000_000 + b'"}', "60000008 bytes at most 33554432"),
    "text.json": (lambda: b'{"x":"' + b"a" * 33_000_000 + FACE + b'"}', "texts of up to 33000001 characters"),
    "escapes.json": (lambda: b'{"x":"' + b"\\ud83d\\ude00" * 2_700_000 + b'"}', "str float64"),
    "texts.json": (lambda: b'{"x":[' + (b'"' + FACE * 4000 + b'",') * 2000 + b'""]}', "str float64"),
    "name.json": (lambda: b'{"' + b"k" * 33_000_000 + b'":0}', "k" * 70),
    "digits.json": (lambda: b'{"x":' + b"9" * 33_000_000 + b"}", "a whole number of over 4300 digits"),
    "long numbers.json": (lambda: b'{"x":[' + (b"9" * 4300 + b",") * 7500 + b"0]}", "a whole number beyond 64 bits"),
    "fraction.json": (lambda: b'{"y":0.' + b"1" * 33_000_000 + b"}", "no such key among y"),
    "2 million names.toml": (
        lambda: b"".join(b"k%07d=0\n" % index for index in range(2_000_000)),
        "22000000 bytes at most 2097152",
    ),
    "tables.toml": (lambda: b"".join(b"[%x]\n" % index for index in range(250_000)), "250000 names at most 10000"),
    "inline.toml": (lambda: b"x=[" + b"{a=1}," * 340_000 + b"]", "list an array of float64"),
    "hexadecimal.toml": (lambda: b"x=0x" + b"F" * 2_000_000, "a key or a number of over 4300 characters"),
    "words.toml": (lambda: b"x=[" + (b"9" * 4300 + b",") * 480 + b"]", "a whole number beyond 64 bits"),
}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(CLOSED, "utf-8")
    return path


@pytest.mark.parametrize("name", thinned(DOCUMENTS, 4))
def test_a_document(tmp_path: Path, contract: Path, checked: Checked, name: str) -> None:
    content, says = DOCUMENTS[name]
    path = tmp_path / name
    path.write_bytes(content())
    contract.write_text(CLOSED.replace('"json"', f'"{path.suffix[1:]}"'), "utf-8")
    assert says in " ".join(checked(str(path), "--contract", str(contract)).split())


def test_many_names_are_counted(tmp_path: Path, contract: Path, checked: Checked) -> None:
    """In every form: the first twenty, how many more there are, and how many in all."""
    path = tmp_path / "names.json"
    path.write_bytes(names(9_999))
    table = checked(str(path), "--contract", str(contract)).splitlines()
    assert table[0] == f"{path}: 10000 violations of scan 1"
    assert sum(" unknown " in line for line in table) == 21
    assert "9979 more of this kind" in table[-1]
    marks = checked(str(path), "--contract", str(contract), "--format", "github").splitlines()
    assert len(marks) == 22
    assert marks[-1].endswith("::...: unknown: found 9979 more of this kind, wanted one of x")
    (one,) = json.loads(checked(str(path), "--contract", str(contract), "--format", "json"))
    assert not one["ok"]
    assert [each["times"] for each in one["violations"]] == [1] * 21 + [9979]


FINDING = b"check stage law case subject device precision verdict reason blame evidence notes seconds".split()


@pytest.mark.parametrize(
    ("findings", "options", "says"),
    thinned(
        [
            (
                b'{"check":"a","measured":[{"output":"b","place":[0,0]}]},' * 70_000 + b"{}",
                ["--contract", "record"],
                "in 1 of 70001 records",
            ),
            (b"{}," * 400_000 + b"{}", [], "names that fit no contract"),
            (
                b'{"check":"a","case":"b","law":0},' * 120_000 + b"{}",
                ["--contract", "record"],
                "no such key in 1 of 120001 records",
            ),
            (
                (b"{" + b",".join(b'"%s":"a"' % name for name in FINDING) + b"},") * 35_000 + b"{}",
                ["--contract", "record"],
                "in 1 of 35001 records",
            ),
        ],
        4,
        ids=["nested", "empty", "short", "full"],
    ),
)
def test_a_record_whose_columns_are_many(
    tmp_path: Path, checked: Checked, findings: bytes, options: list[str], says: str
) -> None:
    path = tmp_path / "record.json"
    head = {"format": 1, "time": "", "commit": "", "environment": {}, "inputs": {}, "denominator": {}, "ledger": []}
    # What is missing around the findings would be told first, and so many violations of a kind alone are told.
    head |= RunFacts().to_json("")
    path.write_bytes(json.dumps(head).encode()[:-1] + b',"findings":[' + findings + b"]}")
    assert says in " ".join(checked(str(path), *options).split())


def test_times_that_are_none(tmp_path: Path, checked: Checked) -> None:
    """A relation that looks at each element finds one fault in each."""
    path = tmp_path / "ledger.toml"
    entry = '[[unpinned]]\ncheck = "a.b[{0}-c]"\nadded = "no"\nexpires = "no"\n'
    path.write_text("format = 2\n" + "".join(entry.format(index) for index in range(5000)), "utf-8")
    found = checked(str(path), "--contract", "ledger").splitlines()
    assert sum(" not_before " in line for line in found) == 21
    assert any("9980 more of this kind" in line for line in found)


RULES = HEAD.format(container="npz", field="x", dtype="{dtype}").replace('["finite"]', '["{rule}"]')


@pytest.mark.parametrize(
    ("rule", "made", "says"),
    [
        ("unique", lambda: np.arange(2.0**21), "2097152 values at most 1048576 to compare"),
        ("unit_norm", lambda: np.zeros((2**40, 0)), "(1099511627776, 0) with 2 axes"),
        ("finite", lambda: np.full(2**22, np.nan), "nan (4194304 of 4194304 values)"),
        ("finite", lambda: np.asfortranarray(np.zeros((2047, 2**12))), "(2047, 4096) with 2 axes"),
        ("unique", lambda: np.full(200_000, "a"), "200000 texts in"),
        ("unique", lambda: np.array(["a" * (2**22 - 50)] * 4), "(3 of 4 values)"),
    ],
    ids=["unique", "norms", "nans", "fortran", "texts", "long texts"],
)
def test_an_array(
    tmp_path: Path, contract: Path, checked: Checked, rule: str, made: Callable[[], np.ndarray], says: str
) -> None:
    array = made()
    dtype = "str" if array.dtype.kind == "U" else str(array.dtype)
    contract.write_text(RULES.format(dtype=dtype, rule=rule), "utf-8")
    path = tmp_path / "scan.npz"
    np.savez_compressed(path, x=array)
    assert says in " ".join(checked(str(path), "--contract", str(contract)).split())


def test_a_text_that_tells_formats_apart_is_not_read_as_an_array(tmp_path: Path, checked: Checked) -> None:
    """Whole, to guess the contract; 2 GiB of it."""
    path = tmp_path / "scan.npz"
    held = {"xcoords": np.zeros(3), "ycoords": np.zeros(3), "diff3d": np.zeros((3, 64, 64)), "probeGuess": np.zeros(2)}
    np.savez_compressed(path, **held, domain=np.zeros(50_000, "U16"))
    assert "domain" in checked(str(path))


@pytest.mark.parametrize("content", [b"", b"x = 1\n" * 50_000], ids=["pipe", "long"])
def test_a_contract_that_is_none(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    os.mkfifo(path) if not content else path.write_bytes(content)
    (tmp_path / "x.json").write_text("{}", "utf-8")
    assert cli.main(["check", str(tmp_path / "x.json"), "--contract", str(path)]) == 2
    said = capsys.readouterr().err
    assert ("file: file: found not a regular file" if not content else "size: found 300000 bytes") in said
