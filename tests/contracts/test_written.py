"""What the suite writes is held to its contract before it is on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.contracts import Contract, ContractError, stored
from parity_suite.contracts import written as written_module
from parity_suite.contracts.load import load_contract
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ledger.runs import read_run
from parity_suite.ptychography.bundle import Bundle, write_bundle
from parity_suite.ptychography.dumps.plain_json import write_json
from parity_suite.report import record
from parity_suite.report.record import write_record
from parity_suite.snapshots import anchors

CHECK = "diffract.oracle[leaves64-torch-cpu-float32]"


def finding(check: str) -> Finding:
    return Finding(check, "diffract", "oracle", "leaves64", "torch", "cpu", "float32", Verdict.OK)


def test_a_record_with_one_check_twice_is_not_written(tmp_path: Path) -> None:
    assert write_record(tmp_path, tmp_path, [finding(CHECK)], {}, {}).is_file()
    (tmp_path / "record.json").unlink()
    with pytest.raises(ContractError, match=r"findings\[\].check: unique: found 'diffract"):
        write_record(tmp_path, tmp_path, [finding(CHECK), finding(CHECK)], {}, {})
    assert list(tmp_path.iterdir()) == []
    here_and_there = [replace(finding(CHECK), machine=name) for name in ("here", "there")]
    assert write_record(tmp_path, tmp_path, here_and_there, {}, {}).is_file()


def test_a_dump_without_its_fields_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"patches\.seen: required"):
        write_json(tmp_path / "offsets.json", {"format": 1, "kind": "training", "limit": 1})
    assert list(tmp_path.iterdir()) == []


def test_an_anchor_that_is_not_finite_is_not_rendered() -> None:
    sound = {"a (b)": anchors.describe_array(np.arange(24.0).reshape(2, 3, 4))}
    assert anchors.render("x.snapshot.y", sound)
    sound["a (b)"]["numbers"]["peak"] = float("nan")
    with pytest.raises(ContractError, match=r"outputs\.\*\.numbers\.peak"):
        anchors.render("x.snapshot.y", sound)


def test_a_manifest_is_held_to_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = np.ones((1, 2, 2), np.complex64)
    bundle = Bundle(weights={"w": np.ones(3, np.float32)}, probe=probe, scale=2.0, config={}, versions={"a": "1"})
    write_bundle(tmp_path / "sound", bundle)

    def stricter(name: str) -> Contract:
        contract = load_contract(name)
        fields = {**contract.fields, "more": replace(contract.fields["format"], name="more")}
        return replace(contract, fields=fields)

    monkeypatch.setattr(written_module, "load_contract", stricter)
    with pytest.raises(ContractError, match="more: required"):
        write_bundle(tmp_path / "refused", bundle)
    assert not (tmp_path / "refused").exists()


def test_one_long_reason_among_many_findings_is_cut_and_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (stored, record):
        monkeypatch.setattr(module, "MOST_TEXT", 4 * 500 * 3)
    others = [replace(finding(CHECK), check=CHECK.replace("64", str(side))) for side in (32, 128)]
    path = write_record(tmp_path, tmp_path, [replace(finding(CHECK), reason="x" * 7000), *others], {}, {})
    (reason,) = [one.reason for one in read_run(path).findings if one.reason]
    assert len(reason) == 500
    assert reason.endswith("x ... (7000 characters)")


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({"backends": 3}, "environment.backends"),
        ({"backends": {"mine": 3}}, "environment.backends.mine"),
        ({"machine": []}, "environment.machine"),
        ({"budgets": {"a.b": {"times": "4", "reason": "why"}}}, "environment.budgets.a.b"),
        ({"budgets": {"a\x1b": 1}}, "environment.budgets.a\\x1b"),
    ],
)
def test_an_environment_of_another_form_is_refused(environment: Any, field: str, tmp_path: Path) -> None:
    path = write_record(tmp_path, tmp_path, [finding(CHECK)], {"machine": {"os": "linux"}}, {})
    assert read_run(path).environment == {"machine": {"os": "linux"}}
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"environment": environment}), "utf-8")
    with pytest.raises(ContractError) as found:
        read_run(path)
    assert [one.field for one in found.value.violations] == [field]
