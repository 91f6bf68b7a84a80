"""The command ``parity``: what it prints, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from parity_suite.cli.main import main
from parity_suite.contracts import check_file, contract_names, load_contract
from parity_suite.contracts.sample_file import write_sample

ROOT = Path(__file__).resolve().parents[1]
DOCS = (ROOT / "docs" / "contracts.md").read_text("utf-8")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.npz"
    rng = np.random.default_rng(5)
    np.savez(
        path,
        xcoords=np.repeat(np.arange(40.0, 60.0, 5), 4),
        ycoords=np.tile(np.arange(40.0, 60.0, 5), 4),
        diff3d=rng.random((16, 64, 64)),
        probeGuess=np.exp(-(np.hypot(*np.mgrid[-32:32, -32:32]) ** 2) / 50).astype(np.complex64),
    )
    return path


def damaged(scan: Path) -> Path:
    with np.load(scan) as read:
        members = dict(read)
    members["xcoords"][3] = np.nan
    members["probeGuess"] = members["probeGuess"][:60]
    path = scan.with_name("damaged.npz")
    np.savez(path, **members)
    return path


def test_a_sound_scan_and_its_overlap(scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "overlap.png"
    assert main(["check", str(scan), "--gridsize", "2", "--picture", str(picture)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{scan}: keeps raw 3\n")
    assert "overlap per image: mean 0." in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_all_that_is_wrong_in_three_forms(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = damaged(scan)
    assert main(["check", str(path), str(scan)]) == 1
    table = capsys.readouterr().out
    assert f"{path}: 2 violations of raw 3" in table
    assert re.search(r"xcoords +finite +\[3\] +nan \(1 of 16 values\) +finite values", table)
    assert f"{scan}: keeps raw 3" in table
    assert main(["check", str(path), "--format", "json"]) == 1
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["contract"] == {"name": "raw", "version": 3}
    assert [(one["field"], one["rule"]) for one in entry["violations"]] == [
        ("xcoords", "finite"),
        ("probeGuess", "shape"),
    ]
    assert main(["check", str(path), "--format", "github"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"::error file={path},title=raw 3%3A finite::xcoords: finite: found nan")


def test_a_scan_without_overlap_is_degenerate(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(scan) as read:
        members = {name: read[name][:1] if name != "probeGuess" else read[name] for name in read.files}
    np.savez(scan, **members)
    assert main(["check", str(scan)]) == 1
    assert "degenerate" in capsys.readouterr().out


def test_wrong_commands_end_with_two(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(scan), "--contract", "rwa"]) == 2
    assert "no contract 'rwa'; there is anchor," in capsys.readouterr().err
    assert main(["check", str(scan), str(scan), "--picture", "x.png"]) == 2
    assert main(["check", str(scan), "--fraction", "2"]) == 2
    assert "parity check: --fraction: 2.0" in capsys.readouterr().err
    assert main(["check", str(scan), "--groups", "999"]) == 2
    assert main(["contracts", "diff", "nowhere", "contracts"]) == 2
    assert main(["contracts", "sample", "raw", str(scan)]) == 2
    assert main(["check", str(scan), "--max-bytes", "many"]) == 2
    assert main(["chek", str(scan)]) == 2
    assert "Did you mean 'check'?" in capsys.readouterr().err


def test_a_file_that_declares_more_than_is_allowed(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(scan), "--max-bytes", "100k"]) == 1
    assert "bytes declared" in capsys.readouterr().out


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nowhere.npz")]) == 2
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'nowhere.npz'}: 1 violation\n")


def test_the_order_of_axes_is_told_converted_and_refused(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(scan) as read:
        members = dict(read)
    other = tmp_path / "hwn.npz"
    np.savez(other, **{**members, "diff3d": np.moveaxis(members["diff3d"], 0, -1)})
    assert main(["check", str(other)]) == 1
    assert "which is (N, N, M) with M = 16, N = 64" in capsys.readouterr().out
    assert main(["convert", "nhw", str(other), str(tmp_path / "nhw.npz")]) == 0
    with np.load(tmp_path / "nhw.npz") as read:
        np.testing.assert_array_equal(read["diff3d"], members["diff3d"])
    assert main(["convert", "nhw", str(other), str(tmp_path / "nhw.npz")]) == 1
    assert main(["convert", "product-to-raw", str(scan), str(tmp_path / "raw.npz")]) == 1
    assert "parity convert: " in capsys.readouterr().err


def test_control_characters_in_a_file_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"kind": "\x1b[31mred", "format": 1}), "utf-8")
    assert main(["check", str(path), "--contract", "comparison"]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "red" in out


@pytest.mark.parametrize("name", [name for name in contract_names() if load_contract(name).container != "mapping"])
def test_every_contract_has_a_page_and_a_sample(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"sample{'.toml' if load_contract(name).container == 'toml' else ''}"
    assert main(["contracts", "sample", name, str(path)]) == 0
    assert check_file(path, name, role="writer").violations == ()
    assert main(["contracts", "show", name]) == 0
    assert capsys.readouterr().out.startswith(f"# {name}, version")


@pytest.mark.parametrize("name", [one for one in contract_names() if load_contract(one).container in ("json", "toml")])
def test_the_example_of_a_page_keeps_its_contract(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "contracts" / f"{name}.md").read_text("utf-8")
    found = re.search(r"## Example\n\n```(json|toml)\n(.*?)```", page, re.DOTALL)
    assert found is not None
    path = tmp_path / f"example.{found[1]}"
    path.write_text(found[2], "utf-8")
    assert check_file(path, name, role="writer").violations == ()


def block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None, mark
    return found[1]


def test_the_contract_of_the_docs_holds_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = tmp_path / "dark.toml"
    contract.write_text(block("contract"), "utf-8")
    frames = np.random.default_rng(2).poisson(4, (3, 64, 64))
    good = {"frames": frames, "times": np.array([0.0, 0.1, 0.2]), "mean": frames.mean(0)}
    for name, change, says in [
        ("good", {}, "keeps dark 1"),
        ("late", {"times": np.array([0.0, 0.2, 0.1])}, "strictly_increasing"),
        ("short", {"times": np.array([0.0, 0.2])}, "F = 2 on axis 0"),
        ("lost", {"taken": np.int64(4)}, "3, the length of frames"),
        ("constant", {"frames": np.full((3, 64, 64), 7)}, "not_constant"),
    ]:
        path = tmp_path / f"{name}.npz"
        np.savez(path, **{**good, **change})
        assert main(["check", str(path), "--contract", str(contract)]) == int(bool(change))
        assert says in capsys.readouterr().out
    write_sample(tmp_path / "sample.npz", load_contract(contract))
    contract.write_text(block("contract").replace("strictly_increasing", "rising"), "utf-8")
    assert main(["contracts", "show", str(contract)]) == 2
    assert "fields.times.rules: one_of: found 'rising', wanted finite or" in capsys.readouterr().err


def test_the_call_of_the_docs_runs(
    scan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(scan.parent)
    exec(compile(block("call"), "docs", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("True []\n")
    assert "tensor_dict.coords_relative required" in out


def test_the_command_is_installed() -> None:
    command = Path(sys.executable).with_name("parity")
    done = subprocess.run([command, "contracts", "list"], capture_output=True, text=True, check=True)
    assert "ledger" in done.stdout


def test_the_bare_command_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert {"check", "replay", "selftest"} <= set(capsys.readouterr().out.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"parity-suite \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_of_a_scan_is_taken_by_check(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "scan.npz"
    assert main(["contracts", "sample", "raw", str(path), "--seed", str(seed)]) == 0
    assert main(["check", str(path)]) == 0
