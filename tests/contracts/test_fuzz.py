"""Files mutated by hypothesis and, guided by coverage, by atheris: refused or sound, never a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from damaged_bytes import damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thinning import thinned

from parity_suite.contracts import Contract, contract_names, load_contract, validate
from parity_suite.contracts.check import check_file
from parity_suite.contracts.sample_file import write_values
from parity_suite.contracts.strategies import contents

CONTRACTS = [load_contract(name) for name in contract_names()]
FUZZED = ("raw", "record", "ledger")
RUNS = 1000


@pytest.mark.parametrize("contract", [one for one in CONTRACTS if one.container != "folder"], ids=lambda one: one.name)
def test_the_strategy_of_a_contract_gives_valid_data(contract: Contract) -> None:
    @settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @given(contents(contract))
    def keeps(values: dict[str, object]) -> None:
        assert validate(values, contract, role="writer") == []

    keeps()


@pytest.mark.parametrize("name", thinned(["raw", "comparison", "ledger", "stats"], 2))
def test_damaged_bytes_are_refused_or_sound(name: str, tmp_path: Path) -> None:
    contract = load_contract(name)
    path = tmp_path / ("file.toml" if contract.container == "toml" else "file")
    tried = []

    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
    )
    @given(st.data())
    def held(data: st.DataObject) -> None:
        write_values(path, contract, data.draw(contents(contract)))
        whole = path.read_bytes()
        path.write_bytes(data.draw(damaged(whole)))
        tried.append(check_file(path, contract).ok)

    held()
    assert len(tried) >= 300
    assert not all(tried)


@pytest.mark.parametrize("name", thinned(FUZZED, 3))
def test_mutations_guided_by_coverage(name: str) -> None:
    pytest.importorskip("atheris", reason="atheris is not built for this platform")
    script = Path(__file__).with_name("fuzz_with_atheris.py")
    done = subprocess.run(
        [sys.executable, str(script), name, str(RUNS)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["tried"] >= RUNS
    assert counted["refused"] > RUNS / 10
