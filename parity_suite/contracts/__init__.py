"""Data contracts: what a container must hold, read from TOML, and all that is wrong with one."""

from __future__ import annotations

from parity_suite.contracts.check import Checked, check_file
from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.model import Contract
from parity_suite.contracts.validate import validate
from parity_suite.contracts.violation import ContractError, Violation

__all__ = [
    "Checked",
    "Contract",
    "ContractError",
    "Violation",
    "check_file",
    "contract_names",
    "load_contract",
    "validate",
]
