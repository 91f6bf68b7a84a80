"""Names and texts of strangers in what the commands print: no control characters, and no crash on what is not UTF-8."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from parity_suite.cli.main import main

#: Bytes that are not UTF-8, a colour, a line that GitHub would take for a command, and text that runs backwards.
NAME = b"\xff\x1b[31m\n::error::\xe2\x80\xae"
DOC = """
name = "mine"
version = {version}
container = "npz"
doc = "red \\u001b[31m \\u202e"
[fields."x\\u001b[31m"]
doc = "red \\u001b[31m"
units = "1"
dtypes = ["float64"]
shapes = [""]
"""


@pytest.fixture
def strange(tmp_path: Path) -> str:
    """A file with such a name, and with such a member."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + NAME)
    np.savez(f"{path}.npz", **{"x\x1b[31m\u202e": np.zeros(3)})
    return f"{path}.npz"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Both streams, which take no half of a surrogate; printable all of it, line by line."""
    main(arguments)
    out, err = capsys.readouterr()
    assert out + err
    assert all(line.isprintable() for line in (out + err).split("\n"))
    return out + err


@pytest.mark.parametrize("form", ["table", "json", "github"])
@pytest.mark.parametrize("contract", [(), ("--contract", "raw")])
def test_check(strange: str, capsys: pytest.CaptureFixture[str], form: str, contract: tuple[str, ...]) -> None:
    said = printed(capsys, "check", strange, *contract, "--format", form)
    assert not any(line.startswith("::error::") for line in said.splitlines())
    assert "xff" in said or "udcff" in said


def test_a_contract_that_is_not_there(strange: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "udcff" in printed(capsys, "check", strange, "--contract", f"{strange}.toml")
    assert "udcff" in printed(capsys, "contracts", "show", f"{strange}.toml")
    assert "udcff" in printed(capsys, "contracts", "diff", f"{strange}.toml", "raw")
    assert "udcff" in printed(capsys, "contracts", "sample", "raw", strange)


def test_a_contract_of_a_stranger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(DOC.format(version=1), "utf-8")
    new.write_text(DOC.format(version=1).replace("float64", "float32"), "utf-8")
    assert "x1b[31m" in printed(capsys, "contracts", "show", str(old))
    for form in ("table", "json", "github"):
        assert "1b[31m" in printed(capsys, "contracts", "diff", str(old), str(new), "--format", form)


@pytest.mark.parametrize("conversion", ["product-to-raw", "raw-to-product", "nhw"])
def test_convert(strange: str, capsys: pytest.CaptureFixture[str], conversion: str) -> None:
    assert "parity convert: " in printed(capsys, "convert", conversion, strange, f"{strange}.out")


@pytest.mark.parametrize("conversion", ["product-to-raw", "raw-to-product", "nhw"])
def test_a_pipe_is_neither_read_nor_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], conversion: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "regular file" in printed(capsys, "convert", conversion, str(pipe), str(tmp_path / "out"))
    main(["contracts", "sample", "raw", str(tmp_path / "raw.npz")])
    if conversion == "nhw":
        arguments = (str(tmp_path / "raw.npz"), str(pipe), "--overwrite", "--stated", "NHW")
        assert "is not a regular file, and is left as it is" in printed(capsys, "convert", conversion, *arguments)
    arguments = (str(tmp_path / "raw.npz"), "--picture", str(pipe))
    assert "is not a regular file" in printed(capsys, "check", *arguments)
    assert pipe.is_fifo()
